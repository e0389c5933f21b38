import type { ExponentialHistogramPoint, HistogramPoint } from '@telltale/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BucketValue, bucketValues } from './index.ts';

const base = { attributes: {}, startTime: 0, time: 60, min: undefined, max: undefined, exemplars: [] };

function explicit(counts: readonly number[], sum: number, range: object = {}): HistogramPoint {
  return { ...base, count: counts.reduce((all, n) => all + n, 0), sum, counts, ...range };
}

function exponential(given: Partial<ExponentialHistogramPoint>): ExponentialHistogramPoint {
  const empty = { offset: 0, counts: [] };
  return {
    ...base,
    count: 0,
    sum: 0,
    scale: 0,
    zeroCount: 0,
    zeroThreshold: 0,
    positive: empty,
    negative: empty,
    ...given,
  };
}

const countOf = (values: readonly BucketValue[]) => values.reduce((sum, [, n]) => sum + n, 0);
const sumOf = (values: readonly BucketValue[]) => values.reduce((sum, [value, n]) => sum + value * n, 0);

test('each bucket has a value at the same share of its width, such that the sum comes out', () => {
  expect(bucketValues(explicit([2, 2, 0], 3), [1, 2])).toEqual([
    [0.25, 2],
    [1.25, 2],
  ]);
  expect(bucketValues(explicit([2, 2, 0], 4), [1, 2])).toEqual([
    [0.5, 2],
    [1.5, 2],
  ]);
});

test('what is above the last boundary is where the sum says', () => {
  expect(bucketValues(explicit([2, 0, 2], 61), [1, 10])).toEqual([
    [0.5, 2],
    [30, 2],
  ]);
});

test('what is above the last boundary is at that boundary at least', () => {
  expect(bucketValues(explicit([2, 0, 2], 20.5), [1, 10])).toEqual([
    [0.25, 2],
    [10, 2],
  ]);
});

test('what is below the first boundary is negative where the sum says so', () => {
  expect(bucketValues(explicit([2, 2, 0], -10), [1, 2])).toEqual([
    [-6.5, 2],
    [1.5, 2],
  ]);
});

test('a single bucket has its mean, a histogram without boundaries too', () => {
  expect(bucketValues(explicit([0, 3, 0], 4.5), [1, 2])).toEqual([[1.5, 3]]);
  expect(bucketValues(explicit([4], 10), [])).toEqual([[2.5, 4]]);
  expect(bucketValues(explicit([0, 0, 2], 30), [1, 2])).toEqual([[15, 2]]);
});

test('minimum and maximum close the outer buckets where they are known', () => {
  const values = bucketValues(explicit([1, 0, 1], 12.4, { min: 0.4, max: 12 }), [1, 10]);
  expect(sumOf(values)).toBe(12.4);
  expect(values[0]?.[0]).toBeGreaterThanOrEqual(0.4);
  expect(values[1]?.[0]).toBeLessThanOrEqual(12);
});

test('exponential buckets have a value within, negative ones and zero too', () => {
  const point = exponential({
    count: 8,
    sum: 4611,
    zeroCount: 2,
    positive: { offset: 8, counts: [1, 0, 3] },
    negative: { offset: 0, counts: [1, 1] },
  });
  const values = bucketValues(point);
  expect(values.map(([, n]) => n)).toEqual([1, 1, 2, 1, 3]);
  const [a, b, zero, c, d] = values.map(([value]) => value) as [number, number, number, number, number];
  expect(a).toBeGreaterThanOrEqual(-4);
  expect(a).toBeLessThanOrEqual(-2);
  expect(b).toBeGreaterThanOrEqual(-2);
  expect(b).toBeLessThanOrEqual(-1);
  expect(zero).toBe(0);
  expect(c).toBeGreaterThan(256);
  expect(c).toBeLessThanOrEqual(512);
  expect(d).toBeGreaterThan(1024);
  expect(d).toBeLessThanOrEqual(2048);
  expect(sumOf(values)).toBeCloseTo(4611, 9);
});

test('a sum that is no number leaves the middles', () => {
  expect(bucketValues(explicit([2, 2, 0], Number.POSITIVE_INFINITY), [1, 3])).toEqual([
    [0.5, 2],
    [2, 2],
  ]);
  expect(bucketValues(explicit([0, 0, 1], Number.NaN), [1, 3])).toEqual([[3, 1]]);
});

test('nothing recorded is no value', () => {
  expect(bucketValues(explicit([0, 0], 0), [1])).toEqual([]);
  expect(bucketValues(exponential({}))).toEqual([]);
});

test('digits are as few as wanted, but for the one value that makes the sum exact', () => {
  const point = explicit([3, 2, 4], 20 / 3, { min: 0, max: 2 });
  const values = bucketValues(point, [0.3, 0.9], { digits: 3 });
  expect(values.filter(([value]) => String(value).length > 5)).toHaveLength(1);
  expect(sumOf(values)).toBeCloseTo(20 / 3, 12);
});

test('no digits are worth another bucket', () => {
  expect(bucketValues(explicit([0, 2, 0], 2.46914), [1.23456, 1.23458], { digits: 3 })).toEqual([[1.23457, 2]]);
});

test('keeps within its buckets when the sum is beyond them', () => {
  expect(bucketValues(explicit([0, 2, 0], 100), [1, 2])).toEqual([[2, 2]]);
  expect(bucketValues(explicit([0, 2, 2, 0], 100), [1, 2, 3])).toEqual([
    [2, 2],
    [3, 2],
  ]);
});

