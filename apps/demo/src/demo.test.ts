import { promtool, requireService, startPrometheus, startRedis } from '@telltale-internal/services';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Demo, startDemo, text } from './demo-process.test-support.ts';
import type { TallyReport } from './tally.ts';

const AGREES = [
  /^✓ requests {3}load generator sent ([\d,]+), telemetry counted \1$/,
  /^✓ by status {2}(\d+) of \1 kinds of request \(method, route, status\) are equal$/,
  /^✓ tenants {4}load generator \w+ (\d+), \w+ (\d+), \w+ (\d+), telemetry counted \1, \2, \3$/,
  /^✓ sockets {4}load generator opened ([\d,]+), telemetry counted \1 connections$/,
  /^✓ hung up {4}load generator ([\d,]+), telemetry counted \1$/,
  /^✓ jobs {7}ordered (\d+) \(to complete (\d+), retry (\d+), fail (\d+)\), telemetry counted \1 \(\2, \3, \4\); 0 left in the queues$/,
  /^✓ calls {6}of payments ([\d,]+), telemetry counted \1 calls and \1 answers$/,
  /^✓ gathered {3}of ([\d,]+) thumbnails threads counted \1, of ([\d,]+) days in reports a child process counted \2$/,
  /^✓ function {3}invoices for \w+ (\d+), \w+ (\d+), \w+ (\d+); CloudWatch has in the namespace of each \1, \2, \3 \(\d+ invocations, \d+ messages again\)$/,
  /^✓ contrib {4}offers made (\d+) queries, (\d+) calls, (\d+) commands; OpenTelemetry's pg has \1 spans and \1 durations, undici \2 and \2, ioredis \3 spans$/,
  /^✓ deltas {5}delivered ([\d,]+) of \1 operations, (\d+) of \2 series equal the totals \(\d+ batches, \d+ of them refused on the way\)$/,
  /^✓ backends {3}12 of them: 9 of requests have ([\d,]+), 7 of spans have ([\d,]+), 7 of events have ([\d,]+)$/,
];

/** Ended well, and the load generator's count and telemetry's are the same. */
async function expectAgreement(demo: Demo): Promise<void> {
  const { exitCode, lines, stderr } = await demo.ended();
  const last = lines.slice(-AGREES.length);
  for (const [i, expected] of AGREES.entries()) expect(last[i]).toMatch(expected);
  expect(lines.join('\n')).toMatch(/^REQUESTS +count +per s +p50 +p95 +p99 +4xx +5xx +499$/m);
  expect(lines.join('\n')).toMatch(/^this process +\d+ % .* MB +\d+ MB .* \d+ % +\d+ %$/m);
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
}

/** Some trace is the whole way of an order: request, charge, queue, worker, and the receipt that the job asks for. */
async function expectTraceOfAnOrder(demo: Demo): Promise<void> {
  await vi.waitFor(
    async () => {
      const texts = (await text(`${demo.url}/traces?filter=PaymentsController.receipt`)).split('\n\n');
      const withoutTimes = texts.map((one) => one.split('\n').map((line) => line.slice(22)));
      expect(withoutTimes.map(([, ...spans]) => spans)).toContainEqual(ORDER_TRACE);
    },
    { timeout: 120_000, interval: 200 },
  );
}

/** What OpenTelemetry's instrumentations made of an offer is in the trace of the request for it, and so is what they measured. */
async function expectInstrumentedPage(demo: Demo): Promise<void> {
  await vi.waitFor(
    async () => {
      const page = await text(`${demo.url}/opentelemetry`);
      const spans = page.split('\n').map((line) => line.slice(22).replaceAll(/ {2,}/g, '  '));
      const traces = spans.flatMap((line, i) =>
        line === OFFER_TRACE[0] ? [spans.slice(i, i + OFFER_TRACE.length)] : [],
      );
      expect(traces).toContainEqual(OFFER_TRACE);
      for (const [scope, service, metric] of INSTRUMENTED_METRICS) {
        expect(page).toContain(`<tr><td>@opentelemetry/${scope}<td>${service}<td>${metric}<td>`);
      }
    },
    { timeout: 120_000, interval: 200 },
  );
}

const OFFER_TRACE = [
  'shop  @telltale/core  GET /products/:id/offer  200',
  'shop  @telltale/core  └─ GET  200',
  'offers  @opentelemetry/instrumentation-pg  ├─ pg.query:SELECT postgres',
  'offers  @opentelemetry/instrumentation-undici  └─ GET  200',
  'payments  @telltale/core  └─ GET /prices/:product  200',
  'payments  @telltale/nest  ├─ ParseIntPipe.transform',
  'payments  @telltale/nest  └─ PaymentsController.price',
];

const INSTRUMENTED_METRICS = [
  ['instrumentation-pg', 'offers', 'db.client.operation.duration (s)'],
  ['instrumentation-undici', 'offers', 'http.client.request.duration (s)'],
  ['instrumentation-runtime-node', 'offers', 'nodejs.eventloop.utilization (1)'],
  ['instrumentation-runtime-node', 'shop', 'nodejs.eventloop.delay.p99 (s)'],
  ['host-metrics', 'shop', 'process.cpu.time (s)'],
] as const;

