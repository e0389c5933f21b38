import { setTimeout as sleep } from 'node:timers/promises';
import { promtool, requireService, startPrometheus } from '@telltale-internal/services';
import * as promClient from 'prom-client';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PrometheusExporter, prometheus } from './index.ts';
import {
  exponential,
  exponentialPoint,
  histogram,
  numbers,
  render,
  START,
  sourceOf,
  summary,
} from './source.test-support.ts';

const description = 'For a test';
const strange = 'C:\\temp "x"\n\t\r\0\u001b日本';
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const counterTraceId = 'a'.repeat(32);

const metrics = [
  numbers(
    'counter',
    'orders',
    [
      [{ plan: 'pro' }, 42, [{ value: 1, time: START, traceId: counterTraceId, filteredAttributes: { 'user.id': 7 } }]],
      [{ plan: strange }, 1],
    ],
    { unit: '{order}', description },
  ),
  numbers('gauge', 'queue.oldest_job.age', [[{ 'job.queue': 'emails' }, 1.5]], { unit: 's', description }),
  numbers(
    'upDownCounter',
    'job.active',
    [
      [{}, 3],
      [{ x: '' }, 4],
    ],
    { unit: '{job}', description },
  ),
  histogram(
    'http.server.request.duration',
    [0.1, 1, 10],
    [[{ 'http.route': '/' }, [50, 50, 0, 0], 30, [{ value: 0.05, time: START, traceId, spanId: '00f067aa0ba902b7' }]]],
    { unit: 's', description },
  ),
  exponential(
    'payload',
    [exponentialPoint({}, { count: 8, sum: 700, scale: 3, positive: { offset: 40, counts: [2, 2, 4] } })],
    { unit: 'By', description },
  ),
  summary('price', [[{}, [[0.5, 4]], 9, 3]], { unit: 'EUR', description }),
];

test.runIf(requireService('promtool'))('promtool finds nothing to complain about', async () => {
  // Its only complaint would be about the value that is not printable, and about what the names of the samples promise.
  expect(await promtool(['check', 'metrics'], await render(metrics, undefined, {}))).toMatchObject({
    exitCode: 0,
    stdout: '',
  });
});

describe.runIf(requireService('prometheus'))('a real Prometheus', () => {
  let exporter: PrometheusExporter;
  let server: Awaited<ReturnType<typeof startPrometheus>>;

  beforeAll(async () => {
    const registry = new Registry();
    new promClient.Counter({ name: 'old_total', help: 'From prom-client', registers: [registry] }).inc(7);
    exporter = prometheus({ port: 0, host: '127.0.0.1', merge: registry });
    await exporter.start?.(sourceOf(metrics));
    server = await startPrometheus({
      scrapePort: exporter.address!.port,
      flags: ['--enable-feature=exemplar-storage'],
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

  test.each([
    ['orders_total{plan="pro"}', 42],
    ['queue_oldest_job_age_seconds{job_queue="emails"}', 1.5],
    ['job_active', 7],
    ['http_server_request_duration_seconds_sum{http_route="/"}', 30],
    ['histogram_quantile(0.75, http_server_request_duration_seconds_bucket)', 0.55],
    ['histogram_quantile(1, sum by (le) (payload_bytes_bucket))', 2 ** 5.5],
    ['price_EUR{quantile="0.5"}', 4],
    ['target_info{service_name="checkout",service_version="1.4.0"}', 1],
    ['old_total', 7],
  ])('answers %s with %d', async (expression, expected) => {
    const result = await query(expression);
    expect(result).toHaveLength(1);
    expect(Number(result[0]!.value[1])).toBeCloseTo(expected, 10);
  });

  test('has label values as they were', async () => {
    expect((await query('orders_total{plan!="pro"}'))[0]!.metric.plan).toBe(strange);
  });

  test('has units, types and helps, and exemplars', async () => {
    expect(await server.api('metadata', { metric: 'queue_oldest_job_age_seconds' })).toEqual({
      queue_oldest_job_age_seconds: [{ type: 'gauge', help: description, unit: 'seconds' }],
    });
    const range = { start: String(START - 60), end: String(Date.now() / 1000) };
    const exemplars = await server.api('query_exemplars', {
      query: 'http_server_request_duration_seconds_bucket',
      ...range,
    });
    expect(JSON.stringify(exemplars)).toContain(`"trace_id":"${traceId}"`);
    expect(await server.api('query_exemplars', { query: 'orders_total', ...range })).toMatchObject([
      { exemplars: [{ labels: { trace_id: counterTraceId, user_id: '7' }, value: '1' }] },
    ]);
  });
});
