import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTelemetry, downscale, type ExponentialHistogramPoint, type MetricsSnapshot } from '../index.ts';
import { ManualClock } from '../manual-clock.test-support.ts';
import { DeltaTracker } from './delta.ts';

/** In the middle of a sixteenth of a power of two, so that rounding puts none into another bucket of the scales that are compared. */
const magnitude = fc.integer({ min: -160 * 16, max: 160 * 16 }).map((k) => 2 ** ((k + 0.5) / 16));
const value = fc.oneof(
  { weight: 4, arbitrary: magnitude },
  { weight: 2, arbitrary: fc.integer({ min: -32, max: 32 }).map((k) => 2 ** ((k + 0.5) / 16)) },
  { weight: 1, arbitrary: fc.constant(0) },
);
const intervals = fc.array(fc.record({ values: fc.array(value, { maxLength: 12 }), taken: fc.boolean() }), {
  minLength: 1,
  maxLength: 10,
});

/** Coarse enough for all of them in 160 buckets: each holds four powers of two. */
const COARSE = -2;

function expectPoint(point: ExponentialHistogramPoint, values: readonly number[]): void {
  const { scale, positive, zeroCount, count, sum } = point;
  const { offset, counts } = downscale(positive, scale - COARSE);
  const filled = Object.fromEntries(counts.flatMap((n, i) => (n === 0 ? [] : [[offset + i, n]])));
  const expected: Record<number, number> = {};
  for (const one of values.filter((each) => each > 0)) {
    const index = Math.ceil(Math.log2(one) * 2 ** COARSE) - 1;
    expected[index] = (expected[index] ?? 0) + 1;
  }
  expect(filled).toEqual(expected);
  expect([count, zeroCount]).toEqual([values.length, values.filter((each) => each === 0).length]);
  const total = values.reduce((all, each) => all + each, 0);
  expect(Math.abs(sum - total)).toBeLessThanOrEqual(1e-9 * 2 ** 161);
}

/** A telemetry with one exponential histogram. */
function recording() {
  const clock = new ManualClock();
  const telemetry = createTelemetry({ service: { name: 'checkout' }, shutdown: { signals: false }, clock });
  const sizes = telemetry.histogram('sizes');
  return {
    /** What there is ten seconds after these were recorded. */
    after: async (values: readonly number[]): Promise<MetricsSnapshot> => {
      for (const one of values) sizes.record(one);
      await clock.advance(10);
      return telemetry.snapshot();
    },
    end: () => telemetry.shutdown(),
  };
}

function pointOf({ metrics }: MetricsSnapshot): ExponentialHistogramPoint | undefined {
  return metrics.find(({ name }) => name === 'sizes')?.points[0] as ExponentialHistogramPoint | undefined;
}

describe('an exponential histogram over intervals in which its scale falls', () => {
  it('as differences: each has what was recorded since the last that was taken, and begins where that ended', async () => {
    await fc.assert(
      fc.asyncProperty(intervals, async (all) => {
        const service = recording();
        const tracker = new DeltaTracker();
        let pending: number[] = [];
        let end: number | undefined;
        for (const { values, taken } of all) {
          pending.push(...values);
          const snapshot = await service.after(values);
          const point = pointOf(tracker.difference(snapshot));
          expect(point === undefined).toBe(pending.length === 0);
          if (point === undefined) {
            // Nothing came since, so the next begins here.
            if (end !== undefined) end = pointOf(snapshot)?.time;
            continue;
          }
          expectPoint(point, pending);
          expect(point.startTime).toBeLessThan(point.time);
          if (end !== undefined) expect(point.startTime).toBe(end);
          if (!taken) continue;
          tracker.acknowledge();
          end = point.time;
          pending = [];
        }
        await service.end();
      }),
    );
  });

  it('as totals: each has all that was recorded, since the same start', async () => {
    await fc.assert(
      fc.asyncProperty(intervals, async (all) => {
        const service = recording();
        const recorded: number[] = [];
        const starts = new Set<number>();
        for (const { values } of all) {
          recorded.push(...values);
          const point = pointOf(await service.after(values));
          if (point === undefined) continue;
          expectPoint(point, recorded);
          starts.add(point.startTime);
        }
        expect(starts.size).toBeLessThanOrEqual(1);
        await service.end();
      }),
    );
  });
});
