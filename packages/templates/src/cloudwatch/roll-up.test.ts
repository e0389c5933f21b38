import type { Match, Selector } from '@telltale/alerts';
import { createTelemetry } from '@telltale/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { termsOf, viewsOf } from './roll-up.ts';

type Attributes = Readonly<Record<string, string>>;

const VALUES = ['a', 'b', 'c'];
const KEYS = ['x', 'y', 'z'];
const value = fc.constantFrom(...VALUES);
const values = fc.uniqueArray(value, { minLength: 1 });
const match: fc.Arbitrary<Match> = fc.oneof(
  value,
  values,
  fc.constant(true as const),
  values.map((not) => ({ not })),
  value.map((not) => ({ not })),
);
const where = fc.dictionary(fc.constantFrom(...KEYS), match);
const attributes: fc.Arbitrary<Attributes> = fc.dictionary(fc.constantFrom(...KEYS), value);

function fits(series: Attributes, key: string, given: Match): boolean {
  const has = series[key];
  if (given === true) return has !== undefined;
  if (typeof given === 'object' && 'not' in given) return has === undefined || ![given.not].flat().includes(has);
  return has !== undefined && [given].flat().includes(has);
}

test('terms add up to what a selector chooses, in what views of the service really count', () => {
  fc.assert(
    fc.property(where, fc.array(attributes, { maxLength: 12 }), (chosen, recorded) => {
      const selector: Selector = { metric: 'orders', where: chosen };
      const terms = termsOf(selector);
      if (typeof terms === 'string') throw new Error(terms);
      const telemetry = createTelemetry({
        service: { name: 'checkout' },
        shutdown: { signals: false },
        exporters: [],
        metrics: { views: viewsOf(terms.map(({ rollUp }) => rollUp)) },
      });
      const orders = telemetry.counter('orders');
      for (const series of recorded) orders.add(1, series);
      const total = terms.reduce((sum, { times, rollUp, dimensions }) => {
        const metric = telemetry.snapshot().metrics.find(({ name }) => name === rollUp.name);
        const point = metric?.points.find((one) => same(one.attributes, dimensions));
        return sum + times * (point !== undefined && 'value' in point ? point.value : 0);
      }, 0);
      const wanted = recorded.filter((series) =>
        Object.entries(chosen).every(([key, given]) => fits(series, key, given)),
      );
      expect(total).toBe(wanted.length);
      const plain = telemetry.snapshot().metrics.find(({ name }) => name === 'orders');
      if (recorded.length > 0) expect(plain?.points.length).toBeGreaterThan(0);
    }),
    { numRuns: 200 },
  );
});

test('a pattern is the values that there can be', () => {
  const terms = termsOf({ metric: 'http.server.request.duration', where: { 'http.response.status_code': '5*' } });
  expect(terms).toHaveLength(9);
  expect(terms).toContainEqual({
    times: 1,
    rollUp: {
      metric: 'http.server.request.duration',
      keys: ['http.response.status_code'],
      name: 'http.server.request.duration.by.http.response.status_code',
    },
    dimensions: { 'http.response.status_code': '503' },
  });
});

test('what has always failed is not asked for without an error', () => {
  const where = { 'error.type': true, 'http.response.status_code': { not: ['404', '409'] } } as const;
  const terms = termsOf({ metric: 'boundary.call.duration', where });
  if (typeof terms === 'string') throw new Error(terms);
  expect(terms.map(({ times, rollUp, dimensions }) => [times, rollUp.keys, dimensions])).toEqual([
    [1, [], {}],
    [-1, ['http.response.status_code'], { 'http.response.status_code': '404' }],
    [-1, ['http.response.status_code'], { 'http.response.status_code': '409' }],
    [-1, ['error.type'], {}],
  ]);
});

function same(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
