import type { Exporter, MetricsSnapshot } from '@telltale/core';
import {
  contextOf,
  SAMPLE_START,
  SAMPLE_TIME,
  sampleEvents,
  sampleResource,
  sampleSnapshot,
  sampleSpans,
} from '@telltale/testing';
import { exportFailure, type OtlpBackend, type OtlpBackendOptions, openOtlpBackend } from '@telltale-internal/backends';
import { afterEach, describe, expect, it } from 'vitest';
import { type OtlpOptions, type OtlpRequest, otlp } from './index.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function opened(options: OtlpOptions = {}, backendOptions: OtlpBackendOptions = {}) {
  const backend = await openOtlpBackend(backendOptions);
  const exporter = otlp({ url: backend.url, ...options });
  closing.push(() => exporter.shutdown?.(), backend.close);
  return { backend, exporter };
}

/** So many series of one counter. */
function counters(count: number): MetricsSnapshot {
  return {
    time: SAMPLE_TIME,
    resource: sampleResource,
    metrics: [
      {
        name: 'orders',
        type: 'counter',
        temporality: 'cumulative',
        unit: '',
        description: '',
        scope: { name: 'sample' },
        resource: sampleResource,
        points: Array.from({ length: count }, (_, i) => ({
          attributes: { customer: `customer-${i}` },
          startTime: SAMPLE_START,
          time: SAMPLE_TIME,
          value: i,
        })),
      },
    ],
  };
}

/** Answers the next requests with success, and this. */
function answers(backend: OtlpBackend, headers: Readonly<Record<string, string>>, body: string | Uint8Array): void {
  Object.assign(backend.server, { handled: async () => ({ status: 200, headers, body }) });
}

