import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Attributes } from '../index.ts';
import { pointsOf, seriesOf, testTelemetry } from '../telemetry.test-support.ts';

/** Anything a caller in JavaScript may pass. */
const any = (value: unknown): Attributes => value as Attributes;

describe('the series of attributes', () => {
  it.each<[string, Attributes, Attributes]>([
    ['a separator within values', { a: 'x|', b: 'y' }, { a: 'x', b: '|y' }],
    ['a comma and an equals sign', { a: '1,b=2' }, { a: '1', b: '2' }],
    ['a number and its text', { a: 1 }, { a: '1' }],
    ['true and its text', { a: true }, { a: 'true' }],
    ['true and 1', { a: true }, { a: 1 }],
    ['false and 0', { a: false }, { a: 0 }],
    ['a missing and an empty value', {}, { a: '' }],
    ['NUL within values', { a: 'x\0', b: 'y' }, { a: 'x', b: '\0y' }],
    ['quotes', { a: '"' }, { a: '\\"' }],
    ['a key that looks like a value', { a: 'b' }, { b: 'a' }],
    ['values that are swapped', { a: 1, b: 2 }, { a: 2, b: 1 }],
    ['keys in another case', { a: 1 }, { A: 1 }],
    ['more keys', { a: 1 }, { a: 1, b: 1 }],
  ])('tells apart %s', (_, one, other) => {
    const { telemetry } = testTelemetry();
    const counter = telemetry.counter('c');
    for (let round = 0; round < 3; round++) {
      counter.add(1, one);
      counter.add(10, other);
    }
    expect(
      pointsOf(telemetry, 'c').map((point) => [point.attributes, 'value' in point ? point.value : undefined]),
    ).toEqual([
      [one, 3],
      [other, 30],
    ]);
  });

  it('does not depend on the order of keys, nor on keys without a value', () => {
    const { telemetry, problems } = testTelemetry();
    const counter = telemetry.counter('c');
    counter.add(1, { a: 1, b: 2 });
    counter.add(1, { b: 2, a: 1 });
    counter.add(1, { z: undefined, b: 2, y: null, a: 1 });
    counter.add(1, { a: 1, b: 2, c: undefined });
    expect(seriesOf(telemetry, 'c')).toEqual({ '{a=1,b=2}': 4 });
    expect(problems).toEqual([]);
  });

  it('is that without attributes for undefined, null and an empty object', () => {
    const { telemetry, problems } = testTelemetry();
    const counter = telemetry.counter('c');
    counter.add(1);
    counter.add(1, {});
    counter.add(1, any(null));
    counter.add(1, undefined);
    counter.add(1, { a: undefined });
    expect(seriesOf(telemetry, 'c')).toEqual({ '{}': 5 });
    expect(problems).toEqual([]);
  });

  it('treats the names of what objects inherit as ordinary keys', () => {
    const { telemetry, problems } = testTelemetry();
    const counter = telemetry.counter('c');
    const attributes = JSON.parse('{"__proto__":"p","constructor":"c","toString":"t","hasOwnProperty":"h"}');
    counter.add(1, attributes);
    counter.add(1, attributes);
    counter.add(1, { constructor: 'c' } as unknown as Attributes);
    const [first, second] = pointsOf(telemetry, 'c');
    expect(Object.entries(first?.attributes ?? {})).toEqual([
      ['__proto__', 'p'],
      ['constructor', 'c'],
      ['hasOwnProperty', 'h'],
      ['toString', 't'],
    ]);
    expect(Object.getPrototypeOf(first?.attributes)).toBe(Object.prototype);
    expect(second?.attributes).toEqual({ constructor: 'c' });
    expect(problems).toEqual([]);
  });

  it('counts what cannot be an attribute without it, and tells of it once for each key', () => {
    const { telemetry, problems } = testTelemetry();
    const counter = telemetry.counter('c');
    for (const bad of [{}, () => 1, Symbol('s'), new Map(), new Date(0)]) counter.add(1, any({ a: 'x', bad }));
    counter.add(1, any({ a: 'x', [Symbol('key')]: 1 }));
    counter.add(1, { a: 'x', '': 'no key' });
    expect(seriesOf(telemetry, 'c')).toEqual({ '{a=x}': 7 });
    expect(problems.map(({ code, message }) => `${code} ${message}`)).toMatchInlineSnapshot(`
      [
        "ERR_ATTRIBUTE Attribute "bad" of "c" is of type object and was left out; use a string, a number or a boolean.",
        "ERR_ATTRIBUTE An attribute of "c" has an empty key and was left out; give it a name.",
      ]
    `);
    expect(telemetry.health().problems).toEqual({ ERR_ATTRIBUTE: 6 });
  });

  it('turns bigints and arrays into text, and cuts long text', () => {
    const { telemetry, problems } = testTelemetry();
    const counter = telemetry.counter('c');
    counter.add(1, any({ a: 10n }));
    counter.add(1, { a: ['x', 1] });
    counter.add(1, { a: 'y'.repeat(1025) });
    counter.add(1, { a: `${'y'.repeat(1024)}z` });
    counter.add(1, { a: 'z'.repeat(1024) });
    expect(seriesOf(telemetry, 'c')).toEqual({
      '{a=10}': 1,
      '{a=["x",1]}': 1,
      [`{a=${'y'.repeat(1024)}}`]: 2,
      [`{a=${'z'.repeat(1024)}}`]: 1,
    });
    expect(problems.map(({ message }) => message)).toEqual([
      'Attribute "a" of "c" was turned into text; use a string, a number or a boolean.',
    ]);
  });

  it('takes NaN and infinities as the values they are', () => {
    const { telemetry, problems } = testTelemetry();
    const counter = telemetry.counter('c');
    for (let round = 0; round < 2; round++) {
      counter.add(1, { a: Number.NaN });
      counter.add(1, { a: Number.POSITIVE_INFINITY });
      counter.add(1, { a: -0 });
      counter.add(1, { a: 0 });
    }
    expect(seriesOf(telemetry, 'c')).toEqual({ '{a=NaN}': 2, '{a=Infinity}': 2, '{a=0}': 4 });
    expect(problems).toEqual([]);
  });

  it('handles more keys than the fast way has room for', () => {
    const { telemetry } = testTelemetry();
    const counter = telemetry.counter('c');
    for (const size of [31, 32, 33, 40, 100]) {
      for (const last of ['x', 'y', 'x']) {
        const entries = Array.from({ length: size }, (_, at) => [`k${at}`, at === size - 1 ? last : at] as const);
        counter.add(1, Object.fromEntries(entries));
        counter.add(1, Object.fromEntries(entries.toReversed()));
      }
    }
    expect(pointsOf(telemetry, 'c').map((point) => ('value' in point ? point.value : 0))).toEqual(
      Array.from({ length: 5 }, () => [4, 2]).flat(),
    );
  });

  it('goes on without attributes when they are no object or cannot be read', () => {
    const { telemetry, problems } = testTelemetry();
    const counter = telemetry.counter('c');
    const histogram = telemetry.histogram('h');
    const trap = {
      get a(): string {
        throw new Error('not now');
      },
    };
    for (let round = 0; round < 2; round++) {
      counter.add(1, any('text'));
      counter.add(1, any(5));
      counter.add(
        1,
        any(() => 1),
      );
      counter.add(1, trap);
      counter.bind(trap).add(1);
      histogram.record(1, trap);
    }
    counter.add(1, any({ a: 'x', list: [10n] }));
    expect(Object.values(seriesOf(telemetry, 'c')).reduce((a, b) => a + b)).toBe(11);
    expect(seriesOf(telemetry, 'h')).toEqual({ '{}': 2 });
    expect(problems.map(({ message }) => message)).toEqual([
      'The attributes of "c" could not be read (they are a string, not an object) and were left out.',
      'The attributes of "h" could not be read (not now) and were left out.',
    ]);
  });

  it("keeps nothing of the caller's object and changes nothing in it", () => {
    const { telemetry } = testTelemetry();
    const counter = telemetry.counter('c');
    const attributes: Record<string, string> = { b: '1', a: '2' };
    counter.add(1, attributes);
    const bound = counter.bind(attributes);
    attributes.b = 'changed';
    attributes.c = 'new';
    bound.add(1);
    counter.add(1, Object.freeze({ b: '1', a: '2' }));
    expect(Object.keys(attributes)).toEqual(['b', 'a', 'c']);
    expect(seriesOf(telemetry, 'c')).toEqual({ '{a=2,b=1}': 3 });
    expect(Object.keys(pointsOf(telemetry, 'c')[0]?.attributes ?? {})).toEqual(['a', 'b']);
  });

  it('is one with what the default attributes say already', () => {
    const { telemetry } = testTelemetry({ attributes: { team: 'a', region: 'eu' } });
    const counter = telemetry.counter('c');
    for (let round = 0; round < 2; round++) {
      counter.add(1, { team: 'a' });
      counter.add(1);
      counter.add(1, { region: 'eu', team: 'a' });
      counter.add(1, { region: 'us', team: 'a' });
      counter.add(1, { region: 'us' });
    }
    expect(seriesOf(telemetry, 'c')).toEqual({ '{region=eu,team=a}': 6, '{region=us,team=a}': 4 });
    // Two, and that of telltale.series.
    expect(telemetry.health().cardinality.series).toBe(3);
  });

  it('is found among more orders of keys than are remembered', () => {
    const { telemetry } = testTelemetry();
    const counter = telemetry.counter('c');
    const keys = Array.from({ length: 7 }, (_, at) => `k${at}`);
    for (let turn = 0; turn < 3000; turn++) {
      const order = keys.toSorted((a, b) => hash(turn + a) - hash(turn + b));
      counter.add(1, Object.fromEntries(order.map((key) => [key, key])));
    }
    expect(Object.values(seriesOf(telemetry, 'c'))).toEqual([3000]);
  });

  it('is exact: it agrees with a map keyed by the sorted, typed entries', () => {
    const key = fc.constantFrom('a', 'b', 'c', 'a|b', '__proto__', 'constructor', 'é', '1', 'a\0');
    const value = fc.oneof(
      fc.constantFrom<(string | number | boolean | null | undefined)[]>(
        '',
        '1',
        1,
        true,
        'true',
        0,
        false,
        '|',
        '\0',
        '"',
        'other',
        null,
        undefined,
      ),
      fc.string({ maxLength: 3 }),
      fc.integer({ min: -2, max: 2 }),
    );
    const attributes = fc.array(fc.tuple(key, value), { maxLength: 5 });
    fc.assert(
      fc.property(fc.array(attributes, { maxLength: 40 }), (calls) => {
        const { telemetry } = testTelemetry();
        const counter = telemetry.counter('c');
        const expected = new Map<string, number>();
        for (const entries of calls) {
          const given = Object.fromEntries(entries);
          counter.add(1, given);
          const model = JSON.stringify(
            Object.entries(given)
              .filter(([, one]) => one !== undefined && one !== null)
              .sort(([one], [other]) => (one < other ? -1 : 1)),
          );
          expected.set(model, (expected.get(model) ?? 0) + 1);
        }
        const actual = pointsOf(telemetry, 'c').map((point) => [
          JSON.stringify(Object.entries(point.attributes).sort(([one], [other]) => (one < other ? -1 : 1))),
          'value' in point ? point.value : 0,
        ]);
        expect(new Map(actual as [string, number][])).toEqual(expected);
        expect(actual.length).toBe(expected.size);
      }),
      { numRuns: 300 },
    );
  });
});

function hash(text: string): number {
  let result = 7;
  for (const char of text) result = (Math.imul(result, 31) + char.charCodeAt(0)) | 0;
  return Math.imul(result, 0x9e3779b1);
}
