import type { Path } from './validate/path-text.ts';

/** Deeper, and more, than any configuration: what is beyond is an accident or an attack. */
const MAX_DEPTH = 50;
const MAX_VALUES = 100_000;
/** Keys that mean something else to JavaScript. */
const HOSTILE = ['__proto__', 'constructor', 'prototype'];

/** Something that is no data of a configuration. */
export interface Refusal {
  readonly path: Path;
  /** In words, where there are any. */
  readonly found?: string;
  /** The text that stood there. */
  readonly text?: string;
  /** It asks for a variable that is not set, which does not matter in what is switched off. */
  readonly isUnset?: boolean;
  readonly reason: string;
}

/** Where in its document each item of a list was: what is left out moves the others. */
export type Origins = WeakMap<readonly Plain[], number[]>;

/** Text, number, boolean, null, and lists and objects of them. */
export type Plain = string | number | boolean | null | Plain[] | { [key: string]: Plain };

/**
 * A copy as plain data, whatever it is a copy of; what cannot be data is left out and told. `text` makes what stands in place of a text,
 * `undefined` to leave it out.
 */
export function plainData(
  value: unknown,
  refuse: (refusal: Refusal) => void,
  text: (text: string, path: Path) => string | undefined = (same) => same,
  origins: Origins = new WeakMap(),
): Plain | undefined {
  let values = 0;
  const parents = new Set<object>();

  const copy = (one: unknown, path: Path): Plain | undefined => {
    if (one === undefined) return undefined;
    if (++values > MAX_VALUES) {
      // Told once, for the first that is too many.
      if (values === MAX_VALUES + 1) refuse({ path, reason: `these are more than ${MAX_VALUES} values; write less` });
      return undefined;
    }
    if (typeof one === 'string') return text(one, path);
    if (typeof one === 'number' || typeof one === 'boolean' || one === null) return one;
    if (typeof one !== 'object') {
      refuse({
        path,
        found: `a ${typeof one}`,
        reason: 'configuration is data; give this in code, to configureTelemetry',
      });
      return undefined;
    }
    if (parents.has(one)) {
      refuse({ path, found: 'itself', reason: 'it contains itself; write it out' });
      return undefined;
    }
    if (path.length >= MAX_DEPTH) {
      refuse({ path, reason: `this is deeper than ${MAX_DEPTH} levels; nothing of Telltale is that deep` });
      return undefined;
    }
    parents.add(one);
    try {
      return Array.isArray(one) ? copyList(one, path) : copyObject(one, path);
    } finally {
      parents.delete(one);
    }
  };

  const copyList = (list: readonly unknown[], path: Path): Plain[] => {
    const made: Plain[] = [];
    const indexes: number[] = [];
    for (let at = 0; at < list.length && values <= MAX_VALUES; at++) {
      const item = copy(list[at], [...path, at]);
      if (item === undefined) continue;
      made.push(item);
      indexes.push(at);
    }
    origins.set(made, indexes);
    return made;
  };

  const copyObject = (object: object, path: Path): Plain | undefined => {
    const prototype: unknown = Object.getPrototypeOf(object);
    if (prototype !== null && prototype !== Object.prototype && Object.getPrototypeOf(prototype) !== null) {
      refuse({
        path,
        found: 'an object of a class',
        reason: 'configuration is data; give this in code, to configureTelemetry',
      });
      return undefined;
    }
    const made: { [key: string]: Plain } = {};
    for (const key of Object.keys(object)) {
      if (HOSTILE.includes(key)) {
        refuse({ path: [...path, key], reason: 'no option and no attribute has this name; leave it out' });
        continue;
      }
      const item = copy((object as Readonly<Record<string, unknown>>)[key], [...path, key]);
      // YAML has null where a key is there and its value is not.
      if (item !== undefined && item !== null) made[key] = item;
    }
    return made;
  };

  return copy(value, []);
}