describe('otlp()', () => {
  it('compresses what is worth it', async () => {
    const { backend, exporter } = await opened();
    const context = contextOf();
    await exporter.exportMetrics?.(counters(1), context);
    await exporter.exportMetrics?.(counters(1000), context);
    expect(backend.headers().map((headers) => headers['content-encoding'])).toEqual([undefined, 'gzip']);
    const [small = 0, large = 0] = context.requests;
    expect(large).toBeLessThan(small * 100);
  });

  it('says how long a body was before it was compressed, which is what backends charge by', async () => {
    const { exporter } = await opened();
    const told: (readonly [number, number | undefined])[] = [];
    const context = contextOf();
    const request = async (bytes: number, uncompressed?: number): Promise<void> =>
      void told.push([bytes, uncompressed]);
    await exporter.exportMetrics?.(counters(1000), { ...context, request });
    const [[bytes, uncompressed] = [0, 0]] = told;
    expect(uncompressed).toBeGreaterThan(2 * bytes);
  });

  it('does not when told not to', async () => {
    const { backend, exporter } = await opened({ compression: 'none' });
    await exporter.exportMetrics?.(counters(1000), contextOf());
    expect(backend.headers()[0]).not.toHaveProperty('content-encoding');
  });

  it.each(['http/protobuf', 'http/json'] as const)('keeps requests within the limits: %s', async (protocol) => {
    const { backend, exporter } = await opened(
      { protocol, limits: { items: 400, bytes: 20_000 } },
      { maxItems: 400, maxBytes: 20_000 },
    );
    const context = contextOf();
    expect(await exporter.exportMetrics?.(counters(1000), context)).toMatchObject({ accepted: 1000, rejected: 0 });
    expect(backend.server.complaints).toEqual([]);
    expect(backend.totals()).toEqual(new Map([['orders', (999 * 1000) / 2]]));
    expect(context.named.size).toBe(1000);
  });

  it('keeps requests within a limit on what is compressed', async () => {
    const { backend, exporter } = await opened({ limits: { compressedBytes: 3000 } }, { maxCompressedBytes: 3000 });
    expect(await exporter.exportMetrics?.(counters(1000), contextOf())).toMatchObject({ accepted: 1000, rejected: 0 });
    expect(backend.server.complaints).toEqual([]);
    expect(backend.server.requests()).toBeGreaterThan(1);
  });

  it('has limits of a signal in place of those of all', async () => {
    const { backend, exporter } = await opened({ limits: { items: 5, spans: { items: 2 } } });
    await exporter.exportMetrics?.(counters(10), contextOf());
    expect(backend.server.requests()).toBe(2);
    await exporter.exportSpans?.(sampleSpans().slice(0, 4), contextOf());
    expect(backend.server.requests()).toBe(4);
  });

  it('refuses an item that is too big by itself, and sends the rest', async () => {
    const { backend, exporter } = await opened({ limits: { bytes: 2000 } });
    const [one, two] = sampleSpans();
    const big = { ...two, name: 'x'.repeat(3000) } as typeof one;
    const context = contextOf();
    const result = await exporter.exportSpans?.([one, big, two] as never, context);
    expect(result).toMatchObject({ accepted: 2, rejected: 1 });
    expect([...context.refused]).toEqual([big]);
    expect(backend.spanCount()).toBe(2);
  });

  it.each([
    ['http/protobuf', 'metrics'],
    ['http/json', 'metrics'],
    ['http/protobuf', 'spans'],
    ['http/json', 'events'],
  ] as const)('says how many a backend refused, and its words: %s, %s', async (protocol, signal) => {
    const { backend, exporter } = await opened({ protocol });
    backend.server.refuseOne();
    const context = contextOf();
    const result =
      signal === 'metrics'
        ? await exporter.exportMetrics?.(counters(3), context)
        : signal === 'spans'
          ? await exporter.exportSpans?.(sampleSpans().slice(0, 3), context)
          : await exporter.exportEvents?.(sampleEvents().slice(0, 3), context);
    expect(result).toEqual({ accepted: 2, rejected: 1, reason: 'one of them was not to its liking' });
    // Which, it does not say, so none is named.
    expect(context.named.size).toBe(0);
  });

  it('passes on a warning of a backend that took all', async () => {
    const { backend, exporter } = await opened();
    answers(
      backend,
      { 'content-type': 'application/json' },
      JSON.stringify({ partialSuccess: { errorMessage: 'use gzip' } }),
    );
    expect(await exporter.exportMetrics?.(counters(3), contextOf())).toEqual({
      accepted: 3,
      rejected: 0,
      reason: 'use gzip',
    });
  });

  it('does not take the page of a proxy for a success', async () => {
    const { backend, exporter } = await opened();
    answers(backend, { 'content-type': 'text/html; charset=utf-8' }, '<html>Please log in</html>');
    const error = await exportFailure(exporter.exportMetrics?.(counters(3), contextOf()));
    expect(error.message).toBe(
      `${backend.url}/v1/metrics answered 200 with a page of HTML, so it is no OTLP backend; check \`url\` and proxies`,
    );
    expect(error.retryable).toBe(true);
  });

  it.each([
    ['of another type', { 'content-type': 'text/plain' }, 'thank you very much'],
    ['that is broken', { 'content-type': 'application/x-protobuf' }, Buffer.from([0x0a, 0xff])],
    ['that is broken JSON', { 'content-type': 'application/json' }, '{'],
    ['longer than anyone reads', { 'content-type': 'application/x-protobuf' }, Buffer.alloc(5 * 1024 * 1024, 0x0a)],
  ])('takes a success with a body %s for one, with a word', async (_, headers, body) => {
    const { backend, exporter } = await opened();
    answers(backend, headers, body);
    expect(await exporter.exportMetrics?.(counters(3), contextOf())).toMatchObject({
      accepted: 3,
      rejected: 0,
      reason: expect.stringContaining('answered 200 with what is no OTLP'),
    });
  });

  it('takes an empty answer for a success', async () => {
    const { backend, exporter } = await opened();
    answers(backend, {}, '');
    expect(await exporter.exportMetrics?.(counters(3), contextOf())).toEqual({ accepted: 3, rejected: 0 });
  });

  it("says the server's own words of an error, and what to check", async () => {
    const { exporter, backend } = await opened(
      { headers: { 'api-key': 'wrong' }, credentials: 'check API_KEY' },
      { headers: { 'api-key': 'right' } },
    );
    const error = await exportFailure(exporter.exportMetrics?.(counters(3), contextOf()));
    expect(error.message).toBe(
      `${backend.url}/v1/metrics answered 401 (header api-key is missing or wrong); check API_KEY`,
    );
    expect(error.retryable).toBe(true);
  });

  it('says that nobody listens there', async () => {
    const { backend, exporter } = await opened();
    await backend.close();
    const error = await exportFailure(exporter.exportMetrics?.(counters(3), contextOf()));
    expect(error.message).toContain(`${backend.url}/v1/metrics could not be reached (`);
    expect(error.message).toContain('ECONNREFUSED');
    closing.length = 0;
  });

  it('asks for headers before each request when they are a function', async () => {
    let n = 0;
    const headers = async () => ({ Authorization: `Bearer ${++n}` });
    const { backend, exporter } = await opened({ headers, limits: { items: 2 } });
    await exporter.exportMetrics?.(counters(4), contextOf());
    expect(backend.headers().map(({ authorization }) => authorization)).toEqual(['Bearer 1', 'Bearer 2']);
  });

  it('keeps what it has when a token cannot be had', async () => {
    const headers = async () => Promise.reject(new Error('the metadata server is away'));
    const { exporter } = await opened({ headers });
    const error = await exportFailure(exporter.exportMetrics?.(counters(3), contextOf()));
    expect(error.message).toBe('"otlp.headers" failed (the metadata server is away)');
    expect(error.retryable).toBe(true);
  });

  it('waits for a token no longer than it may', async () => {
    const { exporter } = await opened({ headers: () => new Promise(() => {}) });
    const controller = new AbortController();
    const sending = exporter.exportMetrics?.(counters(3), contextOf(controller.signal));
    controller.abort(new Error('the time is over'));
    await expect(sending).rejects.toThrow('the time is over');
  });

  it('has requests signed when their bytes are final', async () => {
    const seen: OtlpRequest[] = [];
    const authorize = async (request: OtlpRequest) => {
      seen.push(request);
      return { 'X-Signature': String(request.body.byteLength) };
    };
    const { backend, exporter } = await opened({ authorize, headers: { 'X-Tenant': 'acme' } });
    const context = contextOf();
    await exporter.exportMetrics?.(counters(1000), context);
    expect(backend.headers()[0]).toMatchObject({
      'x-signature': String(context.requests[0]),
      'content-length': String(context.requests[0]),
      'x-tenant': 'acme',
    });
    expect(seen[0]).toMatchObject({
      url: `${backend.url}/v1/metrics`,
      method: 'POST',
      headers: { 'content-encoding': 'gzip', 'content-type': 'application/x-protobuf', 'x-tenant': 'acme' },
    });
  });

  it('adds the paths of the signals to a base, with or without a slash and a query', async () => {
    const paths = { metrics: '/otlp/v1/metrics', spans: '/otlp/v1/traces', events: '/otlp/v1/logs' };
    const backend = await openOtlpBackend({ paths });
    const exporter = otlp({ url: `${backend.url}/otlp/?tenant=acme` });
    closing.push(() => exporter.shutdown?.(), backend.close);
    await exporter.exportMetrics?.(counters(1), contextOf());
    await exporter.exportSpans?.(sampleSpans(), contextOf());
    await exporter.exportEvents?.(sampleEvents(), contextOf());
    const { metrics, spans, events } = await backend.received();
    expect([metrics.length > 0, spans.length > 0, events.length > 0]).toEqual([true, true, true]);
  });

  it('adds nothing to addresses of signals, and takes those signals only', async () => {
    const backend = await openOtlpBackend({ paths: { spans: '/somewhere' } });
    const exporter = otlp({ url: { spans: `${backend.url}/somewhere` } });
    closing.push(() => exporter.shutdown?.(), backend.close);
    expect([exporter.exportMetrics, exporter.exportEvents]).toEqual([undefined, undefined]);
    await exporter.exportSpans?.(sampleSpans(), contextOf());
    expect(backend.spanCount()).toBe(sampleSpans().length);
  });

  it('leaves out gauges that are not a number, which says that there is none, and takes them for sent', async () => {
    const { backend, exporter } = await opened();
    const snapshot = sampleSnapshot();
    const points = snapshot.metrics.flatMap((metric): readonly unknown[] => metric.points).length;
    expect(await exporter.exportMetrics?.(snapshot, contextOf())).toEqual({ accepted: points, rejected: 0 });
    const rooms = (await backend.received()).metrics.filter(({ name }) => name === 'sample.temperature');
    expect(rooms.map(({ attributes }) => attributes.room)).toEqual(['kitchen', 'cellar']);
  });

  it('sends summaries as gauges and counters where asked to', async () => {
    const { backend, exporter } = await opened({ summaries: 'gauges', temporality: 'delta' }, { temporality: 'delta' });
    await exporter.exportMetrics?.(sampleSnapshot({ temporality: 'delta' }), contextOf());
    const price = (await backend.received()).metrics.filter(({ name }) => name.startsWith('sample.price'));
    expect(price).toEqual([
      { name: 'sample.price', attributes: { plan: 'pro', quantile: '0.5' }, value: 2 },
      { name: 'sample.price', attributes: { plan: 'pro', quantile: '0.99' }, value: 5 },
      { name: 'sample.price.count', attributes: { plan: 'pro' }, value: 3 },
      { name: 'sample.price.count', attributes: { plan: 'idle' }, value: 1 },
      { name: 'sample.price.sum', attributes: { plan: 'pro' }, value: 9 },
      { name: 'sample.price.sum', attributes: { plan: 'idle' }, value: 4 },
    ]);
    expect(backend.totals().get('sample.price.count')).toBe(4);
  });
});

