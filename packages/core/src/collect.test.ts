import { expect, it } from 'vitest';
import { collectInSlices } from './collect.ts';
import type { MetricReader } from './index.ts';
import { testTelemetry } from './telemetry.test-support.ts';

it('many metrics of few series each are read in slices, too', async () => {
  const { telemetry } = testTelemetry();
  const [counter] = telemetry.snapshot().metrics;
  let turns = 0;
  const turn = setInterval(() => turns++, 0);
  const reader = {
    ...counter,
    size: 10,
    *read() {
      const end = performance.now() + 0.2;
      while (performance.now() < end);
      for (let at = 0; at < 10; at++) yield counter?.points[0];
    },
  } as unknown as MetricReader;
  const readers = Array.from({ length: 400 }, () => reader);
  const { metrics } = await collectInSlices(readers, telemetry.snapshot().resource, 0);
  clearInterval(turn);
  expect(metrics).toHaveLength(400);
  expect(turns).toBeGreaterThan(2);
});
