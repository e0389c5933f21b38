import type { ExponentialHistogramPoint } from '@telltale/core';
import type { DecodedHistogram } from '@telltale-internal/backends';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exponential, exponentialPoint, recorded, renderProtobuf } from './source.test-support.ts';

/** The buckets of a native histogram as numbers: the lower and upper end, and how many values are between. */
function bucketsOf({ schema = 0, zeroThreshold = 0, zeroCount = 0, ...rest }: DecodedHistogram) {
  const growth = 2 ** (2 ** -schema);
  const side = (spans: DecodedHistogram['positiveSpan'] = [], deltas: readonly number[] = []) => {
    const buckets: { index: number; count: number }[] = [];
    let index = 0;
    let count = 0;
    let at = 0;
    for (const { offset, length } of spans) {
      index += offset;
      for (let i = 0; i < length; i++, index++) {
        count += deltas[at++]!;
        buckets.push({ index, count });
      }
    }
    expect(at).toBe(deltas.length);
    return buckets.map((each) => ({
      low: 2 ** ((each.index - 1) * 2 ** -schema),
      high: 2 ** (each.index * 2 ** -schema),
      count: each.count,
    }));
  };
  const negative = side(rest.negativeSpan, rest.negativeDelta).reverse();
  return {
    growth,
    buckets: [
      ...negative.map(({ low, high, count }) => ({ low: -high, high: -low, count })),
      { low: -zeroThreshold, high: zeroThreshold, count: zeroCount },
      ...side(rest.positiveSpan, rest.positiveDelta),
    ],
  };
}

/** The geometric middle of the bucket that holds the quantile, which is at most √growth from what was recorded. */
function quantileOf(histogram: DecodedHistogram, quantile: number): number {
  let rank = Math.max(1, Math.ceil(quantile * histogram.sampleCount));
  for (const { low, high, count } of bucketsOf(histogram).buckets) {
    rank -= count;
    if (rank <= 0) return low * high < 0 ? 0 : Math.sign(low + high) * Math.sqrt(low * high);
  }
  throw new Error('fewer values in buckets than in the count');
}

const magnitude = fc.integer({ min: -900, max: 900 }).map((k) => 2 ** (k / 90) * 1.0001);
const value = fc.oneof(
  { weight: 4, arbitrary: magnitude },
  { weight: 1, arbitrary: magnitude.map((x) => -x) },
  { weight: 1, arbitrary: fc.constant(0) },
);
const values = fc.array(value, { minLength: 1, maxLength: 60 });
const histogramOf = async (...points: readonly ExponentialHistogramPoint[]): Promise<DecodedHistogram> =>
  (await renderProtobuf([exponential('h', points)]))[0]!.metric[0]!.histogram!;

test('quantiles of a native histogram are within √growth of the recorded values, whatever values and scale', async () => {
  await fc.assert(
    fc.asyncProperty(
      values,
      fc.integer({ min: -4, max: 14 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (all, scale, quantile) => {
        const decoded = await histogramOf(recorded(all, scale));
        const schema = Math.min(scale, 8);
        expect(decoded).toMatchObject({ sampleCount: all.length, schema });
        const sorted = all.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil(quantile * all.length)) - 1]!;
        const found = quantileOf(decoded, quantile);
        const { growth, buckets } = bucketsOf(decoded);
        expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBe(all.length);
        if (exact === 0) expect(found + 0).toBe(0);
        else expect(Math.abs(Math.log2(found / exact))).toBeLessThanOrEqual(Math.log2(growth) / 2 + 1e-9);
      },
    ),
  );
});

test('what is coarser than the coarsest schema counts at the upper ends of its buckets', async () => {
  const all = [1e-200, 3e-9, 1, 5, 1e100, -1e-30];
  const decoded = await histogramOf(recorded(all, -7));
  expect(decoded.schema).toBe(-4);
  const { buckets } = bucketsOf(decoded);
  expect(buckets.filter(({ count }) => count > 0)).toEqual([
    { low: -1, high: -(2 ** -16), count: 1 },
    { low: 2 ** -656, high: 2 ** -640, count: 1 },
    { low: 2 ** -16, high: 1, count: 2 },
    { low: 2 ** 112, high: 2 ** 128, count: 1 },
    { low: 2 ** 368, high: 2 ** 384, count: 1 },
  ]);
});

test('a native histogram that holds nothing is one all the same', async () => {
  const decoded = await histogramOf(exponentialPoint({}, {}));
  expect(decoded).toMatchObject({ sampleCount: 0, schema: 0, zeroThreshold: Number.MIN_VALUE, zeroCount: 0 });
});

test('equal exponential series become one, with the values of both', async () => {
  await fc.assert(
    fc.asyncProperty(
      values,
      values,
      fc.integer({ min: -2, max: 5 }),
      fc.integer({ min: -2, max: 5 }),
      async (a, b, scaleA, scaleB) => {
        const sum = await histogramOf(
          recorded(a, scaleA, { attributes: { x: 1 } }),
          recorded(b, scaleB, { attributes: { x: '1' } }),
        );
        const both = await histogramOf(recorded([...a, ...b], Math.min(scaleA, scaleB), { attributes: { x: 1 } }));
        expect({ ...sum, sampleSum: 0, bucket: [] }).toEqual({ ...both, sampleSum: 0, bucket: [] });
        expect(sum.sampleSum).toBeCloseTo(both.sampleSum, 6);
        expect(sum.bucket!.at(-1)!.cumulativeCount).toBe(a.length + b.length);
      },
    ),
    { numRuns: 50 },
  );
});

test('equal exponential series with different thresholds have the greater one, and what it covers counts as zero', async () => {
  const sum = await histogramOf(
    recorded([0.1, 0.4, 3], 0, { attributes: { x: 1 } }),
    recorded([0, 5], 0, { attributes: { x: '1' }, zeroThreshold: 0.5 }),
  );
  expect(sum).toMatchObject({ sampleCount: 5, zeroThreshold: 0.5, zeroCount: 3 });
  expect(bucketsOf(sum).buckets.slice(1)).toEqual([
    { low: 2, high: 4, count: 1 },
    { low: 4, high: 8, count: 1 },
  ]);
});