describe('a send of unknown outcome', () => {
  const ruleOf = async (
    options: OtlpOptions,
    send: (exporter: Exporter, context: ReturnType<typeof contextOf>) => Promise<unknown> | undefined,
  ): Promise<string> => {
    const { backend, exporter } = await opened(options);
    backend.server.disconnect(true);
    const said: string[] = [];
    const context = { ...contextOf(), unknown: (_: unknown, then: string) => void said.push(then) };
    const error = await exportFailure(send(exporter, context));
    expect(error.message).toMatch(/gave no answer/);
    return said.join();
  };

  it('is given up for differences, which would be added twice', async () => {
    const rule = await ruleOf({ temporality: 'delta' }, (exporter, context) =>
      exporter.exportMetrics?.(sampleSnapshot({ temporality: 'delta' }), context),
    );
    expect(rule).toBe('give-up');
  });

  it('is made again for totals, for spans, which have ids, and for events, which have one to tell copies by', async () => {
    expect(await ruleOf({}, (exporter, context) => exporter.exportMetrics?.(sampleSnapshot(), context))).toBe('again');
    expect(await ruleOf({}, (exporter, context) => exporter.exportSpans?.(sampleSpans(), context))).toBe('again');
    expect(await ruleOf({}, (exporter, context) => exporter.exportEvents?.(sampleEvents(), context))).toBe('again');
  });
});
