import type { Exemplar } from '@telltale/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exemplarLabelsBy, MAX_EXEMPLAR_CHARACTERS } from './exemplars.ts';
import { exponential, histogram, numbers, OPENMETRICS, recorded, render, START } from './source.test-support.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';
const ids = `trace_id="${traceId}",span_id="${spanId}"`;
const at = (time: number, value = 1): Exemplar => ({ value, time: START + time, traceId, spanId });

test('a counter has its latest exemplar, behind the value of its sample', async () => {
  const metrics = [
    numbers('counter', 'c', [
      [{}, 3, [at(2), at(9.25, 2), at(5)]],
      [{ x: '1' }, 1],
      [{ x: '2' }, 1, []],
    ]),
  ];
  expect(await render(metrics, OPENMETRICS, { targetInfo: false, created: true })).toBe(`# TYPE c counter
c_total 3 # {${ids}} 2 1700000009.25
c_created 1700000000
c_total{x="1"} 1
c_created{x="1"} 1700000000
c_total{x="2"} 1
c_created{x="2"} 1700000000
# EOF
`);
  expect(await render(metrics)).not.toContain(' # {');
  expect(await render(metrics)).toContain('c_total 3\n');
});

test('gauges and families of unknown type have none', async () => {
  const metrics = [numbers('gauge', 'c', [[{}, 3, [at(2)]]]), numbers('counter', 'c', [[{}, 3, [at(2)]]])];
  expect(await render(metrics, OPENMETRICS)).toBe('# TYPE c gauge\nc 3\n# TYPE c_total unknown\nc_total 3\n# EOF\n');
});

test('a bucket has its latest exemplar', async () => {
  const metrics = [
    histogram('h', [1], [[{}, [2, 0], 1, [at(3, 0.5), at(2, 0.25)]]]),
    exponential('e', [recorded([1.1, 1.2], 4, { exemplars: [at(3, 1.1), at(4, 1.2), at(1, 1.15)] })]),
  ];
  const body = await render(metrics, OPENMETRICS);
  expect(body).toContain(`h_bucket{le="1.0"} 2 # {${ids}} 0.5 1700000003\n`);
  expect(body.match(/^e_bucket.* # .*$/gm)).toEqual([`e_bucket{le="1.4142135623730951"} 2 # {${ids}} 1.2 1700000004`]);
});

test('filtered attributes follow the ids, spelled as labels are, and give way to them', async () => {
  const exemplar = {
    ...at(1),
    filteredAttributes: { 'user.id': 7, trace_id: 'x', 'span.id': 'y', a: 'q"\n', empty: '' },
  };
  const metrics = [numbers('counter', 'c', [[{}, 3, [exemplar]]])];
  expect(await render(metrics, OPENMETRICS)).toContain(`c_total 3 # {${ids},a="q\\"\\n",user_id="7"} 1 1700000001\n`);
  const bare = [numbers('counter', 'c', [[{}, 3, [{ value: 1, time: START, filteredAttributes: { b: true } }]]])];
  expect(await render(bare, OPENMETRICS)).toContain('c_total 3 # {b="true"} 1 1700000000\n');
});

test('labels are never more than 128 characters, ids are always there, and what has room is not left out', () => {
  const filtered = fc.dictionary(
    fc.string({ minLength: 1, maxLength: 30 }),
    fc.string({ unit: 'grapheme', maxLength: 80 }),
  );
  fc.assert(
    fc.property(filtered, fc.boolean(), (filteredAttributes, hasIds) => {
      const labels = exemplarLabelsBy((key) => key)({
        value: 1,
        time: 1,
        ...(hasIds && { traceId, spanId }),
        filteredAttributes,
      });
      const length = (entries: Iterable<readonly [string, string]>) => [...[...entries].flat().join('')].length;
      expect(length(labels)).toBeLessThanOrEqual(MAX_EXEMPLAR_CHARACTERS);
      expect(labels.has('trace_id')).toBe(hasIds);
      for (const [key, value] of Object.entries(filteredAttributes)) {
        if (value === '' || labels.has(key)) continue;
        expect(length(labels) + length([[key, value]])).toBeGreaterThan(MAX_EXEMPLAR_CHARACTERS);
      }
    }),
  );
});
