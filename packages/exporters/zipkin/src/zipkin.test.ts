import type { FinishedSpan } from '@telltale/core';
import { contextOf, SAMPLE_START, sampleSpans } from '@telltale/testing';
import { demoMinute, openZipkinBackend } from '@telltale-internal/backends';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { type ZipkinOptions, zipkin } from './index.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function opened(options: ZipkinOptions = {}) {
  const backend = await openZipkinBackend();
  closing.push(backend.close);
  return { backend, exporter: zipkin({ url: backend.url, ...options }) };
}

describe('zipkin()', () => {
  it('the recorded minute of demo traffic', async () => {
    const { backend, exporter } = await opened();
    await exporter.exportSpans?.(demoMinute().spans, contextOf());
    expect(backend.server.complaints).toEqual([]);
    await expect(`${JSON.stringify(backend.spans(), null, 1)}\n`).toMatchFileSnapshot('__golden__/minute.json');
  });

  it('sends what Zipkin has of a span', async () => {
    const { backend, exporter } = await opened();
    await exporter.exportSpans?.(sampleSpans().slice(0, 1), contextOf());
    expect(backend.spans()).toEqual([
      {
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
        parentId: '53995c3f42cd8ad8',
        id: '00f067aa0ba902b7',
        name: 'GET /orders/:id',
        kind: 'SERVER',
        timestamp: SAMPLE_START * 1e6,
        duration: 250_000,
        localEndpoint: { serviceName: 'checkout' },
        annotations: [{ timestamp: SAMPLE_START * 1e6 + 200_000, value: 'exception' }],
        tags: {
          'http.request.method': 'GET',
          'http.route': '/orders/:id',
          'http.response.status_code': '500',
          cached: 'false',
          'otel.status_code': 'ERROR',
          error: 'no "such" order',
          'service.name': 'checkout',
          'service.version': '1.4.0',
          'deployment.environment.name': 'production',
          'host.name': 'host-1',
        },
      },
    ]);
  });

  it('counts what Zipkin has no place for, and leaves out attributes without a value', async () => {
    const { backend, exporter } = await opened();
    const linked = {
      ...sampleSpans()[3],
      attributes: { recipients: ['ada', 'grace'], gone: undefined },
    } as FinishedSpan;
    await exporter.exportSpans?.([linked], contextOf());
    const [span] = backend.spans();
    expect(span?.tags).toMatchObject({
      recipients: 'ada,grace',
      'otel.dropped_attributes_count': '1',
      'otel.dropped_events_count': '2',
      // Three were dropped before, and the link that there is.
      'otel.dropped_links_count': '4',
    });
    expect(span?.tags).not.toHaveProperty('gone');
  });

  it('gives each span the service that it is of', async () => {
    const { backend, exporter } = await opened();
    const [span] = sampleSpans();
    const other = { ...span, resource: { attributes: { 'service.name': 'auth' } } } as FinishedSpan;
    await exporter.exportSpans?.([span as FinishedSpan, other], contextOf());
    expect(backend.spans().map(({ localEndpoint }) => localEndpoint?.serviceName)).toEqual(['checkout', 'auth']);
  });

  it('cuts trace ids to 64 bits where asked to', async () => {
    const { backend, exporter } = await opened({ traceIdBits: 64 });
    await exporter.exportSpans?.(sampleSpans().slice(0, 1), contextOf());
    expect(backend.spans()[0]?.traceId).toBe('a3ce929d0e0e4736');
  });

  it('never says that a span took no time, which Zipkin takes for unknown', async () => {
    const { backend, exporter } = await opened();
    const [span] = sampleSpans();
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: 0, max: 4e9, noNaN: true }),
        fc.double({ min: 0, max: 1e5, noNaN: true }),
        async (start, length) => {
          const one = { ...span, startTime: start + 1e-6, endTime: start + 1e-6 + length } as FinishedSpan;
          await exporter.exportSpans?.([one], contextOf());
        },
      ),
      { numRuns: 30 },
    );
    expect(backend.server.complaints).toEqual([]);
  });

  it('sends headers, and asks before each request', async () => {
    const { backend, exporter } = await opened({ headers: { authorization: 'Bearer x' } });
    const context = contextOf();
    await exporter.exportSpans?.(sampleSpans(), context);
    expect(backend.headers()[0]?.authorization).toBe('Bearer x');
    expect(context.requests).toEqual([expect.any(Number)]);
  });

  it('sends at most 1,000 spans in a request', async () => {
    const { backend, exporter } = await opened();
    const [span] = sampleSpans();
    const many = Array.from({ length: 2500 }, (_, i) => ({
      ...span,
      spanId: (i + 1).toString(16).padStart(16, '0'),
    })) as FinishedSpan[];
    expect(await exporter.exportSpans?.(many, contextOf())).toEqual({ accepted: 2500, rejected: 0 });
    expect(backend.server.requests()).toBe(3);
    expect(backend.spanCount()).toBe(2500);
  });

  it('says the status and the words of an error', async () => {
    const { backend, exporter } = await opened();
    backend.server.answer(403);
    await expect(exporter.exportSpans?.(sampleSpans(), contextOf())).rejects.toMatchObject({
      message: `${backend.url} answered 403 (status 403); check \`headers\``,
      retryable: true,
    });
  });

  it('has spans that may or may not have arrived sent again', async () => {
    const { backend, exporter } = await opened();
    backend.server.disconnect(true);
    const said: string[] = [];
    const context = { ...contextOf(), unknown: (_: unknown, then: string) => void said.push(then) };
    await expect(exporter.exportSpans?.(sampleSpans(), context)).rejects.toThrow(/gave no answer/);
    expect(said).toEqual(['again']);
    await exporter.exportSpans?.(sampleSpans(), contextOf());
    expect(backend.spanCount()).toBe(sampleSpans().length);
  });

  it('stops before it sends without a doubt that nothing was sent', async () => {
    const controller = new AbortController();
    const { exporter } = await opened();
    const context = { ...contextOf(controller.signal), request: async () => controller.abort(new Error('over')) };
    await expect(exporter.exportSpans?.(sampleSpans(), context)).rejects.toThrow('over');
  });

  it.each([
    [{ endpoint: 'x' }, /zipkin.*endpoint/],
    [{ url: 'zipkin:9411' }, /"zipkin.url" is "zipkin:9411", which is no URL of http or https/],
    [{ url: 'http://zipkin:9411' }, /which has no path; write 'http:\/\/zipkin:9411\/api\/v2\/spans'/],
    [{ headers: { 'a b': 'x' } }, /"zipkin.headers" cannot be sent/],
    [{ headers: { a: undefined } }, /"zipkin.headers" cannot be sent/],
    [{ traceIdBits: 32 }, /"zipkin.traceIdBits" is 32; give 64 or 128/],
    [{ signals: ['metrics'] }, /"zipkin.signals" has "metrics"; give an array of 'spans'/],
  ])('says what is wrong with %j', (options, message) => {
    expect(() => zipkin(options as ZipkinOptions)).toThrow(message);
    expect(() => zipkin(options as ZipkinOptions)).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
  });
});
