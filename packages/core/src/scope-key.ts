import type { InstrumentationScope } from './resource.ts';

/** The same for scopes that are the same to OpenTelemetry: by name, version, schema and attributes, in whatever order these are. */
export function scopeKey({ name, version, schemaUrl, attributes }: InstrumentationScope): string {
  const entries = Object.entries(attributes ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([name, version ?? '', schemaUrl ?? '', entries]);
}

export function isSameScope(a: InstrumentationScope, b: InstrumentationScope): boolean {
  return a === b || (a.name === b.name && scopeKey(a) === scopeKey(b));
}
