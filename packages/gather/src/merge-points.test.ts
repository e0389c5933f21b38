import type { ExponentialHistogramPoint, HistogramPoint, NumberPoint, Point, SummaryPoint } from '@telltale/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addPoints } from './merge-points.ts';

const BOUNDARIES = [1, 10];
const base = { attributes: {}, startTime: 5, time: 60 };

const exemplars = fc.array(
  fc.record({
    value: fc.integer({ min: 1, max: 20 }),
    time: fc.integer({ min: 0, max: 100 }),
    traceId: fc.constant('4bf92f3577b34da6a3ce929d0e0e4736'),
    spanId: fc.constant('00f067aa0ba902b7'),
  }),
  { maxLength: 3 },
);
const starts = fc.record({ startTime: fc.integer({ min: 0, max: 100 }), time: fc.integer({ min: 100, max: 200 }) });
const counter = fc
  .tuple(starts, fc.integer({ min: 0, max: 1e6 }), exemplars)
  .map(([times, value, examples]): NumberPoint => {
    return { ...base, ...times, value, ...(examples.length > 0 && { exemplars: examples }) };
  });
const histogram = fc
  .tuple(starts, fc.tuple(fc.nat(9), fc.nat(9), fc.nat(9)), fc.nat(1000), exemplars)
  .map(([times, counts, sum, examples]): HistogramPoint => {
    const count = counts.reduce((a, b) => a + b, 0);
    const extremes = count === 0 ? { min: undefined, max: undefined } : { min: counts[0], max: 10 + counts[2] };
    return { ...base, ...times, ...extremes, counts, count, sum, exemplars: examples.slice(0, 1) };
  });
const buckets = fc.record({
  offset: fc.integer({ min: -500, max: 500 }),
  counts: fc.array(fc.nat(9), { maxLength: 160 }),
});
const exponential = fc
  .tuple(starts, fc.integer({ min: -4, max: 20 }), buckets, buckets, fc.nat(9), fc.nat(1000))
  .map(([times, scale, positive, negative, zeroCount, sum]): ExponentialHistogramPoint => {
    const count = total(positive.counts) + total(negative.counts) + zeroCount;
    return {
      ...{ ...base, ...times, count, sum, min: undefined, max: undefined },
      ...{ scale, zeroCount, zeroThreshold: 0, positive, negative, exemplars: [] },
    };
  });
const summary = fc
  .tuple(starts, fc.nat(9), fc.nat(1000), fc.option(fc.nat(100), { nil: Number.NaN }))
  .map(([times, count, sum, value]): SummaryPoint => {
    return { ...base, ...times, count, sum, quantiles: [{ quantile: 0.5, value }] };
  });

function total(counts: readonly number[]): number {
  return counts.reduce((a, b) => a + b, 0);
}

/** Without the empty buckets at the ends, which may or may not be there. */
function trimmed(point: Point): unknown {
  if (!('positive' in point)) return point;
  const trim = ({ offset, counts }: ExponentialHistogramPoint['positive']) => {
    const first = counts.findIndex((count) => count > 0);
    const last = counts.findLastIndex((count) => count > 0);
    return first < 0 ? [] : [offset + first, counts.slice(first, last + 1)];
  };
  return { ...point, positive: trim(point.positive), negative: trim(point.negative) };
}

const KINDS = [
  ['counter', counter],
  ['upDownCounter', counter],
  ['histogram', histogram],
  ['exponentialHistogram', exponential],
  ['summary', summary],
] as const;

describe.each(KINDS)('points of a %s', (type, points: fc.Arbitrary<Point>) => {
  const add = (a: Point, b: Point) => addPoints(type, BOUNDARIES, a, b);

  it('add up to the same whoever comes first', () => {
    fc.assert(
      fc.property(points, points, (a, b) => {
        // Of two examples of the same moment, either will do.
        const bare = (point: Point) => ({ ...(trimmed(point) as object), exemplars: [] });
        expect(bare(add(a, b))).toEqual(bare(add(b, a)));
      }),
    );
  });

  it('add up to the same however they are grouped', () => {
    fc.assert(
      fc.property(points, points, points, (a, b, c) => {
        const [left, right] = [add(add(a, b), c), add(a, add(b, c))];
        if ('value' in left) expect(left).toEqual(right);
        else {
          expect([left.count, left.sum, left.startTime]).toEqual([
            (right as HistogramPoint).count,
            (right as HistogramPoint).sum,
            right.startTime,
          ]);
        }
      }),
    );
  });

  it('never add up to less than one of them, and begin with the earliest', () => {
    fc.assert(
      fc.property(points, points, (a, b) => {
        const both = add(a, b);
        expect(both.startTime).toBe(Math.min(a.startTime, b.startTime));
        const size = (point: Point) => ('value' in point ? point.value : point.count);
        expect(size(both)).toBe(size(a) + size(b));
      }),
    );
  });
});

