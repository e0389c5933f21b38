import type { FinishedSpan } from '@telltale/core';
import { perResource } from '@telltale/exporter-kit';
import { bareRecord } from './bare-record.ts';
import type { Metadata } from './segment-document.ts';
import { KINDS } from './span-kinds.ts';

/**
 * What X-Ray has no field for and was not chosen as annotation, by namespace: `span` (its own name, kind, scope), `attributes`, `events`, and of
 * segments `resource`.
 */
export function metadataOf(span: FinishedSpan, elsewhere: ReadonlySet<string>, ofService: boolean): Metadata {
  const { name, kind, scope, traceState, dropped, statusMessage, attributes, resource } = span;
  const events = span.events
    .filter((event) => event.name !== 'exception')
    .map((event) => ({ name: event.name, time: event.time, attributes: recordOf(event.attributes) }));
  const left = Object.keys(attributes).filter((key) => attributes[key] !== undefined && !elsewhere.has(key));
  const losses = (['attributes', 'events', 'links'] as const).filter((what) => dropped[what] > 0);
  return {
    span: {
      name,
      kind: KINDS[kind],
      scope: scope.version === undefined ? scope.name : `${scope.name} ${scope.version}`,
      ...(statusMessage !== undefined && { status_message: statusMessage }),
      ...(traceState !== undefined && { trace_state: traceState }),
      ...(losses.length > 0 && { dropped: recordOf(dropped, losses) }),
    },
    ...(left.length > 0 && { attributes: recordOf(attributes, left) }),
    ...(events.length > 0 && { events }),
    ...(ofService && { resource: resourceRecord(resource) }),
  };
}

/** X-Ray keeps keys that begin with `AWS.` for itself. */
function recordOf(
  fields: Readonly<Record<string, unknown>>,
  keys: readonly string[] = Object.keys(fields),
): Readonly<Record<string, unknown>> {
  const record = bareRecord<unknown>();
  for (const key of keys) record[key.startsWith('AWS.') ? `_${key}` : key] = fields[key];
  return record;
}

const resourceRecord = perResource(({ attributes }) => recordOf(attributes));
