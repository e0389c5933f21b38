import type { ExponentialHistogramPoint, HistogramPoint } from '@telltale/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Distribution, distributionOf, numberAbove } from './distribution.ts';
import { timed } from './snapshot.test-support.ts';

const range = { ...timed, min: undefined, max: undefined, exemplars: [] };

/** Bounds of all buckets there, also of exponential ones. */
function boundsOf({ bucketOptions }: Distribution): readonly number[] {
  if ('explicitBuckets' in bucketOptions) return bucketOptions.explicitBuckets.bounds;
  const { numFiniteBuckets, growthFactor, scale } = bucketOptions.exponentialBuckets;
  return Array.from({ length: numFiniteBuckets + 1 }, (_, i) => scale * growthFactor ** i);
}

/** The bucket that holds a value there: each holds its lower bound. */
function bucketOf(bounds: readonly number[], value: number): number {
  const at = bounds.findIndex((bound) => value < bound);
  return at < 0 ? bounds.length : at;
}

/** As core counts: each bucket holds its upper bound. */
function histogramOf(values: readonly number[], boundaries: readonly number[]): HistogramPoint {
  const counts = new Array<number>(boundaries.length + 1).fill(0);
  for (const value of values) {
    const at = boundaries.findIndex((bound) => value <= bound);
    const bucket = at < 0 ? boundaries.length : at;
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  const sum = values.reduce((total, value) => total + value, 0);
  return { ...range, count: values.length, sum, counts };
}

function totalOf({ bucketCounts = [] }: Distribution): number {
  return bucketCounts.reduce((sum, n) => sum + Number(n), 0);
}

describe('explicit buckets', () => {
  it('hold just the values that ours hold, also those on a boundary', () => {
    const values = fc.array(
      fc.oneof(fc.constantFrom(-1, 0, 0.1, 1, 5), fc.double({ min: -10, max: 10, noNaN: true })),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(values, (given) => {
        const distribution = distributionOf(histogramOf(given, [-1, 0, 0.1, 1, 5]), [-1, 0, 0.1, 1, 5], 'p');
        const counts = new Array<number>(6).fill(0);
        for (const value of given) {
          const at = bucketOf(boundsOf(distribution), value);
          counts[at] = (counts[at] ?? 0) + 1;
        }
        expect(distribution.bucketCounts).toEqual(counts.map(String));
      }),
    );
  });

  it('are 200 at most: neighbours become one', () => {
    const boundaries = Array.from({ length: 450 }, (_, i) => i);
    const values = Array.from({ length: 452 }, (_, i) => i - 0.5);
    const distribution = distributionOf(histogramOf(values, boundaries), boundaries, 'p');
    const bounds = boundsOf(distribution);
    expect(bounds.length + 1).toBeLessThanOrEqual(200);
    expect(totalOf(distribution)).toBe(452);
    const counts = new Array<number>(bounds.length + 1).fill(0);
    for (const value of values) counts[bucketOf(bounds, value)]!++;
    expect(distribution.bucketCounts).toEqual(counts.map(String));
  });

  it('are two where the histogram has no boundaries, as there must be a bound', () => {
    expect(distributionOf({ ...range, count: 2, sum: 4, counts: [2] }, [], 'p')).toMatchObject({
      mean: 2,
      bucketOptions: { explicitBuckets: { bounds: [0] } },
      bucketCounts: ['0', '2'],
    });
    expect(distributionOf({ ...range, count: 2, sum: -4, counts: [2] }, [], 'p').bucketCounts).toEqual(['2', '0']);
  });
});

describe('exponential buckets', () => {
  const none = { offset: 0, counts: [] };
  const point = (given: Partial<ExponentialHistogramPoint>): ExponentialHistogramPoint => ({
    ...range,
    count: 0,
    sum: 0,
    scale: 0,
    zeroCount: 0,
    zeroThreshold: 0,
    positive: none,
    negative: none,
    ...given,
  });

  it('stay exponential, with what is zero below them', () => {
    const given = point({ count: 6, sum: 3000, scale: 1, zeroCount: 2, positive: { offset: 4, counts: [1, 0, 3] } });
    expect(distributionOf(given, [], 'p')).toMatchObject({
      count: '6',
      mean: 500,
      bucketOptions: { exponentialBuckets: { numFiniteBuckets: 3, growthFactor: Math.SQRT2, scale: 4 } },
      bucketCounts: ['2', '1', '0', '3', '0'],
    });
  });

  it('are one where there are only zeros', () => {
    expect(distributionOf(point({ count: 3, scale: 20, zeroCount: 3 }), [], 'p')).toMatchObject({
      mean: 0,
      sumOfSquaredDeviation: 0,
      bucketOptions: { exponentialBuckets: { numFiniteBuckets: 1, scale: 1 } },
      bucketCounts: ['3', '0', '0'],
    });
  });

  it('have explicit bounds where there are negative values', () => {
    const given = point({
      count: 8,
      sum: 10,
      zeroCount: 2,
      positive: { offset: 1, counts: [4] },
      negative: { offset: 0, counts: [1, 1] },
    });
    expect(distributionOf(given, [], 'p')).toMatchObject({
      bucketOptions: { explicitBuckets: { bounds: [-4, -2, -1, numberAbove(2), numberAbove(4)] } },
      bucketCounts: ['0', '1', '1', '2', '4', '0'],
    });
  });

  it('are valid and hold all values, whatever their scale, place and number', () => {
    const buckets = fc.record({
      offset: fc.integer({ min: -2_000, max: 2_000 }),
      counts: fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 160 }),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: -11, max: 20 }),
        buckets,
        buckets,
        fc.nat(5),
        (scale, positive, negative, zeroCount) => {
          const count = [...positive.counts, ...negative.counts, zeroCount].reduce((sum, n) => sum + n, 0);
          const distribution = distributionOf(point({ count, scale, positive, negative, zeroCount }), [], 'p');
          const bounds = boundsOf(distribution);
          expect(bounds.length).toBeGreaterThan(0);
          expect(bounds.length + 1).toBeLessThanOrEqual(200);
          if (count > 0) {
            expect(totalOf(distribution)).toBe(count);
            expect(distribution.bucketCounts?.length).toBe(bounds.length + 1);
          }
          const options = distribution.bucketOptions;
          if ('exponentialBuckets' in options) {
            expect(options.exponentialBuckets.growthFactor).toBeGreaterThan(1);
            expect(options.exponentialBuckets.scale).toBeGreaterThan(0);
            expect(Number.isFinite(options.exponentialBuckets.growthFactor * options.exponentialBuckets.scale)).toBe(
              true,
            );
          } else {
            expect(
              bounds.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > (bounds[i - 1] as number))),
            ).toBe(true);
          }
          expect(distribution.sumOfSquaredDeviation ?? 0).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});

it('the number above is the next', () => {
  expect(numberAbove(0)).toBe(5e-324);
  expect(numberAbove(1)).toBe(1 + Number.EPSILON);
  expect(numberAbove(-1)).toBe(-1 + Number.EPSILON / 2);
  expect(numberAbove(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
});
