import type { AttributeValue } from '@telltale/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseExposition } from './exposition.test-support.ts';
import { labelName, labelsOf, labelsText } from './labels.ts';
import {
  exponential,
  exponentialPoint,
  histogram,
  numbers,
  OPENMETRICS,
  render,
  summary,
  TEXT,
} from './source.test-support.ts';

test.each([
  ['http.route', 'http_route'],
  ['a..b', 'a_b'],
  ['a__b', 'a_b'],
  ['1st', 'key_1st'],
  ['_private', '_private'],
  ['__name__', '_name_'],
  ['..x', '_x'],
  ['le', 'exported_le'],
  ['le.', 'le_'],
  ['a:b', 'a_b'],
  ['', '_'],
  ['日本', '_'],
])('the attribute "%s" is the label %s', (key, label) => {
  expect(labelName(key, ['le'])).toBe(label);
});

test('labels come in the order of the attributes’ names, the exporter’s own first', () => {
  const labels = labelsOf({ b: 'x', a: true, c: 1.5 }, undefined, [['z', 'own']]);
  expect(labelsText(labels)).toBe('z="own",a="true",b="x",c="1.5"');
});

test('backslashes, quotes and line ends are escaped, nothing else is', () => {
  expect(labelsText(new Map([['a', 'C:\\n "x"\n\t\r{}=,é']]))).toBe('a="C:\\\\n \\"x\\"\\n\t\r{}=,é"');
});

test('every value comes back from the text as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (value) => {
      const body = `# TYPE c gauge\nc{${labelsText(new Map([['value', value]]))}} 1\n`;
      expect(parseExposition(body, false)[0]!.samples[0]!.labels.value).toBe(value);
    }),
  );
});

// Few keys and values, so that they meet often.
const keys = fc.constantFrom('a', 'a.b', 'a_b', 'a-b', 'le', 'exported_le', 'quantile', '__a', 'é', '1');
const values: fc.Arbitrary<AttributeValue> = fc.constantFrom(
  '',
  '1',
  1,
  'true',
  true,
  'x;y',
  'x',
  'y"\\\n',
  '\ud800',
  '\ufffd',
  'ß',
);
// Core gives each set of attributes one series.
const attributeSets = fc.uniqueArray(fc.dictionary(keys, values, { maxKeys: 4 }), {
  maxLength: 12,
  selector: (attributes) => JSON.stringify(Object.entries(attributes).sort()),
});

test('no series is there twice and nothing is lost, whatever the attributes', async () => {
  await fc.assert(
    fc.asyncProperty(attributeSets, fc.boolean(), async (sets, openMetrics) => {
      const metrics = [
        numbers(
          'counter',
          'c',
          sets.map((attributes) => [attributes, 1]),
        ),
        numbers(
          'gauge',
          'g',
          sets.map((attributes) => [attributes, 1]),
        ),
        histogram(
          'h',
          [1],
          sets.map((attributes) => [attributes, [1, 1], 1]),
        ),
        exponential(
          'e',
          sets.map((attributes) => exponentialPoint(attributes, { positive: { offset: 0, counts: [1] } })),
        ),
        summary(
          's',
          sets.map((attributes) => [attributes, [[0.5, 1]], 1, 1]),
        ),
      ];
      const families = parseExposition(await render(metrics, openMetrics ? OPENMETRICS : TEXT), openMetrics);
      const total = (name: string): number =>
        families
          .flatMap(({ samples }) => samples)
          .reduce((sum, s) => (s.name === name ? sum + Number(s.value) : sum), 0);
      expect([total('c_total'), total('h_count'), total('e_count'), total('s_count')]).toEqual([
        sets.length,
        2 * sets.length,
        sets.length,
        sets.length,
      ]);
    }),
  );
});
