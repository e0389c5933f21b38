import fc from 'fast-check';

export type Key = string | number;

/** A document in which one thing is wrong. */
export interface Mutation {
  readonly kind: 'value' | 'unknown key' | 'misspelt key' | 'prototype key';
  readonly document: unknown;
  /** What is wrong. */
  readonly path: readonly Key[];
  /** Of a misspelt key: what was meant. */
  readonly meant?: string;
}

export const UNSET = '${NOT_SET_ANYWHERE}';

/** What nothing in a configuration is, or hardly anything. */
const WRONG: readonly unknown[] = [
  '',
  'nonsense \u0000 \u2028 "quoted" and \\',
  'x'.repeat(100_000),
  UNSET,
  '${',
  '${}',
  '${A:-${B}}',
  'prefix-${__proto__',
  -1,
  0.5,
  1e308,
  true,
  [],
  [[[[]]]],
  {},
  { zzz: { zzz: { zzz: 1 } } },
  nested(45),
  nested(200),
];

/** One change of a document, anywhere in it. */
export function mutationsOf(document: unknown): fc.Arbitrary<Mutation> {
  const places = placesOf(document);
  const objects = places.filter(({ value }) => typeof value === 'object' && value !== null && !Array.isArray(value));
  const inner = places.filter(({ path }) => path.length > 0);
  const keyed = inner.filter(({ path }) => typeof path.at(-1) === 'string' && String(path.at(-1)).length > 3);
  const changed = (path: readonly Key[], change: (holder: Record<Key, unknown>, key: Key) => void): unknown => {
    const copy = structuredClone(document);
    const holder = path.slice(0, -1).reduce<unknown>((one, key) => (one as Record<Key, unknown>)[key], copy);
    change(holder as Record<Key, unknown>, path.at(-1) as Key);
    return copy;
  };
  const added = (kind: Mutation['kind'], name: string) =>
    fc.constantFrom(...objects).map(({ path }): Mutation => {
      const at = [...path, name];
      const define = (holder: object): unknown =>
        Object.defineProperty(holder, name, {
          value: { polluted: true },
          enumerable: true,
          configurable: true,
          writable: true,
        });
      return { kind, path: at, document: changed(at, define) };
    });
  return fc.oneof(
    added('unknown key', 'zzzunknown'),
    ...['__proto__', 'constructor', 'prototype'].map((name) => added('prototype key', name)),
    ...(inner.length === 0
      ? []
      : [
          fc.tuple(fc.constantFrom(...inner), fc.constantFrom(...WRONG)).map(([{ path }, wrong]): Mutation => {
            const put = (holder: Record<Key, unknown>, key: Key): void => {
              holder[key] = wrong;
            };
            return { kind: 'value', path, document: changed(path, put) };
          }),
        ]),
    ...(keyed.length === 0
      ? []
      : [
          fc.tuple(fc.constantFrom(...keyed), fc.nat()).map(([{ path }, seed]): Mutation => {
            const meant = String(path.at(-1));
            const wrong = misspelt(meant, seed);
            const rename = (holder: Record<Key, unknown>, key: Key): void => {
              holder[wrong] = holder[key];
              Reflect.deleteProperty(holder, key);
            };
            return {
              kind: 'misspelt key',
              meant,
              path: [...path.slice(0, -1), wrong],
              document: changed(path, rename),
            };
          }),
        ]),
  );
}

/** A letter is left out, written twice, or another one. */
function misspelt(word: string, seed: number): string {
  const at = 1 + (seed % (word.length - 1));
  const insert = ['', `${word[at]}${word[at]}`, 'q'][seed % 3];
  return `${word.slice(0, at)}${insert}${word.slice(at + 1)}`;
}

function placesOf(
  value: unknown,
  path: readonly Key[] = [],
): { readonly path: readonly Key[]; readonly value: unknown }[] {
  const entries: readonly (readonly [Key, unknown])[] = Array.isArray(value)
    ? value.map((item, at) => [at, item] as const)
    : typeof value === 'object' && value !== null
      ? Object.entries(value)
      : [];
  return [{ path, value }, ...entries.flatMap(([key, item]) => placesOf(item, [...path, key]))];
}

function nested(depth: number): unknown {
  return depth === 0 ? 1 : { deeper: nested(depth - 1) };
}
