import { createTelemetry } from '@telltale/core';
import { ManualClock } from '@telltale/testing';
import { requireService, startPrometheus } from '@telltale-internal/services';
import { describe, expect, test } from 'vitest';
import { remoteWrite } from './index.ts';

describe.runIf(requireService('prometheus'))('a real Prometheus that knows only remote write 1.0', () => {
  test('takes what a telemetry writes, and answers with the same numbers', async () => {
    const server = await startPrometheus({
      scrapePort: 1,
      flags: ['--web.enable-remote-write-receiver', '--enable-feature=native-histograms,exemplar-storage'],
    });
    const clock = new ManualClock(Math.floor(Date.now() / 1000) - 600);
    const problems: string[] = [];
    const telemetry = createTelemetry({
      service: { name: 'checkout', instanceId: 'i-1' },
      exporters: [remoteWrite({ url: `${server.url}/api/v1/write`, nativeHistograms: true })],
      cardinality: { expireAfter: 90 },
      shutdown: { signals: false },
      onError: ({ message }) => void problems.push(message),
      clock,
    });
    const query = async (promql: string): Promise<number> => {
      const { result } = (await server.api('query', { query: promql, time: String(clock.now()) })) as {
        result: { value: [number, string] }[];
      };
      return Number(result[0]?.value[1]);
    };
    try {
      const orders = telemetry.counter('orders');
      const duration = telemetry.histogram('duration', { unit: 's', buckets: [0.1, 1] });
      const size = telemetry.histogram('size', { unit: 'By' });
      telemetry.counter('once').add(1);
      telemetry.histogram('once.size').record(1);
      for (let minute = 0; minute < 3; minute++) {
        orders.add(60, { plan: 'pro' });
        duration.record(0.05);
        for (let i = 1; i <= 100; i++) size.record(i);
        telemetry.summary('price').record(3);
        await telemetry.flush();
        if (minute === 0) expect(await query('count(once_total) + count(once_size)')).toBe(2);
        await clock.advance(60);
      }
      expect(problems).toEqual([]);
      expect(await query('orders_total{job="checkout",instance="i-1",plan="pro"}')).toBe(180);
      expect(await query('duration_seconds_bucket{le="0.1"}')).toBe(3);
      expect(await query('histogram_count(size_bytes)')).toBe(300);
      const median = await query('histogram_quantile(0.5, size_bytes)');
      expect(median).toBeGreaterThan(48);
      expect(median).toBeLessThan(52);
      expect(await query('price_sum')).toBe(9);
      // They have expired, and were marked stale: Prometheus would have shown them for five minutes else.
      expect(await query('count(once_total)')).toBeNaN();
      expect(await query('count(once_size)')).toBeNaN();
    } finally {
      await telemetry.shutdown();
      await server.stop();
    }
  });
});
