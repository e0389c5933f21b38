import { describe, expect, it } from 'vitest';
import type { ExponentialHistogramPoint, Telemetry } from '../index.ts';
import { pointsOf, testTelemetry } from '../telemetry.test-support.ts';

const pointOf = (telemetry: Telemetry): ExponentialHistogramPoint =>
  pointsOf(telemetry, 'e')[0] as ExponentialHistogramPoint;

/** Of so many buckets a side. */
function recorded(maxSize: number, values: readonly number[]): ExponentialHistogramPoint {
  const aggregation = { type: 'exponentialHistogram', options: { maxSize } } as const;
  const { telemetry } = testTelemetry({ metrics: { views: [{ instrumentName: 'e', aggregation }] } });
  const instrument = telemetry.gauge('e');
  for (const value of values) instrument.record(value);
  return pointOf(telemetry);
}

describe('the scale of exponential buckets', () => {
  it.each([[[4]], [[4, 4, 4]], [[1e-300]], [[4, -7]]])('is the finest, 20, for one value a side: %j', (values) => {
    const { scale, positive, negative } = recorded(160, values);
    expect(scale).toBe(20);
    expect([...positive.counts, ...negative.counts].reduce((sum, count) => sum + count)).toBe(values.length);
  });

  // The specification's table of ideal scales for 160 buckets.
  it.each([
    ['1 ms to 4 ms', 0.001, 0.004, 6],
    ['1 ms to 20 ms', 0.001, 0.02, 5],
    ['1 ms to 1 s', 0.001, 1, 4],
    ['1 ms to 100 s', 0.001, 100, 3],
    ['1 µs to 10 s', 1e-6, 10, 2],
  ])('is the ideal one of the specification for %s', (_, from, to, ideal) => {
    for (const values of [
      [from, to],
      [to, from],
    ])
      expect(recorded(160, values).scale).toBe(ideal);
  });

  it.each([2, 3, 10, 160])(
    'is as fine as %i buckets allow, never finer, and falls no further than needed',
    (maxSize) => {
      const values: number[] = [];
      for (let power = -30; power <= 30; power++) {
        values.push(1.5 * 2 ** power);
        const { positive, scale, count } = recorded(maxSize, values);
        expect(positive.counts.length).toBeLessThanOrEqual(maxSize);
        expect(positive.counts.reduce((sum, one) => sum + one)).toBe(count);
        // One scale finer would need about twice as many: more than there may be.
        if (scale < 20) expect(2 * positive.counts.length).toBeGreaterThan(maxSize - 1);
      }
    },
  );

  it('is that of the side that needs the coarser one, for both', () => {
    const { scale, positive, negative } = recorded(4, [1.5, -1, -1000]);
    expect(scale).toBeLessThan(0);
    expect([positive.counts, negative.counts.filter((count) => count > 0)]).toEqual([[1], [1, 1]]);
  });

  it('is no less than -10 for two buckets and all numbers there are', () => {
    const { scale, positive } = recorded(2, [Number.MIN_VALUE, 2 ** -1022, 1, 1.1, Number.MAX_VALUE]);
    expect(scale).toBe(-10);
    expect(positive).toEqual({ offset: -1, counts: [3, 2] });
  });
});

describe('zero, the smallest and the largest value', () => {
  it('are counted for themselves, and zero in no bucket', () => {
    const point = recorded(160, [0, -0, 0, 5, -3]);
    expect(point).toMatchObject({ count: 5, zeroCount: 3, zeroThreshold: 0, sum: 2, min: -3, max: 5 });
    expect([point.positive.counts, point.negative.counts]).toEqual([[1], [1]]);
  });

  it('are unknown before the first value', () => {
    const { telemetry } = testTelemetry();
    telemetry.histogram('e').bind();
    expect(pointOf(telemetry)).toMatchObject({ count: 0, sum: 0, min: undefined, max: undefined, scale: 20 });
  });
});

describe('start times', () => {
  it('are each series’ own: that of its first value, the same in all snapshots', () => {
    const { telemetry, clock } = testTelemetry();
    const instruments = {
      c: (attributes: { at: number }) => telemetry.counter('c').add(1, attributes),
      h: (attributes: { at: number }) => telemetry.histogram('h', { buckets: [1] }).record(1, attributes),
      e: (attributes: { at: number }) => telemetry.histogram('e').record(1, attributes),
    };
    const starts = (name: string) => pointsOf(telemetry, name).map(({ startTime }) => startTime);
    for (const record of Object.values(instruments)) record({ at: 0 });
    clock.advance(10);
    for (const record of Object.values(instruments)) record({ at: 10 });
    clock.advance(10);
    for (const record of Object.values(instruments)) record({ at: 0 });
    for (const name of Object.keys(instruments)) expect(starts(name)).toEqual([1_700_000_000, 1_700_000_010]);
  });
});
