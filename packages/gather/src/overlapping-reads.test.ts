import { createTelemetry } from '@telltale/core';
import { prometheus } from '@telltale/exporter-prometheus';
import { ManualClock } from '@telltale/testing';
import { afterEach, expect, it, vi } from 'vitest';
import { gather } from './index.ts';
import { testGroup } from './processes.test-support.ts';
import { samplesOf, sumOf } from './scrape.test-support.ts';

const SERIES = 300;

afterEach(() => vi.restoreAllMocks());

it('counts once what is recorded and read while it collects in slices', async () => {
  const metrics = prometheus();
  const clock = new ManualClock();
  const telemetry = createTelemetry({
    service: { name: 'shop' },
    exporters: [metrics],
    gather: gather(testGroup()),
    clock,
    shutdown: { signals: false },
  });
  await vi.waitUntil(() => telemetry.health().gather?.role === 'gatherer');
  const orders = telemetry.counter('orders');
  let recorded = 0;
  const record = (): void => {
    for (let i = 0; i < SERIES; i++) orders.add(1, { customer: i });
    recorded += SERIES;
  };
  // As on a machine with other things to do: each slice is over as soon as anybody looks.
  let now = performance.now();
  vi.spyOn(performance, 'now').mockImplementation(() => {
    now += 5;
    return now;
  });
  const known = () =>
    telemetry
      .snapshot()
      .metrics.filter(({ name }) => name === 'orders')
      .flatMap(({ points }) => points.map((point) => ('value' in point ? point.value : 0)))
      .reduce((sum, value) => sum + value, 0);
  record();
  for (let scrape = 0; scrape < 3; scrape++) {
    const rendering = metrics.render();
    let done = false;
    void rendering.then(() => {
      done = true;
    });
    while (!done) {
      record();
      // Its slice has this, and has not told it, when there is more.
      await new Promise((resolve) => setImmediate(resolve));
      record();
      expect(known()).toBe(recorded);
    }
    const shown = sumOf(samplesOf((await rendering).body), 'orders_total');
    expect(shown).toBeLessThanOrEqual(recorded);
  }
  expect(sumOf(samplesOf((await metrics.render()).body), 'orders_total')).toBe(recorded);
  await telemetry.shutdown();
});
