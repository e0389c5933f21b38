import { createTelemetry } from '@telltale/core';
import { ManualClock } from '@telltale/testing';
import { requireService, startCollectd, startStatsdDaemon } from '@telltale-internal/services';
import { describe, expect, it, vi } from 'vitest';
import { type StatsdOptions, statsd } from './index.ts';

const WAIT = { timeout: 15_000, interval: 100 };

/** Orders, refunds, a queue, and 2,050 requests of which every fortieth is slow. */
async function record(options: StatsdOptions): Promise<void> {
  const telemetry = createTelemetry({
    service: { name: 'shop' },
    clock: new ManualClock(),
    shutdown: { signals: false },
    exporters: [statsd(options)],
  });
  telemetry.counter('orders').add(41, { plan: 'pro' });
  telemetry.counter('orders').add(0.5, { plan: 'pro' });
  telemetry.counter('orders').add(7, { plan: 'free' });
  telemetry.upDownCounter('balance').add(-3);
  telemetry.gauge('temperature').record(-4.5, { room: 'cellar' });
  telemetry.gauge('tiny').record(2.5e-7);
  const duration = telemetry.histogram('duration', { unit: 's', buckets: [0.01, 0.1, 1] });
  for (let i = 0; i < 2050; i++) duration.record(i % 40 === 0 ? 0.7 : 0.05);
  await telemetry.flush();
  telemetry.counter('orders').add(1, { plan: 'free' });
  telemetry.upDownCounter('balance').add(-1);
  await telemetry.flush();
  await telemetry.shutdown();
}

describe.runIf(requireService('statsd'))("Etsy's daemon", () => {
  for (const protocol of ['udp', 'tcp'] as const) {
    it(`has the numbers that were recorded, over ${protocol}`, async () => {
      const daemon = await startStatsdDaemon();
      await record({ port: daemon.port, protocol });
      await vi.waitFor(async () => {
        const flushes = await daemon.flushes();
        const sum = (name: string): number => flushes.reduce((total, { counters }) => total + (counters[name] ?? 0), 0);
        expect(sum('orders.plan.pro')).toBe(41.5);
        expect(sum('orders.plan.free')).toBe(8);
        expect(sum('statsd.bad_lines_seen')).toBe(0);
        const gauges = Object.assign({}, ...flushes.map((flush) => flush.gauges));
        expect(gauges).toMatchObject({ balance: -4, 'temperature.room.cellar': -4.5, tiny: 2.5e-7 });
        const timers = flushes.map(({ timer_data }) => timer_data.duration).filter((timer) => timer?.count);
        expect(timers).toHaveLength(1);
        const [timer] = timers;
        expect(timer?.count).toBeCloseTo(2050, 6);
        // In the buckets of the values, in milliseconds.
        expect(timer?.median).toBeGreaterThan(10);
        expect(timer?.median).toBeLessThan(100);
        expect(timer?.upper).toBeGreaterThan(100);
        expect(timer?.upper_90).toBeLessThan(100);
      }, WAIT);
      await daemon.stop();
    });
  }

  it('takes attributes as tags of Graphite', async () => {
    const daemon = await startStatsdDaemon();
    await record({ port: daemon.port, dialect: 'graphite', tags: { region: 'eu-west-1' } });
    await vi.waitFor(async () => {
      const flushes = await daemon.flushes();
      const total = flushes.reduce(
        (sum, { counters }) => sum + (counters['orders;plan=pro;region=eu-west-1;service=shop'] ?? 0),
        0,
      );
      expect(total).toBe(41.5);
    }, WAIT);
    await daemon.stop();
  });
});

describe.runIf(requireService('collectd'))('collectd', () => {
  it('has the numbers that were recorded', async () => {
    const collectd = await startCollectd();
    await record({ port: collectd.port, timerSamples: Number.POSITIVE_INFINITY });
    await vi.waitFor(async () => {
      const values = await collectd.values();
      const last = (name: string): number | undefined => values.get(name)?.at(-1);
      const most = (name: string): number => Math.max(0, ...(values.get(name) ?? []).filter((value) => value > 0));
      expect(last('derive-orders.plan.free')).toBe(8);
      // collectd's counters are whole numbers.
      expect(last('derive-orders.plan.pro')).toBe(Math.round(41.5));
      expect(last('gauge-balance')).toBe(-4);
      expect(last('gauge-temperature.room.cellar')).toBe(-4.5);
      expect(most('gauge-duration-count')).toBe(2050);
      const median = most('latency-duration-percentile-50');
      expect(median).toBeGreaterThan(0.01);
      expect(median).toBeLessThan(0.1);
      // collectd cuts timers to whole milliseconds.
      expect(Math.abs(most('latency-duration-sum') - (52 * 0.7 + 1998 * 0.05))).toBeLessThan(2050 * 0.001);
    }, WAIT);
    expect(await collectd.complaints()).toEqual([]);
    await collectd.stop();
  });
});
