import { type Attributes, type AttributeValue, MAX_ATTRIBUTE_LENGTH, type SeriesAttributes } from '../attributes.ts';
import type { Diagnostics } from '../diagnostics.ts';

/** Which attributes the series of an instrument carry. */
export interface AttributeSelection {
  /** Only these are kept. */
  readonly allow?: readonly string[];
  /** These are left out. */
  readonly deny?: readonly string[];
  /** Old key → new key. */
  readonly rename?: Readonly<Record<string, string>>;
}

/** What `apply` makes of a caller's attributes; keys are sorted, arrays run in parallel. */
export interface CleanAttributes {
  readonly keys: string[];
  readonly values: AttributeValue[];
  /** Where in the caller's object, counting keys that have a value and are kept, each came from. */
  readonly positions: number[];
  /** `false` when a value could not be kept, so that other attributes with the same keys may come out differently. */
  readonly complete: boolean;
}

/** Turns what callers pass into what series carry: selection, names, clean values, default attributes. Runs once per series, not per record. */
export class AttributeRules {
  private readonly selection: AttributeSelection;
  private readonly defaults: SeriesAttributes;
  private readonly diagnostics: Diagnostics;
  private readonly view: AttributeSelection | undefined;

  /** `view` chooses from what `selection` leaves, by the names that it gives. */
  constructor(
    selection: AttributeSelection,
    defaults: SeriesAttributes,
    diagnostics: Diagnostics,
    view?: AttributeSelection,
  ) {
    this.selection = selection;
    this.defaults = defaults;
    this.diagnostics = diagnostics;
    this.view = view;
  }

  apply(instrument: string, attributes: Attributes): CleanAttributes {
    const entries = new Map<string, { readonly value: AttributeValue; readonly position: number }>();
    let position = 0;
    let complete = true;
    if (typeof attributes !== 'object') throw new TypeError(`they are a ${typeof attributes}, not an object`);
    // The same properties in the same order as the index walks over them.
    for (const key in attributes) {
      const given = attributes[key];
      if (given === undefined || given === null) continue;
      const name = this.nameOf(key);
      if (name === undefined) continue;
      const at = position++;
      const value = cleanValue(given);
      if (value === undefined || name === '') {
        complete = false;
        this.diagnostics.problem('ERR_ATTRIBUTE', `${instrument} ${key}`, () =>
          describeRefusal(instrument, key, given),
        );
        continue;
      }
      if (!Object.is(value, given)) {
        this.diagnostics.problem('ERR_ATTRIBUTE', `${instrument} ${key}`, () => describeChange(instrument, key, given));
      }
      // Two keys renamed to one: only the slow way can tell which wins.
      if (entries.has(name)) complete = false;
      entries.set(name, { value, position: at });
    }
    const keys = [...entries.keys()].sort();
    return {
      keys,
      values: keys.map((key) => (entries.get(key) as { value: AttributeValue }).value),
      positions: keys.map((key) => (entries.get(key) as { position: number }).position),
      complete,
    };
  }

  /** The frozen object that the series carries, with the default attributes; own ones win. */
  seriesAttributes(keys: readonly string[], values: readonly AttributeValue[]): SeriesAttributes {
    const merged = new Map(Object.entries(this.defaults));
    keys.forEach((key, at) => {
      merged.set(key, values[at] as AttributeValue);
    });
    return frozenAttributes(merged);
  }

  /** Whether series carry this anyway. */
  isDefault(key: string, value: AttributeValue | undefined): boolean {
    return Object.hasOwn(this.defaults, key) && Object.is(this.defaults[key], value);
  }

  /** The key that the series carries; `undefined` when the attribute is left out. */
  nameOf(key: string): string | undefined {
    const name = nameIn(this.selection, key);
    return name === undefined || this.view === undefined ? name : nameIn(this.view, name);
  }

  /** The key before views; `undefined` when the service itself leaves the attribute out, so that it may not even be on an exemplar. */
  nameBeforeView(key: string): string | undefined {
    return nameIn(this.selection, key);
  }
}

function nameIn({ allow, deny, rename }: AttributeSelection, key: string): string | undefined {
  if (deny?.includes(key) || (allow !== undefined && !allow.includes(key))) return undefined;
  return rename !== undefined && Object.hasOwn(rename, key) ? rename[key] : key;
}

/** Plain, sorted, frozen. A key such as `__proto__` is an ordinary key. */
export function frozenAttributes(entries: Iterable<readonly [string, AttributeValue]>): SeriesAttributes {
  const attributes: Record<string, AttributeValue> = {};
  for (const [key, value] of [...entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (key === '__proto__') Object.defineProperty(attributes, key, { value, enumerable: true });
    else attributes[key] = value;
  }
  return Object.freeze(attributes);
}

/** Cuts and converts what a caller gave as a value; `undefined` when it cannot be an attribute. */
export function cleanValue(value: unknown): AttributeValue | undefined {
  switch (typeof value) {
    case 'string':
      return value.length > MAX_ATTRIBUTE_LENGTH ? value.slice(0, MAX_ATTRIBUTE_LENGTH) : value;
    case 'number':
    case 'boolean':
      return value;
    case 'bigint':
      return value.toString();
    default:
      return Array.isArray(value) ? cleanValue(JSON.stringify(value)) : undefined;
  }
}

function describeRefusal(instrument: string, key: string, value: unknown): string {
  return key === ''
    ? `An attribute of "${instrument}" has an empty key and was left out; give it a name.`
    : `Attribute "${key}" of "${instrument}" is of type ${typeof value} and was left out; use a string, a number or a boolean.`;
}

function describeChange(instrument: string, key: string, value: unknown): string {
  return typeof value === 'string'
    ? `Attribute "${key}" of "${instrument}" had ${value.length} characters and was cut to ${MAX_ATTRIBUTE_LENGTH}; put long texts on spans or logs.`
    : `Attribute "${key}" of "${instrument}" was turned into text; use a string, a number or a boolean.`;
}
