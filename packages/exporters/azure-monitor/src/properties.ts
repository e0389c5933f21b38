import { MAX_KEY, MAX_VALUE } from './limits.ts';
import { shortened } from './shortened.ts';

/** Custom dimensions: everything is text there. Inherits nothing, so that every key is a key. */
export type Properties = Record<string, string>;

/**
 * Puts attributes among properties, with names and values no longer than is allowed. What is there already stays; an attribute of its name
 * with another value gets a `_` behind its own.
 */
export function addProperties(
  properties: Properties,
  attributes: Readonly<Record<string, unknown>>,
  leaveOut: ReadonlySet<string> = NOTHING,
): Properties {
  for (const key of Object.keys(attributes)) if (!leaveOut.has(key)) addProperty(properties, key, attributes[key]);
  return properties;
}

/** The same for one attribute. */
export function addProperty(properties: Properties, key: string, value: unknown): void {
  if (value === undefined || value === null) return;
  const text = shortened(textOf(value), MAX_VALUE);
  let name = shortened(key, MAX_KEY);
  while (name in properties && properties[name] !== text) name += '_';
  properties[name] = text;
}

export function emptyProperties(): Properties {
  return Object.create(BARE) as Properties;
}

/** Objects without any prototype are slow in V8: those of an empty one are as good. */
const BARE: object = Object.freeze(Object.create(null));

/** As Microsoft's exporters write values that are not text. */
export function textOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const NOTHING: ReadonlySet<string> = new Set();
