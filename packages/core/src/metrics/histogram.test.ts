import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExponentialHistogramPoint, HistogramPoint } from '../index.ts';
import { pointsOf, testTelemetry } from '../telemetry.test-support.ts';
import { ExponentialCounts } from './exponential-counts.ts';

const NO_VALUES = [
  -1,
  -Number.MIN_VALUE,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '1',
  1n,
  null,
  undefined,
  {},
] as number[];

describe('a histogram with buckets', () => {
  it('puts a value that equals a bound into the bucket of that bound', () => {
    const { telemetry } = testTelemetry();
    const histogram = telemetry.histogram('h', { buckets: [1, 5, 10] });
    for (const value of [0, 1, 1.0000001, 5, 9, 10, 10.5, 1e300]) histogram.record(value, { a: 1 });
    expect(pointsOf(telemetry, 'h')).toEqual([
      {
        attributes: { a: 1 },
        startTime: 1_700_000_000,
        time: 1_700_000_000,
        count: 8,
        sum: 1e300,
        min: 0,
        max: 1e300,
        counts: [2, 2, 2, 2],
        exemplars: [],
      },
    ]);
  });

  it('reads back count and sum where it is bound, and is empty at first', () => {
    const { telemetry } = testTelemetry();
    const histogram = telemetry.histogram('h', { buckets: [1] });
    const bound = histogram.bind({ a: 1 });
    expect(pointsOf(telemetry, 'h')[0]).toMatchObject({ count: 0, sum: 0, min: undefined, max: undefined });
    bound.record(0.5);
    histogram.record(2, { a: 1 });
    expect([bound.count, bound.sum]).toEqual([2, 2.5]);
    expect(histogram.bind({ a: 1 })).toBe(bound);
  });

  it('has count and sum only when there are no bounds', () => {
    const { telemetry } = testTelemetry();
    telemetry.histogram('h', { buckets: [] }).record(3);
    expect(pointsOf(telemetry, 'h')[0]).toMatchObject({ count: 1, sum: 3, counts: [1] });
  });

  it('is not changed by what becomes of the bounds that were given', () => {
    const { telemetry } = testTelemetry();
    const buckets = [1, 2];
    const histogram = telemetry.histogram('h', { buckets });
    buckets.push(3);
    buckets[0] = 100;
    histogram.record(1.5);
    expect(telemetry.snapshot().metrics[0]).toMatchObject({ boundaries: [1, 2], points: [{ counts: [0, 1, 0] }] });
  });
});

describe.each([
  ['buckets', { buckets: [1, 2] }],
  ['exponential buckets', {}],
])('a histogram with %s', (_, options) => {
  it('counts what it cannot record as rejected, tells once and stays as it is', () => {
    const { telemetry, problems } = testTelemetry();
    const histogram = telemetry.histogram('h', options);
    const bound = histogram.bind();
    bound.record(1);
    for (const value of NO_VALUES) bound.record(value);
    for (const value of NO_VALUES) histogram.record(value);
    expect([bound.count, bound.sum]).toEqual([1, 1]);
    expect(telemetry.health().problems).toEqual({ ERR_VALUE: 2 * NO_VALUES.length });
    expect(problems.map(({ message }) => message)).toEqual([
      '"h" was given -1, which was ignored; a histogram takes finite numbers from 0 up.',
    ]);
  });
});

/** The bounds of a bucket, and whether `value` lies in it to within what logarithms can tell. */
function lies(value: number, index: number, scale: number): boolean {
  const exponent = 2 ** -scale;
  // Compared as logarithms: the bounds themselves may be out of the range of numbers.
  const logarithm = Math.log2(Math.max(value, 2 ** -1022));
  const slack = 1e-12 + Math.abs(logarithm) * 1e-15;
  return logarithm > index * exponent - slack && logarithm <= (index + 1) * exponent + slack;
}

const POSITIVE = fc.oneof(
  fc.double({ min: Number.MIN_VALUE, max: Number.MAX_VALUE, noNaN: true }),
  fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
  fc.integer({ min: -1074, max: 1023 }).map((power) => 2 ** power),
);

