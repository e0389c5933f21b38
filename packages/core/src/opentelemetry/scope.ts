import type { TracerOptions } from '@opentelemetry/api';
import type { AttributeValue } from '../attributes.ts';
import type { InstrumentationScope } from '../resource.ts';

/** What the specification lets callers say of a scope; the API's types have no attributes yet. */
export interface ScopeOptions extends TracerOptions {
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** The scope of a tracer. The specification wants a working one without a name, too. */
export function scopeOf(name: unknown, version: unknown, options: ScopeOptions | undefined): InstrumentationScope {
  const { schemaUrl, attributes } = options ?? {};
  const own = attributesOf(attributes);
  return Object.freeze({
    name: typeof name === 'string' ? name : '',
    ...(typeof version === 'string' && version !== '' && { version }),
    ...(typeof schemaUrl === 'string' && schemaUrl !== '' && { schemaUrl }),
    ...(own && { attributes: own }),
  });
}

/** Sorted by key, so that the same ones in another order are the same. */
function attributesOf(given: unknown): InstrumentationScope['attributes'] {
  if (typeof given !== 'object' || given === null) return undefined;
  const entries = Object.entries(given)
    .filter((entry): entry is [string, AttributeValue] => entry[0] !== '' && isValue(entry[1]))
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return entries.length === 0 ? undefined : Object.freeze(Object.fromEntries(entries));
}

function isValue(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
