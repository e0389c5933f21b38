import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { afterEach, describe, expect, it } from 'vitest';
import type { HistogramPoint, OperationEvent, RequestEnd } from '../index.ts';
import { pointsOf, testTelemetry, tracedTelemetry } from '../telemetry.test-support.ts';
import { api19, forgetGlobals, type RunningSdk, startSdk, TRACE_SDKS } from './running-sdk.test-support.ts';

afterEach(forgetGlobals);

const REMOTE = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };

/** How the service's SDK comes to make the spans: given, or found because it is registered, before or after telemetry is made. */
const WAYS = [
  ['given', (sdk: RunningSdk) => testTelemetry({ tracerProvider: sdk.provider })],
  [
    'registered before',
    (sdk: RunningSdk) => {
      sdk.register();
      return testTelemetry();
    },
  ],
  [
    'registered after',
    (sdk: RunningSdk) => {
      const made = testTelemetry();
      // Something has happened without it.
      made.telemetry.job('early').end('completed');
      sdk.register();
      return made;
    },
  ],
] as const;

describe.each(TRACE_SDKS.map((sdk) => [sdk.version, sdk] as const))(
  'with a running OpenTelemetry SDK %s',
  (_, versions) => {
    it("that another copy of OpenTelemetry's API has registered, as npm gives the SDK 2.x one, spans nest both ways, and go out in headers", async () => {
      const sdk = startSdk(versions);
      sdk.register(api19);
      // Ours does not see it.
      expect(trace.getTracer('ours').startSpan('none').isRecording()).toBe(false);
      const { telemetry } = testTelemetry();
      const headers: Record<string, string> = {};
      // By its context manager: the SDK here shares our API, which does not see it.
      const theirs = api19.trace.getTracer('theirs');
      const root = theirs.startSpan('outer');
      await api19.context.with(api19.trace.setSpan(api19.context.active(), root), () =>
        telemetry.job('etl', async () => {
          await Promise.resolve();
          telemetry.inject(headers);
          theirs.startSpan('inner', {}, api19.context.active()).end();
          expect(telemetry.logFields().trace_id).toBe(root.spanContext().traceId);
        }),
      );
      root.end();
      const [inner, job, outer] = await sdk.finished();
      expect([inner, job, outer].map((span) => span?.name)).toEqual(['inner', 'etl', 'outer']);
      expect(inner?.parentSpanContext?.spanId).toBe(job?.spanContext().spanId);
      expect(job?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
      expect(headers.traceparent).toContain(`${outer?.spanContext().traceId}-${job?.spanContext().spanId}`);
    });

    describe.each(WAYS)('that is %s', (way, make) => {
      it('operations of all four kinds and spans by hand are its spans, one within the other', async () => {
        const sdk = startSdk(versions);
        const { telemetry } = make(sdk);
        const pool = telemetry.workerPool('thumbs', { size: 1 });
        await telemetry.request({ method: 'GET', headers: REMOTE, path: '/a/1' }, async (request) => {
          await telemetry.job('etl', { queue: 'nightly' }, async () => {
            await Promise.resolve();
            await pool.task('resize', () =>
              telemetry.boundary({ to: 'db', operation: 'read' }, () =>
                telemetry.span(
                  'inner',
                  { attributes: { sku: 'x' } },
                  telemetry.traced('by hand', async () => 1),
                ),
              ),
            );
          });
          request.end({ status: 200, route: '/a/:id' });
        });
        const spans = await sdk.finished();
        const [byHand, inner, call, task, job, request] = spans;
        expect(spans.map(({ name, kind }) => [name, SpanKind[kind]])).toEqual([
          ['by hand', 'INTERNAL'],
          ['inner', 'INTERNAL'],
          ['db read', 'CLIENT'],
          ['resize', 'INTERNAL'],
          ['process nightly', 'CONSUMER'],
          ['GET /a/:id', 'SERVER'],
        ]);
        const parents = [inner, call, task, job, request];
        expect([byHand, inner, call, task, job].map((span) => span?.parentSpanContext?.spanId)).toEqual(
          parents.map((span) => span?.spanContext().spanId),
        );
        expect(request?.parentSpanContext).toMatchObject({ spanId: 'b7ad6b7169203331', isRemote: true });
        expect(new Set(spans.map((span) => span.spanContext().traceId))).toEqual(
          new Set(['0af7651916cd43dd8448eb211c80319c']),
        );
        expect(request?.attributes).toEqual({
          'http.request.method': 'GET',
          'url.scheme': 'http',
          'url.path': '/a/1',
          'http.route': '/a/:id',
          'http.response.status_code': 200,
        });
        expect(inner?.attributes).toEqual({ sku: 'x' });
        expect(request?.instrumentationScope.name).toBe('@telltale/core');
        expect(way).not.toBe('');
      });

      it('its spans and ours are in one trace, whoever begins', async () => {
        const sdk = startSdk(versions);
        const { telemetry } = make(sdk);
        if (way === 'given') sdk.register();
        const tracer = trace.getTracer('a library');
        tracer.startActiveSpan('theirs', (theirs) => {
          telemetry.job('ours', () => tracer.startSpan('theirs within').end());
          theirs.end();
        });
        const [within, ours, theirs] = await sdk.finished();
        expect(within?.parentSpanContext?.spanId).toBe(ours?.spanContext().spanId);
        expect(ours?.parentSpanContext?.spanId).toBe(theirs?.spanContext().spanId);
      });
    });

    it('spans fail as ours do: exception, error.type, status', async () => {
      const sdk = startSdk(versions);
      const { telemetry } = testTelemetry({ tracerProvider: sdk.provider });
      const own = tracedTelemetry();
      const fail = (): never => {
        throw Object.assign(new TypeError('no such sku'), { code: 404 });
      };
      for (const made of [telemetry, own.telemetry]) {
        expect(() => made.job('price', fail)).toThrow('no such sku');
        expect(() => made.span('by hand', fail)).toThrow('no such sku');
        const ending: RequestEnd = { status: 503, route: '/', error: 'overload' };
        made.request({ method: 'POST' }).end(ending);
        made.request({ method: 'POST' }).end({ status: 500 });
      }
      const theirs = (await sdk.finished()).map(({ name, attributes, status, events }) => ({
        name,
        attributes,
        status: status.code === SpanStatusCode.ERROR ? 'error' : 'unset',
        message: status.message,
        events: events.map((event) => [event.name, event.attributes]),
      }));
      const ours = (await own.finished()).map(({ name, attributes, status, statusMessage, events }) => ({
        name,
        attributes,
        status,
        message: statusMessage,
        events: events.map((event) => [event.name, event.attributes]),
      }));
      expect(theirs.map((span) => withoutStacks(span))).toEqual(ours.map((span) => withoutStacks(span)));
      expect(theirs[0]).toMatchObject({ status: 'error', attributes: { 'error.type': 'TypeError' } });
    });

    it('links, default attributes and progress are on its spans', async () => {
      const sdk = startSdk(versions);
      const { telemetry } = testTelemetry({ tracerProvider: sdk.provider, attributes: { team: 'payments' } });
      const link = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 };
      telemetry.job('etl', { links: [{ context: link }], spanAttributes: { team: 'own', n: 1 } }, (job) => job.retry());
      const [job] = await sdk.finished();
      expect(job?.links).toMatchObject([{ context: link }]);
      expect(job?.attributes).toMatchObject({ team: 'own', n: 1, 'job.name': 'etl' });
      expect(job?.events.map(({ name }) => name)).toEqual(['retry']);
    });

    it('sampling is its own, and what is not sampled still carries its trace', async () => {
      const sdk = startSdk(versions, { sampler: new versions.AlwaysOffSampler() });
      const { telemetry } = testTelemetry({ tracerProvider: sdk.provider });
      const headers: Record<string, string> = {};
      telemetry.request({ method: 'GET', headers: REMOTE }, () => telemetry.inject(headers));
      expect(headers.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-00$/);
      expect(await sdk.finished()).toEqual([]);
    });

    it('exemplars, log lines and events have the ids of its spans', async () => {
      const sdk = startSdk(versions);
      sdk.register();
      const { telemetry, events } = testTelemetry();
      const logged = telemetry.request({ method: 'GET' }, () => telemetry.logFields());
      const [span] = await sdk.finished();
      const { traceId, spanId } = span?.spanContext() ?? { traceId: '', spanId: '' };
      expect(logged).toEqual({ trace_id: traceId, span_id: spanId });
      expect(events).toMatchObject([{ traceId, spanId }] satisfies Partial<OperationEvent>[]);
      const [point] = pointsOf(telemetry, 'http.server.request.duration') as HistogramPoint[];
      expect(point?.exemplars).toMatchObject([{ traceId, spanId }]);
    });

    it('what comes in and goes out is carried by the global propagator', () => {
      const sdk = startSdk(versions);
      sdk.register();
      propagation.disable();
      propagation.setGlobalPropagator({
        inject: (given, carrier, setter) => setter.set(carrier, 'x-trace', trace.getSpanContext(given)?.traceId ?? ''),
        extract: (given, carrier, getter) => {
          const traceId = getter.get(carrier, 'x-trace');
          return typeof traceId === 'string'
            ? trace.setSpanContext(given, { traceId, spanId: '1'.repeat(16), traceFlags: 1, isRemote: true })
            : given;
        },
        fields: () => ['x-trace'],
      });
      const { telemetry } = testTelemetry();
      const headers: Record<string, string> = {};
      const traceId = 'a'.repeat(32);
      telemetry.request({ method: 'GET', headers: { 'x-trace': traceId } }, () => telemetry.inject(headers));
      expect(headers).toEqual({ 'x-trace': traceId });
      expect(telemetry.injects()).toEqual(['x-trace']);
    });

    it('the service of an operation is known, also within spans of others', async () => {
      const sdk = startSdk(versions);
      sdk.register();
      const { telemetry } = testTelemetry();
      const auth = telemetry.forService('auth');
      const seen: unknown[] = [];
      await auth.job('login', async () => {
        await trace.getTracer('lib').startActiveSpan('theirs', async (span) => {
          seen.push(telemetry.activeService() === auth);
          telemetry.job('back', () => seen.push(telemetry.activeService() === telemetry));
          telemetry.span('still back', () => seen.push(telemetry.activeService() === telemetry));
          span.end();
        });
      });
      seen.push(telemetry.activeService() === telemetry);
      expect(seen).toEqual([true, true, true, true]);
    });

    it('is not ended with telemetry, only delivered', async () => {
      const sdk = startSdk(versions);
      const { telemetry } = testTelemetry({ tracerProvider: sdk.provider });
      telemetry.job('a').end('completed');
      await telemetry.tracerProvider.shutdown();
      await telemetry.shutdown();
      sdk.provider.getTracer('theirs').startSpan('after').end();
      expect((await sdk.finished()).map(({ name }) => name)).toEqual(['a', 'after']);
    });

    it('tracers of adapters that were made before it was registered use it', async () => {
      const { telemetry } = testTelemetry();
      const tracer = telemetry.tracerProvider.getTracer('@telltale/nest', '1');
      tracer.startSpan('lost').end();
      const sdk = startSdk(versions);
      sdk.register();
      tracer.startActiveSpan('seen', (span) => span.end());
      const [span, ...more] = await sdk.finished();
      expect([span?.name, span?.instrumentationScope.name, more]).toEqual(['seen', '@telltale/nest', []]);
    });

    it('the span that a service gets is the one of its SDK', async () => {
      const sdk = startSdk(versions);
      sdk.register();
      const { telemetry } = testTelemetry();
      telemetry.span('by hand', (span) => {
        expect(trace.getSpan(telemetry.activeContext())).toBe(span);
        expect(trace.getSpan(context.active())).toBe(span);
        expect(span).toHaveProperty('attributes');
      });
    });
  },
);

