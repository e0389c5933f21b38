import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SummaryPoint } from '../index.ts';
import { pointsOf, testTelemetry } from '../telemetry.test-support.ts';

/** The value of that rank among all, counted from below. */
function exactQuantile(values: readonly number[], quantile: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(quantile * values.length)) - 1] as number;
}

describe('a summary', () => {
  it('gives quantiles in rising order, and count and sum since the start', () => {
    const { telemetry } = testTelemetry();
    const summary = telemetry.summary('s', { quantiles: [0.99, 0, 0.5, 1] });
    for (let value = 1; value <= 1000; value++) summary.record(value, { a: 1 });
    const point = pointsOf(telemetry, 's')[0] as SummaryPoint;
    expect([point.count, point.sum, point.attributes]).toEqual([1000, 500_500, { a: 1 }]);
    expect(point.quantiles.map(({ quantile }) => quantile)).toEqual([0, 0.5, 0.99, 1]);
    const bound = summary.bind({ a: 1 });
    for (const { quantile, value } of point.quantiles) {
      expect(
        Math.abs(
          value /
            exactQuantile(
              Array.from({ length: 1000 }, (_, at) => at + 1),
              quantile,
            ) -
            1,
        ),
      ).toBeLessThan(0.011);
      expect(bound.quantile(quantile)).toBe(value);
    }
    expect([bound.count, bound.sum]).toEqual([1000, 500_500]);
    expect(summary.bind({ a: 1 })).toBe(bound);
  });

  it('is off by at most 1.1 % for values that span twelve decades, negative ones too', () => {
    const magnitude = fc.double({ min: -6, max: 6, noNaN: true }).map((exponent) => 10 ** exponent);
    const value = fc.oneof(
      { weight: 8, arbitrary: magnitude },
      { weight: 1, arbitrary: magnitude.map((one) => -one) },
      fc.constant(0),
    );
    const quantile = fc.oneof(fc.constantFrom(0, 0.5, 0.9, 0.95, 0.99, 1), fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 400 }), quantile, (values, q) => {
        const { telemetry } = testTelemetry();
        const summary = telemetry.summary('s').bind();
        for (const one of values) summary.record(one);
        const exact = exactQuantile(values, q);
        expect(Math.abs(summary.quantile(q) - exact)).toBeLessThanOrEqual(0.011 * Math.abs(exact));
      }),
      { numRuns: 300 },
    );
  });

  it.each([1e-300, 1e-160, 1e160, 1e300, Number.MAX_VALUE])(
    'is right for %d, at the ends of what numbers can be',
    (value) => {
      const { telemetry } = testTelemetry();
      const summary = telemetry.summary('s').bind();
      for (const one of [value, value, value]) summary.record(one);
      expect(Math.abs(summary.quantile(0.5) / value - 1)).toBeLessThan(0.011);
    },
  );

  it('gives finite quantiles for the smallest and the largest number together', () => {
    const { telemetry } = testTelemetry();
    const summary = telemetry.summary('s').bind();
    for (const value of [Number.MIN_VALUE, 1, Number.MAX_VALUE]) summary.record(value);
    for (const quantile of [0, 0.5, 1]) {
      expect(summary.quantile(quantile)).toBeGreaterThan(0);
      expect(summary.quantile(quantile)).toBeLessThan(Number.POSITIVE_INFINITY);
    }
  });

  it('is NaN while the window is empty, and moves on with time', () => {
    const { telemetry, clock } = testTelemetry();
    const summary = telemetry.summary('s', { window: 100 }).bind();
    expect(summary.quantile(0.5)).toBeNaN();
    expect((pointsOf(telemetry, 's')[0] as SummaryPoint).quantiles.every(({ value }) => Number.isNaN(value))).toBe(
      true,
    );
    summary.record(1);
    clock.advance(50);
    summary.record(100);
    expect(summary.quantile(0)).toBeCloseTo(1, 1);
    clock.advance(29);
    expect(summary.quantile(0)).toBeCloseTo(1, 1);
    clock.advance(21);
    expect(summary.quantile(0)).toBeGreaterThan(98);
    clock.advance(50);
    expect(summary.quantile(0.5)).toBeNaN();
    expect([summary.count, summary.sum]).toEqual([2, 101]);
  });

  it('rejects what is no finite number, and takes negative ones', () => {
    const { telemetry, problems } = testTelemetry();
    const summary = telemetry.summary('s');
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, '1', 1n, undefined]) summary.record(value as number);
    summary.record(-5);
    expect(summary.bind().count).toBe(1);
    expect(summary.bind().quantile(0.5)).toBeCloseTo(-5, 1);
    expect(telemetry.health().problems).toEqual({ ERR_VALUE: 5 });
    expect(problems.map(({ message }) => message)).toEqual([
      '"s" was given NaN, which was ignored; a summary takes finite numbers.',
    ]);
  });

  it('sets no timer any more once the telemetry has ended', async () => {
    const { telemetry, clock } = testTelemetry({ cardinality: { expireAfter: 60 } });
    telemetry.summary('s').record(1);
    await telemetry.shutdown();
    expect(clock.pending).toBe(0);
  });
});
