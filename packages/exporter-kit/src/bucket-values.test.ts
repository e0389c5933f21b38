import type { ExponentialHistogramPoint, HistogramPoint } from '@telltale/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bucketValues } from './index.ts';

const base = { attributes: {}, startTime: 0, time: 1, exemplars: [] };
const explicit = (counts: readonly number[], more: Partial<HistogramPoint> = {}): HistogramPoint => {
  const count = counts.reduce((a, b) => a + b, 0);
  return { ...base, count, sum: count, min: undefined, max: undefined, counts, ...more };
};
const exponential = (more: Partial<ExponentialHistogramPoint>): ExponentialHistogramPoint => ({
  ...base,
  count: 0,
  sum: 0,
  min: undefined,
  max: undefined,
  scale: 0,
  zeroCount: 0,
  zeroThreshold: 0,
  positive: { offset: 0, counts: [] },
  negative: { offset: 0, counts: [] },
  ...more,
});

test('gives the middle of each bucket that is not empty, and the last boundary for what lies above it', () => {
  expect(bucketValues(explicit([2, 0, 3, 1]), [1, 2, 4])).toEqual([
    [0.5, 2],
    [3, 3],
    [4, 1],
  ]);
});

test('closes the outermost buckets with the least and the greatest value where they are known', () => {
  expect(bucketValues(explicit([1, 1], { min: 0.8, max: 12 }), [1])).toEqual([
    [0.9, 1],
    [6.5, 1],
  ]);
});

test('closes a first bucket below zero with its boundary', () => {
  expect(bucketValues(explicit([1, 1]), [-5])).toEqual([
    [-5, 1],
    [-5, 1],
  ]);
});

test('gives the mean of what has no boundaries', () => {
  expect(bucketValues(explicit([4], { sum: 10 }), [])).toEqual([[2.5, 4]]);
});

test('gives exponential buckets in rising order, with zero between', () => {
  const point = exponential({
    zeroCount: 2,
    positive: { offset: 1, counts: [1, 0, 3] },
    negative: { offset: 0, counts: [5, 6] },
  });
  expect(bucketValues(point)).toEqual([
    [-3, 6],
    [-1.5, 5],
    [0, 2],
    [3, 1],
    [12, 3],
  ]);
});

test('keeps the count, and each value within its bucket', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(100), { minLength: 3, maxLength: 20 }),
      fc.integer({ min: -10, max: 20 }),
      fc.integer({ min: -100, max: 100 }),
      (counts, scale, offset) => {
        const values = bucketValues(exponential({ scale, positive: { offset, counts } }));
        const filled = counts.flatMap((count, i) => (count > 0 ? [[i, count] as const] : []));
        expect(values.map(([, count]) => count)).toEqual(filled.map(([, count]) => count));
        for (const [k, [value]] of values.entries()) {
          const exponent = (offset + (filled[k]?.[0] as number)) * 2 ** -scale;
          const above = 2 ** (exponent + 2 ** -scale);
          if (above < Number.POSITIVE_INFINITY) expect(value).toBeLessThanOrEqual(above);
          expect(value).toBeGreaterThanOrEqual(2 ** exponent);
        }
      },
    ),
  );
});