describe('the spans of others', () => {
  it('are not looked for where an exporter takes spans, or they are switched off', async () => {
    const sdk = startSdk(TRACE_SDKS[1] as (typeof TRACE_SDKS)[number]);
    sdk.register();
    const own = tracedTelemetry();
    own.telemetry.job('ours').end('completed');
    testTelemetry({ signals: { spans: false } })
      .telemetry.job('nobody')
      .end('completed');
    expect((await own.finished()).map(({ name }) => name)).toEqual(['ours']);
    expect(await sdk.finished()).toEqual([]);
  });

  it('are none where the registered telemetry is ours', () => {
    const own = tracedTelemetry();
    own.telemetry.register();
    const { telemetry } = testTelemetry();
    expect(telemetry.job('a').span).toBeUndefined();
  });

  it('do not disturb the service, whatever their SDK throws', async () => {
    const known = { spanContext: () => ({ traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 }) };
    const broken = (): never => {
      throw new Error('broken');
    };
    const throwing = new Proxy(known, { get: (target, key) => (key === 'spanContext' ? target.spanContext : broken) });
    const { telemetry, problems } = testTelemetry({
      tracerProvider: { getTracer: () => ({ startSpan: () => throwing, startActiveSpan: () => throwing }) as never },
    });
    expect(telemetry.job('a', (job) => job.retry() ?? 'done')).toBe('done');
    expect(() =>
      telemetry.job('b', () => {
        throw new Error('own');
      }),
    ).toThrow('own');
    const silent = testTelemetry({
      tracerProvider: {
        getTracer() {
          throw new Error('no tracer');
        },
      },
    });
    expect(silent.telemetry.job('a', () => 'done')).toBe('done');
    expect([...problems, ...silent.problems].map(({ code, message }) => [code, message])).toEqual([
      ['ERR_ADAPTER', 'The tracer provider that Telltale makes its spans with threw: broken. The service went on.'],
      ['ERR_ADAPTER', 'The tracer provider that Telltale was to make its spans with gave no tracer: no tracer'],
    ]);
  });

  it.each([
    [{ tracerProvider: {} }, '"tracerProvider" is of type object without getTracer'],
    [{ tracerProvider: null }, '"tracerProvider" is null without getTracer'],
    [{ tracerProvider: trace, sampling: { ratio: 0.5 } }, '"tracerProvider" and "sampling" are both given'],
    [{ tracerProvider: trace, spanProcessors: [] }, '"tracerProvider" and "spanProcessors" are both given'],
  ])('are refused with a word: %o', (options, message) => {
    expect(() => testTelemetry(options as never)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringContaining(message) }),
    );
  });

  it('may be those of the API itself, registered or not', async () => {
    const { telemetry } = testTelemetry({ tracerProvider: trace.getTracerProvider() });
    expect(telemetry.job('a').span?.isRecording()).toBe(false);
    telemetry.register();
    const sdk = startSdk(TRACE_SDKS[0] as (typeof TRACE_SDKS)[number]);
    expect(trace.setGlobalTracerProvider(sdk.provider)).toBe(true);
    telemetry.span('b', () => {});
    expect(context.active()).toBe(ROOT_CONTEXT);
  });
});

function withoutStacks<T extends { readonly events: readonly (readonly [string, object | undefined] | unknown[])[] }>(
  span: T,
): object {
  return {
    ...span,
    events: span.events.map(([name, attributes]) => [
      name,
      { ...(attributes as object), 'exception.stacktrace': 'left out' },
    ]),
  };
}