describe('a histogram with exponential buckets', () => {
  it('has each value in the bucket whose bounds are around it, at every scale', () => {
    fc.assert(
      fc.property(POSITIVE, fc.integer({ min: -10, max: 20 }), (value, scale) => {
        const counts = new ExponentialCounts(160, scale);
        counts.record(value);
        expect(counts.scale).toBe(scale);
        expect(lies(value, counts.positive.offset, scale)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('has powers of two at the upper end of their bucket, exactly', () => {
    for (let scale = 0; scale <= 20; scale++) {
      for (let power = -1022; power <= 1023; power += 7) {
        const counts = new ExponentialCounts(160, scale);
        counts.record(2 ** power);
        expect(counts.positive.offset).toBe(power * 2 ** scale - 1);
      }
    }
  });

  it('takes zero, the smallest and the largest number, together in 160 buckets', () => {
    const { telemetry } = testTelemetry();
    const histogram = telemetry.histogram('h');
    for (const value of [0, -0, Number.MIN_VALUE, 2 ** -1022, 1, Number.MAX_VALUE]) histogram.record(value);
    const point = pointsOf(telemetry, 'h')[0] as ExponentialHistogramPoint;
    expect(point).toMatchObject({ count: 6, zeroCount: 2, zeroThreshold: 0, min: 0, max: Number.MAX_VALUE });
    expect(point.positive.counts.length).toBeLessThanOrEqual(160);
    expect(point.positive.counts.reduce((sum, count) => sum + count)).toBe(4);
    expect(point.negative).toEqual({ offset: 0, counts: [] });
  });

  it('keeps every count and at most 160 buckets, whatever is recorded', () => {
    fc.assert(
      fc.property(fc.array(POSITIVE, { minLength: 1, maxLength: 300 }), (values) => {
        const counts = new ExponentialCounts(160, 20);
        for (const value of values) counts.record(value);
        expect(counts.total).toBe(values.length);
        expect(counts.positive.counts.length).toBeLessThanOrEqual(160);
        // Each bucket has as many as the values that lie in it.
        const { offset } = counts.positive;
        const expected = new Map<number, number>();
        for (const value of values) {
          const single = new ExponentialCounts(160, counts.scale);
          single.record(value);
          expected.set(single.positive.offset, (expected.get(single.positive.offset) ?? 0) + 1);
        }
        counts.positive.counts.forEach((count, at) => {
          // A value at a bound of a fine scale may lie on the other side of it at a coarse one.
          const near = [-1, 0, 1].reduce((sum, by) => sum + (expected.get(offset + at + by) ?? 0), 0);
          expect(count).toBeLessThanOrEqual(near);
        });
      }),
      { numRuns: 100 },
    );
  });

  it('merges into the same as if all had been recorded in one place', () => {
    const values = fc.array(
      fc.oneof(
        POSITIVE,
        POSITIVE.map((value) => -value),
        fc.constant(0),
      ),
      { maxLength: 100 },
    );
    fc.assert(
      fc.property(
        values,
        values,
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 0, max: 20 }),
        (one, other, a, b) => {
          const first = new ExponentialCounts(160, a);
          const second = new ExponentialCounts(160, b);
          for (const value of one) first.record(value);
          for (const value of other) second.record(value);
          first.merge(second);
          expect(first.total).toBe(one.length + other.length);
          expect(first.zeroCount).toBe([...one, ...other].filter((value) => value === 0).length);
          for (const range of [first.positive, first.negative]) expect(range.counts.length).toBeLessThanOrEqual(160);
          const second2 = second.total;
          expect(second2).toBe(other.length);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('both kinds of histogram', () => {
  it('have as many values in their buckets as they count', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1 }), (values) => {
        const { telemetry } = testTelemetry();
        const explicit = telemetry.histogram('explicit', { buckets: [1, 10, 100, 1e6] });
        const exponential = telemetry.histogram('exponential');
        for (const value of values) {
          explicit.record(value);
          exponential.record(value);
        }
        const one = pointsOf(telemetry, 'explicit')[0] as HistogramPoint;
        const other = pointsOf(telemetry, 'exponential')[0] as ExponentialHistogramPoint;
        const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);
        expect(sum(one.counts)).toBe(values.length);
        expect(sum(other.positive.counts) + other.zeroCount).toBe(values.length);
        expect([one.count, one.sum, one.min, one.max]).toEqual([other.count, other.sum, other.min, other.max]);
      }),
      { numRuns: 50 },
    );
  });
});
