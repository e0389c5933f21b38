import type { OperationEvent, OperationKind, Outcome, Resource } from '@telltale/core';
import { type AttributeReader, frozenAttributes } from './attributes.ts';
import { anyValue, idIn, type RawMessage, secondsIn, textIn } from './raw-values.ts';

const KINDS: readonly OperationKind[] = ['request', 'job', 'task', 'boundary', 'lock'];
const OUTCOMES: readonly Outcome[] = ['completed', 'failed', 'retried', 'aborted'];
/** Moments that exporters are handed. */
const MOMENTS = ['end', 'stuck'] as const;
/** What `@telltale/exporter-otlp` adds to the attributes of an event. */
const OWN = new Set([
  'operation.kind',
  'operation.name',
  'operation.duration',
  'operation.outcome',
  'error.type',
  'error.message',
  'log.record.uid',
]);
/** Under what it puts an attribute of the service that is named like one of these. */
const FREE = 'attributes.';

/** The event of an operation that `@telltale/exporter-otlp` made this log record of; `undefined` for a log record of anything else. */
export function readEvent(raw: RawMessage, resource: Resource, reader: AttributeReader): OperationEvent | undefined {
  const [kind, type] = textIn(raw.eventName, 'eventName').split('.') as [OperationKind, (typeof MOMENTS)[number]];
  if (!KINDS.includes(kind) || !MOMENTS.includes(type)) return undefined;
  const told = new Map(reader.read(raw.attributes).entries);
  const duration = told.get('operation.duration');
  if (told.get('operation.kind') !== kind || typeof duration !== 'number') return undefined;
  const time = secondsIn(raw.timeUnixNano, 'timeUnixNano');
  const [traceId, spanId] = [idIn(raw.traceId, 16), idIn(raw.spanId, 8)];
  const outcome = OUTCOMES.find((one) => one === told.get('operation.outcome'));
  const [errorType, message] = [told.get('error.type'), told.get('error.message')];
  const attributes = new Map([...told].filter(([name]) => !OWN.has(name)));
  // The attributes of an operation that failed say how, too.
  if (errorType !== undefined) attributes.set('error.type', errorType);
  for (const [name, value] of attributes) {
    const original = name.slice(FREE.length);
    if (!name.startsWith(FREE) || !OWN.has(original)) continue;
    attributes.delete(name);
    attributes.set(original, value);
  }
  return Object.freeze({
    ...{ type, kind, time, duration },
    name: String(told.get('operation.name') ?? anyValue(raw.body) ?? ''),
    startTime: startIn(told.get('log.record.uid'), spanId) ?? time - duration,
    ...(outcome !== undefined && { outcome }),
    attributes: frozenAttributes([...attributes].sort(([a], [b]) => (a < b ? -1 : 1))),
    ...(message !== undefined && { error: { type: String(errorType ?? 'Error'), message: String(message) } }),
    ...(traceId !== undefined && { traceId }),
    ...(spanId !== undefined && { spanId }),
    resource,
  });
}

/** The uid has the start in microseconds, which time and duration give only nearly: with it the event that goes on has the same uid. */
function startIn(uid: unknown, spanId: string | undefined): number | undefined {
  if (typeof uid !== 'string' || spanId === undefined || !uid.startsWith(`${spanId}-`)) return undefined;
  const micros = Number(uid.slice(spanId.length + 1).split('-')[0]);
  return Number.isSafeInteger(micros) ? micros / 1e6 : undefined;
}
