import { setTimeout as sleep } from 'node:timers/promises';
import { requireService, startPrometheus } from '@telltale-internal/services';
import { Histogram, Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PrometheusExporter, prometheus } from './index.ts';
import {
  exponential,
  exponentialPoint,
  histogram,
  numbers,
  recorded,
  START,
  sourceOf,
  summary,
} from './source.test-support.ts';

/** Between a thousandth and a thousand, most around 1: the same each time. */
const values = Array.from({ length: 5000 }, (_, i) => 10 ** (3 * Math.sin(i * 12.9898) ** 3));
const sorted = values.toSorted((a, b) => a - b);
const SCALES = [-2, 0, 3, 8, 11] as const;
const QUANTILES = [0.01, 0.5, 0.9, 0.99, 0.999] as const;
const traceIds = ['1', '2', '3', '4', '5'].map((digit) => digit.repeat(32));
const exemplar = (traceId: string, value: number) => ({ value, time: START, traceId, spanId: '00f067aa0ba902b7' });

const metrics = [
  numbers('counter', 'orders', [[{ plan: 'pro', odd: 'C:\\ "x"\n日本' }, 42, [exemplar(traceIds[0]!, 3)]]], {
    unit: '{order}',
    description: 'Orders',
  }),
  numbers('gauge', 'lag', [[{}, -1.5]], { unit: 's' }),
  histogram('classic', [0.1, 1, 10], [[{}, [50, 50, 0, 0], 30, [exemplar(traceIds[1]!, 0.5)]]], { unit: 's' }),
  summary('price', [[{}, [[0.5, 4]], 9, 3]]),
  exponential(
    'latency',
    // The first is empty, and Prometheus 2 tells by the first what all are.
    [
      exponentialPoint({ scale: 'none' }, {}),
      ...SCALES.map((scale) =>
        recorded(values, scale, { attributes: { scale: String(scale) }, exemplars: [exemplar(traceIds[2]!, 0.5)] }),
      ),
    ],
    { unit: 's' },
  ),
  exponential('both', [recorded([-8, -3, 0, 0, 3, 8], 3)]),
  exponential('coarse', [recorded([1e-200, 1, 1e100], -7)]),
];

describe.runIf(requireService('prometheus'))('a real Prometheus that takes native histograms', () => {
  let exporter: PrometheusExporter;
  let server: Awaited<ReturnType<typeof startPrometheus>>;

  beforeAll(async () => {
    const registry = new Registry();
    const old = new Histogram({ name: 'old', help: 'From prom-client', buckets: [1, 2], registers: [registry] });
    old.observe(1.5);
    exporter = prometheus({ port: 0, host: '127.0.0.1', merge: registry });
    await exporter.start?.(sourceOf(metrics));
    server = await startPrometheus({
      scrapePort: exporter.address!.port,
      flags: ['--enable-feature=native-histograms,exemplar-storage'],
    });
    for (let i = 0; i < 60; i++) {
      if ((await query('up'))[0]?.value[1] === '1') return;
      await sleep(250);
    }
    throw new Error(`not scraped: ${JSON.stringify(await server.api('targets'))}`);
  });

  afterAll(async () => {
    await server?.stop();
    await exporter?.shutdown?.();
  });

  async function query(expression: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> {
    const data = await server.api('query', { query: expression });
    return (data as { result: { metric: Record<string, string>; value: [number, string] }[] }).result;
  }

  async function numberOf(expression: string): Promise<number> {
    const result = await query(expression);
    expect(result, expression).toHaveLength(1);
    return Number(result[0]!.value[1]);
  }

  test.each(SCALES)('has quantiles of scale %d within a bucket of the recorded values', async (scale) => {
    const growth = 2 ** (2 ** -Math.min(scale, 8));
    for (const quantile of QUANTILES) {
      const exact = sorted[Math.ceil(quantile * sorted.length) - 1]!;
      const found = await numberOf(`histogram_quantile(${quantile}, latency_seconds{scale="${scale}"})`);
      // Prometheus looks for the place inside the bucket: it is in the same one, so at most its width away.
      expect(Math.abs(Math.log(found / exact)), `${quantile}: ${found} for ${exact}`).toBeLessThanOrEqual(
        Math.log(growth) + 1e-9,
      );
    }
  });

  test('has what was recorded in native histograms, and adds them up', async () => {
    const total = values.reduce((sum, value) => sum + value, 0);
    expect(await numberOf('histogram_count(latency_seconds{scale="3"})')).toBe(values.length);
    expect(await numberOf('histogram_sum(latency_seconds{scale="3"})')).toBeCloseTo(total, 6);
    expect(await numberOf('histogram_count(sum(latency_seconds))')).toBe(SCALES.length * values.length);
    expect(await numberOf('histogram_count(latency_seconds{scale="none"})')).toBe(0);
    expect(await numberOf('histogram_fraction(-100, -0.1, both)')).toBeCloseTo(2 / 6, 10);
    expect(await numberOf('histogram_quantile(0.5, both)')).toBeCloseTo(0, 10);
    expect(await numberOf('histogram_count(coarse)')).toBe(3);
    expect(await query('latency_seconds_bucket')).toEqual([]);
  });

  test.each([
    ['orders_total{plan="pro"}', 42],
    ['lag_seconds', -1.5],
    ['classic_seconds_sum', 30],
    ['histogram_quantile(0.75, classic_seconds_bucket)', 0.55],
    ['price{quantile="0.5"}', 4],
    ['price_count', 3],
    ['target_info{service_name="checkout"}', 1],
    ['old_bucket{le="2.0"}', 1],
    ['old_count', 1],
  ])('answers %s with %d', async (expression, expected) => {
    expect(await numberOf(expression)).toBeCloseTo(expected, 10);
  });

  test('has label values, types and helps as they were', async () => {
    expect((await query('orders_total'))[0]!.metric.odd).toBe('C:\\ "x"\n日本');
    expect(await server.api('metadata', { metric: 'orders_total' })).toMatchObject({
      orders_total: [{ type: 'counter', help: 'Orders' }],
    });
    expect(await server.api('metadata', { metric: 'latency_seconds' })).toMatchObject({
      latency_seconds: [{ type: 'histogram' }],
    });
  });

  test.each([
    ['orders_total', 0],
    ['classic_seconds_bucket', 1],
    ['latency_seconds', 2],
  ])('has the exemplars of %s', async (name, index) => {
    const range = { start: String(START - 60), end: String(Date.now() / 1000) };
    const exemplars = await server.api('query_exemplars', { query: name, ...range });
    expect(JSON.stringify(exemplars)).toContain(`"trace_id":"${traceIds[index]}"`);
  });
});
