import type { OperationEvent } from '@telltale/core';
import { addResource, type Envelope, type EnvelopeSettings, envelopeOf } from './envelope.ts';
import { MAX_EVENT_NAME } from './limits.ts';
import { addProperties, addProperty, emptyProperties } from './properties.ts';
import { cut } from './shortened.ts';

/** An operation's end as a custom event: what it was in `customDimensions`, how long it took in `customMeasurements`. */
export function eventEnvelope(
  settings: EnvelopeSettings,
  event: OperationEvent,
  tags: Readonly<Record<string, string>>,
): Envelope {
  const { name, time, type, kind, outcome, error, duration, value, done, total, traceId, spanId } = event;
  const properties = emptyProperties();
  addProperty(properties, 'operation.kind', kind);
  addProperty(properties, 'operation.moment', type);
  addProperty(properties, 'operation.outcome', outcome);
  addProperty(properties, 'error.type', error?.type);
  addProperty(properties, 'error.message', error?.message);
  addResource(addProperties(properties, event.attributes), event.resource, settings);
  const allTags: Record<string, string> = { ...tags };
  if (traceId !== undefined) allTags['ai.operation.id'] = traceId;
  if (spanId !== undefined) allTags['ai.operation.parentId'] = spanId;
  if (kind === 'request') allTags['ai.operation.name'] = cut(name, MAX_EVENT_NAME);
  return envelopeOf(settings, 'EventData', time, allTags, {
    name: name === '' ? kind : cut(name, MAX_EVENT_NAME),
    properties,
    measurements: {
      duration: finite(duration),
      value: finite(value),
      done: finite(done),
      total: finite(total),
    },
  });
}

/** What is `undefined` is not in the text. */
function finite(number: number | undefined): number | undefined {
  return Number.isFinite(number) ? number : undefined;
}
