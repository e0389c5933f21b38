import { createTelemetry } from '@telltale/core';
import { ManualClock } from '@telltale/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alerts } from '../index.ts';

const RULE = {
  name: 'Slow',
  when: { type: 'percentile', metric: 'time', quantile: 0.9, over: 300, is: '>', value: -1e300 },
  summary: 'slow',
} as const;

describe('a percentile of exponential histograms', () => {
  it('is right to the width of a bucket, over series of any scale, of what came in the window', async () => {
    const value = fc.oneof(
      fc.double({ min: 1e-4, max: 1e4, noNaN: true }),
      fc.double({ min: 1, max: 1.1, noNaN: true }),
      fc.constant(0),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(value, { maxLength: 40 }),
        fc.array(fc.tuple(value, fc.integer({ min: 0, max: 3 })), { minLength: 1, maxLength: 200 }),
        async (before, during) => {
          const clock = new ManualClock();
          const telemetry = createTelemetry({ service: { name: 'a' }, clock, shutdown: { signals: false } });
          const watching = alerts(telemetry, { rules: [RULE] });
          const time = telemetry.histogram('time');
          for (const one of before) time.record(one, { route: 0 });
          await watching.evaluate();
          await clock.advance(400);
          for (const [one, route] of during) time.record(one, { route });
          await watching.evaluate();
          const found = watching.current().find(({ state }) => state === 'firing')?.value ?? Number.NaN;
          const sorted = during.map(([one]) => one).sort((a, b) => a - b);
          const exact = sorted[Math.ceil(0.9 * sorted.length - 1e-6) - 1] as number;
          // At the coarsest, over eight orders of magnitude in 160 buckets: 2^(2^-2).
          expect(found).toBeGreaterThanOrEqual(exact / 1.19 - 1e-9);
          expect(found).toBeLessThanOrEqual(exact * 1.19 + 1e-9);
          await telemetry.shutdown();
        },
      ),
      { numRuns: 40 },
    );
  });
});