const ORDER_TRACE = [
  'shop      POST /orders  201',
  'shop      ├─ price',
  'shop      ├─ POST  201',
  'payments  │  └─ POST /charges  201',
  'payments  │     └─ PaymentsController.charge',
  'payments  │        └─ Bank.charge',
  'shop      └─ send emails',
  'shop         └─ process emails',
  'shop            ├─ GET  200',
  'payments        │  └─ GET /receipts/:order  200',
  'payments        │     ├─ ParseUUIDPipe.transform',
  'payments        │     └─ PaymentsController.receipt',
  'shop            └─ send by SMTP',
];

describe('the demo on an embedded Postgres', () => {
  it('runs for DEMO_SECONDS, agrees with its load generator and exits 0', { timeout: 240_000 }, async () => {
    const demo = await startDemo({ DEMO_SECONDS: '8' });
    await expectAgreement(demo);
  });

  it('writes log lines that name the span they were written in, and shows the trace of an order', {
    timeout: 240_000,
  }, async () => {
    const demo = await startDemo({});
    const line = await vi.waitFor(
      async () => {
        const placed = (await text(`${demo.url}/logs`)).split('\n').find((one) => one.includes('order placed'));
        return JSON.parse(placed ?? '') as { readonly trace_id: string };
      },
      { timeout: 120_000 },
    );
    await vi.waitFor(
      async () => expect(await text(`${demo.url}/traces?filter=${line.trace_id}`)).toContain('POST /orders'),
      {
        timeout: 120_000,
      },
    );
    await expectTraceOfAnOrder(demo);
    await expectInstrumentedPage(demo);
    expect(JSON.parse(await text(`${demo.url}/health`))).toMatchObject({
      telemetry: { cardinality: { overflows: [] }, problems: {} },
    });
    demo.stop('SIGTERM');
    await expectAgreement(demo);
  });

  it('finishes requests, jobs and deliveries on SIGTERM in the middle of its work', { timeout: 240_000 }, async () => {
    const demo = await startDemo({ DEMO_RATE: '60', DEMO_SEED: '2' });
    await vi.waitUntil(async () => (JSON.parse(await text(`${demo.url}/load`)) as TallyReport).sent > 100, {
      timeout: 120_000,
    });
    demo.stop('SIGTERM');
    await expectAgreement(demo);
  });
});

describe.runIf(requireService('redis'))('the demo on Redis', () => {
  it('shows the same trace and agrees as well', { timeout: 240_000 }, async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    const demo = await startDemo({ REDIS_URL: redis.url });
    await expectTraceOfAnOrder(demo);
    demo.stop('SIGTERM');
    await expectAgreement(demo);
  });
});

describe.runIf(requireService('redis') && requireService('promtool') && requireService('prometheus'))(
  'the demo seen by Prometheus',
  () => {
    it('is accepted by promtool, and queries give what the load generator did', { timeout: 240_000 }, async () => {
      const redis = await startRedis();
      onTestFinished(() => redis.stop());
      const demo = await startDemo({ DEMO_RATE: '50', DEMO_REQUESTS: '200', REDIS_URL: redis.url });
      const prometheus = await startPrometheus({ scrapePort: Number(new URL(demo.url).port) });
      onTestFinished(() => prometheus.stop());
      const query = async (expression: string, label: string): Promise<Record<string, number>> => {
        const { result } = (await prometheus.api('query', { query: expression })) as {
          result: { metric: Record<string, string>; value: [number, string] }[];
        };
        return Object.fromEntries(result.map(({ metric, value }) => [metric[label] ?? '', Number(value[1])]));
      };
      const tally = await vi.waitFor(
        async () => {
          const load = JSON.parse(await text(`${demo.url}/load`)) as TallyReport & { finished: boolean };
          expect(load.finished).toBe(true);
          const jobs = await query('sum by (job_outcome) (job_duration_seconds_count{job_queue=~".+"})', 'job_outcome');
          const { completed, retried, failed } = load.jobs;
          expect(jobs).toEqual({ completed, retried, failed });
          return load;
        },
        { timeout: 120_000, interval: 250 },
      );

      const counts = await query(
        'sum by (kind) (label_join(http_server_request_duration_seconds_count{job="telltale"}, "kind", " ", "http_request_method", "http_route", "http_response_status_code"))',
        'kind',
      );
      expect(counts).toMatchObject(tally.requests);
      const p95 = await query(
        'histogram_quantile(0.95, sum by (le, http_route) (http_server_request_duration_seconds_bucket{job="telltale",http_response_status_code!="499"}))',
        'http_route',
      );
      expect(tally.p95['/products/:id']?.planned).toBeGreaterThan(0.1);
      for (const [route, { planned, seen }] of Object.entries(tally.p95)) {
        expect(p95[route], route).toBeGreaterThanOrEqual(bucketOf(planned).from);
        expect(p95[route], route).toBeLessThanOrEqual(bucketOf(seen).to);
      }

      expect(await promtool(['check', 'metrics'], await text(`${demo.url}/metrics`))).toEqual({
        exitCode: 0,
        stdout: '',
        stderr: '',
      });
      demo.stop('SIGINT');
      await expectAgreement(demo);
    });
  },
);

const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** Prometheus knows no more than the bucket. */
function bucketOf(seconds: number): { readonly from: number; readonly to: number } {
  const at = BUCKETS.findIndex((bound) => seconds <= bound);
  return { from: BUCKETS[at - 1] ?? 0, to: BUCKETS[at] ?? Number.POSITIVE_INFINITY };
}
