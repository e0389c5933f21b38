import { microsOf } from '@telltale/exporter-kit';
import { groupByOrigin, type Originated } from './group-by-origin.ts';
import type { OtlpAttributes, OtlpShape } from './otlp-options.ts';

/** What the levels of a request are called in JSON. */
export interface JsonLevels {
  readonly perResource: 'resourceMetrics' | 'resourceSpans' | 'resourceLogs';
  readonly perScope: 'scopeMetrics' | 'scopeSpans' | 'scopeLogs';
  readonly items: 'metrics' | 'spans' | 'logRecords';
}

/**
 * An `Export…ServiceRequest` in OTLP's JSON (opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding): names in lowerCamelCase, enumerations as
 * numbers, integers of 64 bits as strings, ids in hexadecimal digits.
 */
export function jsonRequest<T extends Originated>(
  items: readonly T[],
  { resource: spell }: OtlpShape,
  levels: JsonLevels,
  jsonItem: (item: T) => unknown,
): string {
  const perResource = groupByOrigin(items).map(({ resource, scopes }) => ({
    resource: { attributes: jsonAttributes(spell?.(resource.attributes) ?? resource.attributes) },
    [levels.perScope]: scopes.map((group) => ({
      ...(group.scope !== undefined && {
        scope: {
          name: wellFormed(group.scope.name),
          ...(group.scope.version !== undefined && { version: wellFormed(group.scope.version) }),
          ...(group.scope.attributes !== undefined && { attributes: jsonAttributes(group.scope.attributes) }),
        },
      }),
      [levels.items]: group.items.map(jsonItem),
      ...(group.scope?.schemaUrl !== undefined && { schemaUrl: group.scope.schemaUrl }),
    })),
  }));
  return JSON.stringify({ [levels.perResource]: perResource });
}

export function jsonAttributes(attributes: OtlpAttributes): readonly unknown[] {
  return Object.entries(attributes)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([key, value]) => ({ key: wellFormed(key), value: jsonValue(value) }));
}

export function jsonValue(value: unknown): unknown {
  if (typeof value === 'string') return { stringValue: wellFormed(value) };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: jsonDouble(value) };
  }
  return Array.isArray(value) ? { arrayValue: { values: value.map(jsonValue) } } : {};
}

/** JSON has no words for what is not finite; protocol buffers' mapping to it has. */
export function jsonDouble(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** Nanoseconds since the Unix epoch. */
export function jsonTime(seconds: number): string {
  const micros = microsOf(seconds);
  return micros === 0 ? '0' : `${micros}000`;
}

/** A lone surrogate is no character; servers refuse the request for it. */
export function wellFormed(text: string): string {
  return text.toWellFormed();
}