test('a first bucket below zero ends at its boundary, and holds what the sum leaves', () => {
  expect(bucketValues(explicit([2, 0, 0], -40), [-5, 5])).toEqual([[-20, 2]]);
  expect(bucketValues(explicit([1, 1, 0], -27), [-5, 5])).toEqual([
    [-27, 1],
    [0, 1],
  ]);
});

test('the greatest exponential buckets that numbers can have stay finite', () => {
  const point = exponential({ count: 3, sum: 1e308, scale: -10, positive: { offset: 0, counts: [3] } });
  expect(bucketValues(point)).toEqual([[1e308 / 3, 3]]);
  const wide = exponential({ count: 4, sum: 1, positive: { offset: 1021, counts: [2, 2] } });
  for (const [value] of bucketValues(wide)) expect(Number.isFinite(value)).toBe(true);
});

/** Not so near zero that a sum with anything else is blind to them: whose bucket ends there is closer to the next than to its own sum. */
const double = (min: number, max: number) =>
  fc.double({ min, max, noNaN: true }).map((value) => (Math.abs(value) < 1e-30 ? 0 : value));

const recorded = fc.array(fc.oneof(double(1e-9, 1e9), double(-1e6, 1e6), fc.constantFrom(0, 1, 0.5, 10)), {
  minLength: 1,
  maxLength: 300,
});

test('for any values, count and sum are exact, and each value is in its bucket', () => {
  const limits = fc.uniqueArray(double(-100, 1000), { maxLength: 20 });
  fc.assert(
    fc.property(recorded, limits, fc.constantFrom(undefined, 6, 9), (values, unsorted, digits) => {
      const boundaries = unsorted.map((bound) => bound + 0).sort((a, b) => a - b);
      const counts = Array.from({ length: boundaries.length + 1 }, () => 0);
      for (const value of values) {
        const at = boundaries.findIndex((bound) => value <= bound);
        const i = at === -1 ? boundaries.length : at;
        counts[i] = (counts[i] as number) + 1;
      }
      const sum = values.reduce((all, value) => all + value, 0);
      const spread = bucketValues(explicit(counts, sum), boundaries, { ...(digits !== undefined && { digits }) });
      const size = values.reduce((all, value) => all + Math.abs(value), 1);
      expect(countOf(spread)).toBe(values.length);
      expect(Math.abs(sumOf(spread) - sum)).toBeLessThanOrEqual(1e-9 * size);
      expect(spread.map(([value]) => value)).toEqual(
        [...new Set(spread.map(([value]) => value))].sort((a, b) => a - b),
      );
      for (const [i, bound] of boundaries.entries()) {
        const wanted = counts.slice(0, i + 1).reduce((all, n) => all + n, 0);
        expect(countOf(spread.filter(([value]) => value <= bound))).toBeGreaterThanOrEqual(wanted);
        expect(countOf(spread.filter(([value]) => value < bound))).toBeLessThanOrEqual(wanted);
      }
    }),
    { numRuns: 500 },
  );
});

test('for any exponential histogram, count and sum are exact', () => {
  fc.assert(
    fc.property(recorded, fc.integer({ min: -4, max: 6 }), (values, scale) => {
      const place = (of: readonly number[]) => {
        const indexes = of.map((value) => Math.ceil(Math.log2(value) * 2 ** scale) - 1);
        const offset = Math.min(...indexes, 0);
        const counts = Array.from({ length: Math.max(...indexes, 0) - offset + 1 }, () => 0);
        for (const index of indexes) counts[index - offset] = (counts[index - offset] as number) + 1;
        return { offset, counts };
      };
      const sum = values.reduce((all, value) => all + value, 0);
      const point = exponential({
        count: values.length,
        sum,
        scale,
        zeroCount: values.filter((value) => value === 0).length,
        positive: place(values.filter((value) => value > 0)),
        negative: place(values.filter((value) => value < 0).map((value) => -value)),
      });
      const spread = bucketValues(point);
      const size = values.reduce((all, value) => all + Math.abs(value), 1);
      expect(countOf(spread)).toBe(values.length);
      expect(Math.abs(sumOf(spread) - sum)).toBeLessThanOrEqual(1e-9 * size);
    }),
    { numRuns: 300 },
  );
});

test('the 95th percentile is in the bucket where it was', () => {
  const limits = fc
    .uniqueArray(fc.double({ min: 0.001, max: 1000, noNaN: true }), { minLength: 1, maxLength: 12 })
    .map((list) => list.sort((a, b) => a - b));
  const observed = fc.array(fc.double({ min: 0, max: 2000, noNaN: true }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(observed, limits, (values, boundaries) => {
      const counts = Array.from({ length: boundaries.length + 1 }, (_, i) => {
        const [low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY] = [boundaries[i - 1], boundaries[i]];
        return values.filter((value) => value > low && value <= high).length;
      });
      const sum = values.reduce((all, value) => all + value, 0);
      const rank = Math.ceil(values.length * 0.95);
      const real = values.toSorted((a, b) => a - b)[rank - 1] as number;
      let seen = 0;
      const read = bucketValues(explicit(counts, sum), boundaries, { digits: 9 }).find(([, count]) => {
        seen += count;
        return seen >= rank;
      })?.[0] as number;
      expect(read).toBeGreaterThanOrEqual(boundaries.findLast((bound) => bound < real) ?? 0);
      expect(read).toBeLessThanOrEqual(boundaries.find((bound) => bound >= real) ?? Number.POSITIVE_INFINITY);
    }),
  );
});
