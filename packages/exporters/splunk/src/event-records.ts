import type { FinishedSpan, OperationEvent } from '@telltale/core';
import { type HecRecord, hecRecord, identityOf } from './hec-record.ts';
import type { Settings } from './settings.ts';

/** By OpenTelemetry's numbers. */
const KINDS = ['internal', 'server', 'client', 'producer', 'consumer'] as const;

/** A span as an event at its start. Missing fields are not written. */
export function spanRecord(span: FinishedSpan, settings: Settings): HecRecord {
  const { startTime, endTime, dropped, resource } = span;
  const event = {
    trace_id: span.traceId,
    span_id: span.spanId,
    parent_span_id: span.parentSpanId,
    trace_state: span.traceState,
    name: span.name,
    kind: KINDS[span.kind] ?? 'internal',
    start_time: startTime,
    end_time: endTime,
    duration: rounded(endTime - startTime),
    status: span.status,
    status_message: span.statusMessage,
    attributes: span.attributes,
    events: someOf(span.events),
    links: someOf(
      span.links.map(({ context, attributes }) => ({ trace_id: context.traceId, span_id: context.spanId, attributes })),
    ),
    dropped: dropped.attributes + dropped.events + dropped.links > 0 ? dropped : undefined,
    scope: span.scope.name,
    resource: identityOf(resource, settings),
  };
  return hecRecord('spans', startTime, resource, { event }, [span], settings);
}

/** What happened to an operation, as an event at that moment. */
export function operationRecord(operation: OperationEvent, settings: Settings): HecRecord {
  const { time, resource } = operation;
  const event = {
    type: operation.type,
    kind: operation.kind,
    name: operation.name,
    outcome: operation.outcome,
    start_time: operation.startTime,
    duration: rounded(operation.duration),
    error: operation.error,
    attributes: operation.attributes,
    trace_id: operation.traceId,
    span_id: operation.spanId,
    value: operation.value,
    done: operation.done,
    total: operation.total,
    resource: identityOf(resource, settings),
  };
  return hecRecord('events', time, resource, { event }, [operation], settings);
}

function someOf<T>(items: readonly T[]): readonly T[] | undefined {
  return items.length > 0 ? items : undefined;
}

/** Microseconds: what is behind them comes from subtracting. */
function rounded(seconds: number): number {
  return Number(seconds.toFixed(6));
}
