import { createTelemetry, ExportError, type MetricsSnapshot, type Telemetry } from '@telltale/core';
import { contextOf, ManualClock, sampleEvents, sampleResource, sampleSpans } from '@telltale/testing';
import { openDatadogBackend, openOtlpBackend } from '@telltale-internal/backends';
import { describe, expect, it } from 'vitest';
import { datadog } from './index.ts';

const shared = { description: '', unit: '', scope: { name: 'test', version: '1' }, resource: sampleResource };
const none = { min: undefined, max: undefined, exemplars: [] };

/** A histogram with so many observations in one bucket, from 0 to 2. */
function histogramOf(count: number): MetricsSnapshot {
  const point = { attributes: {}, startTime: 1_700_000_000, time: 1_700_000_060 };
  return {
    time: 1_700_000_060,
    resource: sampleResource,
    metrics: [
      {
        ...shared,
        name: 'work',
        type: 'histogram',
        temporality: 'delta',
        boundaries: [2],
        points: [{ ...point, ...none, count, sum: count, counts: [count, 0] }],
      },
    ],
  };
}

function shop(url: string, clock: ManualClock): Telemetry {
  return createTelemetry({
    service: { name: 'shop' },
    clock,
    shutdown: { signals: false },
    onError: () => {},
    exporters: [
      datadog({
        apiKey: 'test-key',
        endpoint: url,
        signals: ['metrics'],
        filter: { metrics: { include: ['orders', 'work'] } },
      }),
    ],
  });
}

describe('a send of unknown outcome', () => {
  for (const [title, kind] of [
    ['that Datadog has', 'take'],
    ['that Datadog does not have', 'lose'],
  ] as const) {
    it(`${title} leaves counts exact: what comes again has the same time`, async () => {
      const backend = await openDatadogBackend();
      const clock = new ManualClock();
      const telemetry = shop(backend.url, clock);
      telemetry.counter('orders').add(5);
      await telemetry.flush();
      await clock.advance(10);
      backend.server.plan({ kind });
      telemetry.counter('orders').add(3);
      await telemetry.flush().catch(() => {});
      await clock.advance(10);
      telemetry.counter('orders').add(4);
      await telemetry.shutdown();
      await backend.close();
      expect(backend.totals().get('orders')).toBe(12);
      expect(backend.server.complaints).toEqual([]);
    });
  }

  it('of distributions is given up, as values would add up', async () => {
    const backend = await openDatadogBackend();
    const exporter = datadog({ apiKey: 'test-key', endpoint: backend.url });
    backend.server.disconnect();
    const context = contextOf();
    const snapshot = histogramOf(3);
    await expect(exporter.exportMetrics?.(snapshot, context)).rejects.toThrow(ExportError);
    expect([...context.unsure]).toEqual(snapshot.metrics[0]?.points);
    await exporter.shutdown?.();
    await backend.close();
  });
});

describe('times', () => {
  it('are never the same for two differences of a series, however soon one follows the other', async () => {
    const backend = await openDatadogBackend();
    const clock = new ManualClock();
    const telemetry = shop(backend.url, clock);
    for (let i = 0; i < 4; i++) {
      telemetry.counter('orders').add(1, { plan: 'pro' });
      await clock.advance(0.1);
      await telemetry.flush();
    }
    await telemetry.shutdown();
    await backend.close();
    expect(backend.totals().get('orders')).toBe(4);
    const times = backend.series.flatMap(({ points }) => points.map(({ timestamp }) => timestamp));
    expect(new Set(times).size).toBe(4);
    expect(times).toEqual(times.toSorted());
  });

  it('are not older than Datadog takes after a long outage', async () => {
    const clock = new ManualClock();
    const backend = await openDatadogBackend(0, { now: () => clock.now() });
    const telemetry = shop(backend.url, clock);
    telemetry.counter('orders').add(1);
    telemetry.histogram('work', { buckets: [1] }).record(0.5);
    await clock.advance(3 * 3600);
    await telemetry.shutdown();
    await backend.close();
    expect(backend.totals()).toEqual(
      new Map([
        ['orders', 1],
        ['work', 1],
      ]),
    );
  });
});

describe('distributions of very many observations', () => {
  it('are sent in parts that add up', async () => {
    const backend = await openDatadogBackend();
    const exporter = datadog({ apiKey: 'test-key', endpoint: backend.url });
    const context = contextOf();
    expect(await exporter.exportMetrics?.(histogramOf(1_000_000), context)).toEqual({ accepted: 1, rejected: 0 });
    await exporter.shutdown?.();
    await backend.close();
    expect(backend.totals()).toEqual(new Map([['work', 1_000_000]]));
    // Values that are the same compress well.
    expect(context.requests.reduce((a, b) => a + b, 0)).toBeLessThan(10_000);
  });

  it('are given up when a part is there and the rest is not', async () => {
    const backend = await openDatadogBackend();
    const exporter = datadog({ apiKey: 'test-key', endpoint: backend.url });
    const context = contextOf();
    const snapshot = histogramOf(6_000_000);
    let requests = 0;
    const failing = {
      ...context,
      request: async () => {
        requests++;
        if (requests === 2) backend.server.answer(503);
      },
    };
    await expect(exporter.exportMetrics?.(snapshot, failing)).rejects.toThrow('503');
    expect([...context.unsure]).toEqual(snapshot.metrics[0]?.points);
    expect(context.named.size).toBe(0);
    await exporter.shutdown?.();
    await backend.close();
  });
});

describe('what Datadog answers', () => {
  async function failure(status: number, headers = {}, apiKey = 'test-key'): Promise<ExportError> {
    const backend = await openDatadogBackend();
    const exporter = datadog({ apiKey, endpoint: backend.url });
    if (status !== 403) backend.server.answer(status, headers);
    const sending = async (): Promise<unknown> => exporter.exportEvents?.(sampleEvents().slice(0, 1), contextOf());
    const error = await sending().catch((reason: unknown) => reason);
    await exporter.shutdown?.();
    await backend.close();
    return error as ExportError;
  }

  it('to a wrong key is passed on with what to check', async () => {
    const error = await failure(403, {}, 'another-key');
    expect(error.message).toContain('answered 403 (Forbidden)');
    expect(error.message).toContain(
      'check that it is an API key (not an application key) of the organization on `site`',
    );
    expect(error.message).not.toContain('another-key');
    expect(error.retryable).toBe(true);
  });

  it('when it throttles says how long to wait, in its own header', async () => {
    expect((await failure(429, { 'x-ratelimit-reset': '13' })).retryAfter).toBe(13);
    expect((await failure(429, { 'x-ratelimit-reset': '13', 'retry-after': '7' })).retryAfter).toBe(7);
    expect((await failure(429)).retryAfter).toBeUndefined();
  });
});

it('spans go to the intake of OTLP, by option', async () => {
  const backend = await openOtlpBackend({ headers: { 'dd-api-key': 'test-key' } });
  const exporter = datadog({ apiKey: 'test-key', endpoint: backend.url, spans: true });
  await exporter.exportSpans?.(sampleSpans(), contextOf());
  await exporter.shutdown?.();
  await backend.close();
  expect(backend.spanCount()).toBe(sampleSpans().length);
  expect(backend.server.complaints).toEqual([]);
  expect(datadog({ apiKey: 'test-key' }).exportSpans).toBeUndefined();
});