it('exponential histograms keep every value in a bucket that holds it, at the coarser scale or below', () => {
  fc.assert(
    fc.property(exponential, exponential, (a, b) => {
      const both = addPoints('exponentialHistogram', [], a, b) as ExponentialHistogramPoint;
      expect(both.scale).toBeLessThanOrEqual(Math.min(a.scale, b.scale));
      expect(both.positive.counts.length).toBeLessThanOrEqual(160);
      expect(total(both.positive.counts)).toBe(total(a.positive.counts) + total(b.positive.counts));
      expect(total(both.negative.counts)).toBe(total(a.negative.counts) + total(b.negative.counts));
      expect(both.count).toBe(total(both.positive.counts) + total(both.negative.counts) + both.zeroCount);
    }),
  );
});

it('the values of two exponential histograms are where they would be in one of all', () => {
  const one = (scale: number, offset: number, counts: number[]): ExponentialHistogramPoint => ({
    ...{ ...base, count: total(counts), sum: 0, min: undefined, max: undefined, exemplars: [] },
    ...{ scale, zeroCount: 0, zeroThreshold: 0, positive: { offset, counts }, negative: { offset: 0, counts: [] } },
  });
  // 2^0.5 … 2^1.5 in halves, and 1 … 4 in wholes.
  const both = addPoints('exponentialHistogram', [], one(1, 1, [2, 3]), one(0, 0, [5, 7]));
  expect(both).toMatchObject({ scale: 0, count: 17, positive: { offset: 0, counts: [7, 10] } });
});

it('the newest example of each bucket stays', () => {
  const of = (value: number, time: number) => ({ value, time, traceId: `${value}`, spanId: `${time}` });
  const point = (examples: HistogramPoint['exemplars']): HistogramPoint => ({
    ...{ ...base, count: 1, sum: 1, min: 1, max: 1, counts: [1, 0, 0], exemplars: examples },
  });
  const both = addPoints(
    'histogram',
    BOUNDARIES,
    point([of(1, 3), of(5, 9)]),
    point([of(0.5, 4), of(7, 8), of(70, 1)]),
  );
  expect((both as HistogramPoint).exemplars).toEqual([of(0.5, 4), of(5, 9), of(70, 1)]);
});

it('the newest examples of a number stay, and none is no empty list', () => {
  const point = (...times: readonly number[]): NumberPoint => ({
    ...{ ...base, value: 1 },
    ...(times.length > 0 && { exemplars: times.map((time) => ({ value: -time, time })) }),
  });
  const both = addPoints('counter', [], point(1, 3, 5, 7, 9, 11), point(2, 4, 6, 8, 10, 12)) as NumberPoint;
  expect(both.exemplars?.map(({ time }) => time)).toEqual([5, 6, 7, 8, 9, 10, 11, 12]);
  expect(addPoints('counter', [], point(), point())).not.toHaveProperty('exemplars');
});

it.each(['counter', 'histogram'] as const)('sums of a %s are the same to the last digit in any order', (type) => {
  const values = fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 12 });
  const point = (value: number): Point =>
    type === 'counter'
      ? { ...base, value }
      : { ...base, count: 1, sum: value, min: value, max: value, counts: [0, 0, 1], exemplars: [] };
  const sumOf = (added: Point) => ('value' in added ? added.value : added.sum);
  fc.assert(
    fc.property(values, fc.integer({ min: 0, max: 11 }), (all, at) => {
      const add = (points: readonly Point[]) => points.reduce((a, b) => addPoints(type, BOUNDARIES, a, b));
      const points = all.map(point);
      const [head, tail] = [points.slice(0, at), points.slice(at)];
      const grouped = [head, tail].filter((group) => group.length > 0).map(add);
      expect(sumOf(add(grouped))).toBe(sumOf(add(points)));
      expect(sumOf(add(points.toReversed()))).toBe(sumOf(add(points)));
    }),
  );
});

it('of quantiles the highest is shown', () => {
  const of = (...values: number[]): SummaryPoint => ({
    ...{ ...base, count: 1, sum: 1 },
    quantiles: values.map((value, i) => ({ quantile: [0.5, 0.9][i] as number, value })),
  });
  const quantiles = (a: SummaryPoint, b: SummaryPoint) =>
    (addPoints('summary', [], a, b) as SummaryPoint).quantiles.map(({ value }) => value);
  expect(quantiles(of(1, 9), of(2, 3))).toEqual([2, 9]);
  expect(quantiles(of(Number.NaN, Number.NaN), of(2, 3))).toEqual([2, 3]);
});
