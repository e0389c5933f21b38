import { hash } from 'node:crypto';
import type { OperationEvent } from '@telltale/core';
import { microsOf } from '@telltale/exporter-kit';
import type { OtlpAttributes } from './otlp-options.ts';

/** opentelemetry/proto/logs/v1/logs.proto: `SeverityNumber`. */
const INFO = { severityNumber: 9, severityText: 'INFO' } as const;
const WARN = { severityNumber: 13, severityText: 'WARN' } as const;
const ERROR = { severityNumber: 17, severityText: 'ERROR' } as const;

const UID_DIGITS = 32;

/** An event of an operation as OpenTelemetry's logs have it, apart from how it is written. */
export interface LogRecord {
  /** What sort of event: `request.end`, `lock.stuck`. */
  readonly eventName: string;
  readonly severityNumber: number;
  readonly severityText: string;
  /** The operation's name, for people. */
  readonly body: string;
  readonly attributes: OtlpAttributes;
}

/** `log.record.uid` is the same each time the event is sent, so that copies of it can be told. */
export function logRecordOf(event: OperationEvent): LogRecord {
  const { kind, type, name, outcome, duration, error } = event;
  const own: Record<string, unknown> = {
    'operation.kind': kind,
    'operation.name': name,
    'operation.duration': duration,
  };
  if (outcome !== undefined) own['operation.outcome'] = outcome;
  if (error !== undefined) {
    own['error.type'] = error.type;
    own['error.message'] = error.message;
  }
  own['log.record.uid'] = uidOf(event);
  return {
    eventName: `${kind}.${type}`,
    ...severityOf(event),
    body: name,
    attributes: withAttributes(own, event.attributes),
  };
}

function severityOf({ type, outcome }: OperationEvent): typeof INFO | typeof WARN | typeof ERROR {
  if (type === 'stuck' || outcome === 'failed') return ERROR;
  return outcome === 'retried' || outcome === 'aborted' ? WARN : INFO;
}

function withAttributes(own: Record<string, unknown>, attributes: OperationEvent['attributes']): OtlpAttributes {
  for (const key in attributes) {
    if (Object.hasOwn(own, key)) return withFreeNames(own, attributes);
  }
  return { ...own, ...attributes };
}

/** An attribute of the service that is named like one of ours keeps its value, under a name that is free. */
function withFreeNames(own: Record<string, unknown>, attributes: OperationEvent['attributes']): OtlpAttributes {
  const pairs = Object.entries(own);
  const taken = new Set(Object.keys(own));
  for (const [key, value] of Object.entries(attributes)) {
    if (own[key] === value && Object.hasOwn(own, key)) continue;
    let free = key;
    while (taken.has(free)) free = `attributes.${free}`;
    taken.add(free);
    pairs.push([free, value]);
  }
  return Object.fromEntries(pairs);
}

/** Of what tells an event from any other: there may be several of a span, and none has a span when spans are off. */
function uidOf({ type, kind, name, time, startTime, spanId, resource, attributes }: OperationEvent): string {
  // Put together: a hash of each event would cost more than all else of it.
  if (spanId !== undefined) return `${spanId}-${microsOf(startTime)}-${microsOf(time)}-${kind}.${type}-${name}`;
  const { 'service.name': service, 'service.instance.id': instance = service } = resource.attributes;
  const parts = [type, kind, name, microsOf(time), microsOf(startTime), instance, attributes];
  return hash('sha256', JSON.stringify(parts)).slice(0, UID_DIGITS);
}
