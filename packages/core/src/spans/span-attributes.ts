import type { Diagnostics } from '../diagnostics.ts';

/** What attributes are while a span still owns them. */
export type MutableAttributes = Record<string, unknown>;

/** Stands for "none" wherever attributes are optional. */
export const NO_ATTRIBUTES: Readonly<MutableAttributes> = Object.freeze({});

/**
 * Makes `attributes`, a fresh object that may hold a caller's values, fit to keep: arrays become copies, long strings are cut; what has
 * no value, an invalid value, or no room is deleted. Returns how many valid ones there were: the excess over the limit was left out.
 */
export function cleanAttributes(
  attributes: MutableAttributes,
  max: number,
  length: number,
  diagnostics: Diagnostics,
): number {
  let valid = 0;
  for (const key in attributes) {
    const given = attributes[key];
    const kept = key === '' || key === '__proto__' ? undefined : acceptedValue(given, length);
    if (kept === undefined) {
      delete attributes[key];
      if (given !== undefined && given !== null) reportAttribute(key, given, diagnostics);
      continue;
    }
    valid++;
    if (valid > max) delete attributes[key];
    else if (kept !== given) attributes[key] = kept;
  }
  return valid;
}

/**
 * The value to keep: itself when it is a string, number or boolean, a copy when it is an array of one of those (holes as null),
 * cut to `length`. `undefined` when a span cannot hold it.
 */
export function acceptedValue(value: unknown, length: number): unknown {
  switch (typeof value) {
    case 'string':
      return value.length > length ? value.slice(0, length) : value;
    case 'number':
    case 'boolean':
      return value;
    case 'object':
      return value === null ? undefined : acceptedArray(value, length);
    default:
      return undefined;
  }
}

/** Counts and tells once per key. */
export function reportAttribute(key: string, value: unknown, diagnostics: Diagnostics): void {
  diagnostics.problem('ERR_ATTRIBUTE', `span ${key}`, () =>
    key === '' || key === '__proto__'
      ? `The span attribute key ${JSON.stringify(key)} is not allowed; the attribute was left out.`
      : `The span attribute ${JSON.stringify(key)} was left out: its value is ${typeof value === 'object' ? 'an object or a mixed array' : `a ${typeof value}`}; ` +
        'give a string, a number, a boolean or an array of one of them.',
  );
}

function acceptedArray(value: object, length: number): unknown {
  try {
    if (!Array.isArray(value)) return undefined;
    const copy: unknown[] = [];
    let type: string | undefined;
    for (const item of value as readonly unknown[]) {
      if (item === undefined || item === null) {
        copy.push(null);
        continue;
      }
      const kept = typeof item === 'object' ? undefined : acceptedValue(item, length);
      if (kept === undefined || (type !== undefined && typeof kept !== type)) return undefined;
      type = typeof kept;
      copy.push(kept);
    }
    return copy;
  } catch {
    // A proxy with ideas of its own.
    return undefined;
  }
}
