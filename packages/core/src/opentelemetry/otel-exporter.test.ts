import { context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { isTracingSuppressed } from '@opentelemetry/core';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Exporter, fromOtelExporter, type OtelExporterOptions, type OtelMetricExporter } from '../index.ts';
import { testTelemetry } from '../telemetry.test-support.ts';
import { CUMULATIVE, DELTA, lastOf, valuesOf } from './sdk-reading.test-support.ts';
import { SDKS } from './sdk-versions.test-support.ts';

const OWN = { filter: { metrics: { exclude: ['telltale.*'] } } } satisfies OtelExporterOptions;

afterEach(() => vi.restoreAllMocks());

describe.each(SDKS)('fromOtelExporter with the SDK $version', ({ metrics, traces }) => {
  it('hands totals to a metric exporter, each service with its resource', async () => {
    const exporter = new metrics.InMemoryMetricExporter(CUMULATIVE);
    const { telemetry, clock } = testTelemetry({ exporters: [fromOtelExporter(exporter, OWN)] });
    telemetry.counter('orders').add(3, { plan: 'pro' });
    telemetry.forService('auth').counter('logins').add(1);
    await telemetry.flush();
    clock.advance(30);
    telemetry.counter('orders').add(2, { plan: 'pro' });
    await telemetry.flush();
    const exported = exporter
      .getMetrics()
      .map(({ resource, scopeMetrics }) => [
        resource.attributes['service.name'],
        valuesOf(scopeMetrics.flatMap((scope) => scope.metrics)),
      ]);
    expect(exported).toStrictEqual([
      ['auth', { 'logins{}': 1 }],
      ['shop', { 'orders{plan=pro}': 3 }],
      ['auth', { 'logins{}': 1 }],
      ['shop', { 'orders{plan=pro}': 5 }],
    ]);
    expect(telemetry.health().exporters).toMatchObject([
      { name: 'InMemoryMetricExporter', status: 'ok', accepted: 4, signals: { metrics: {} } },
    ]);
  });

  it('hands differences of what the exporter wants as differences, up-down counters too', async () => {
    const exporter = new metrics.InMemoryMetricExporter(DELTA);
    const { telemetry } = testTelemetry({ exporters: [fromOtelExporter(exporter, OWN)] });
    const given: unknown[] = [];
    for (const sessions of [2, -1]) {
      telemetry.counter('orders').add(3);
      telemetry.upDownCounter('sessions').add(sessions);
      telemetry.gauge('temperature').record(20 + sessions);
      await telemetry.flush();
      given.push(valuesOf(lastOf(exporter)));
    }
    expect(given).toStrictEqual([
      { 'orders{}': 3, 'sessions{}': 2, 'temperature{}': 22 },
      { 'orders{}': 3, 'sessions{}': -1, 'temperature{}': 19 },
    ]);
    expect(lastOf(exporter).map((metric) => metric.aggregationTemporality)).toStrictEqual([DELTA, DELTA, CUMULATIVE]);
  });

  it.each([
    [
      'delta',
      (type: string) => (type.includes('UP_DOWN') ? CUMULATIVE : DELTA),
      { counter: 1, histogram: 1, observed: 1, sessions: 2 },
    ],
    [
      'low memory',
      (type: string) => (['COUNTER', 'HISTOGRAM'].includes(type) ? DELTA : CUMULATIVE),
      { counter: 1, histogram: 1, observed: 11, sessions: 2 },
    ],
    ['cumulative', () => CUMULATIVE, { counter: 2, histogram: 2, observed: 11, sessions: 2 }],
  ])('follows the usual preference "%s" for each type of instrument', async (_, select, expected) => {
    const exporter = new metrics.InMemoryMetricExporter(CUMULATIVE);
    exporter.selectAggregationTemporality = select;
    const { telemetry } = testTelemetry({ exporters: [fromOtelExporter(exporter, OWN)] });
    let total = 10;
    telemetry.observableCounter('observed', {}, (observer) => observer.observe(total));
    for (let round = 0; round < 2; round++) {
      telemetry.counter('counter').add(1);
      telemetry.histogram('histogram').record(1);
      telemetry.upDownCounter('sessions').add(1);
      await telemetry.flush();
      total = 11;
    }
    expect(valuesOf(lastOf(exporter))).toStrictEqual(
      Object.fromEntries(Object.entries(expected).map(([name, value]) => [`${name}{}`, value])),
    );
  });

  it('hands spans to a span exporter as the SDK would', async () => {
    const ours = new traces.InMemorySpanExporter();
    const own = new traces.InMemorySpanExporter();
    const { telemetry } = testTelemetry({ exporters: [fromOtelExporter(ours)] });
    // Those of the SDK are made differently in each major.
    const processor = {
      onStart: () => {},
      onEnd: (span: Parameters<typeof own.export>[0][number]) => own.export([span], () => {}),
      forceFlush: async () => {},
      shutdown: async () => {},
    };
    const Provider = (traces.TracerProvider ??
      (traces as never as { BasicTracerProvider: unknown }).BasicTracerProvider) as typeof traces.TracerProvider;
    const provider = new Provider({ spanProcessors: [processor] });
    for (const from of [provider, telemetry.tracerProvider]) {
      const tracer = from.getTracer('lib', '1.2', { schemaUrl: 'https://example.com/schema' });
      const remote = trace.setSpanContext(ROOT_CONTEXT, {
        traceId: '0af7651916cd43dd8448eb211c80319c',
        spanId: 'b7ad6b7169203331',
        traceFlags: 1,
        isRemote: true,
      });
      const parent = tracer.startSpan('parent', { kind: SpanKind.SERVER, startTime: [1_700_000_000, 5000] }, remote);
      parent.setAttributes({ 'http.route': '/orders', count: 3, list: ['a', 'b'] });
      parent.addEvent('cache miss', { key: 'k' }, [1_700_000_000, 250_000_000]);
      parent.setStatus({ code: SpanStatusCode.ERROR, message: 'it broke' });
      const link = {
        context: { traceId: 'f'.repeat(32), spanId: 'e'.repeat(16), traceFlags: 1 },
        attributes: { by: 'hand' },
      };
      const child = tracer.startSpan(
        'child',
        { links: [link], startTime: [1_700_000_000, 6000] },
        trace.setSpan(remote, parent),
      );
      child.end([1_700_000_001, 4000]);
      parent.end([1_700_000_003, 1000]);
    }
    await telemetry.flush();
    const plain = (exporter: typeof own) => {
      const names = new Map<string, string>();
      const spans = exporter.getFinishedSpans();
      for (const span of spans) names.set(span.spanContext().spanId, span.name);
      return spans.map((span) => ({
        name: span.name,
        kind: span.kind,
        startTime: span.startTime,
        endTime: span.endTime,
        duration: span.duration,
        status: span.status,
        attributes: span.attributes,
        ended: span.ended,
        events: span.events,
        // The older major has no count where nothing was dropped.
        links: span.links.map((link) => ({ droppedAttributesCount: 0, ...link })),
        traceId: span.spanContext().traceId,
        traceFlags: span.spanContext().traceFlags,
        parent: names.get(span.parentSpanContext?.spanId ?? '') ?? span.parentSpanContext?.spanId,
        parentIsRemote: span.parentSpanContext?.isRemote ?? false,
        scope: span.instrumentationScope,
        dropped: [span.droppedAttributesCount, span.droppedEventsCount, span.droppedLinksCount],
      }));
    };
    expect(plain(ours)).toStrictEqual(plain(own));
    expect(ours.getFinishedSpans()[0]?.resource.attributes).toBe(telemetry.resource.attributes);
  });

  it('runs the exporters that write to the console', async () => {
    const written = vi.spyOn(console, 'dir').mockReturnValue(undefined);
    const { telemetry } = testTelemetry({
      exporters: [
        fromOtelExporter(new metrics.ConsoleMetricExporter(), OWN),
        fromOtelExporter(new traces.ConsoleSpanExporter()),
      ],
    });
    telemetry.counter('orders').add(3);
    telemetry.span('price', (span) => span.setAttribute('sku', 'a'));
    await telemetry.flush();
    // Spans need no reading, so they are first.
    expect(written.mock.calls.map(([data]) => data)).toMatchObject([
      { name: 'price', attributes: { sku: 'a' } },
      { descriptor: { name: 'orders', type: 'COUNTER' }, dataPoints: [{ value: 3 }] },
    ]);
    expect(telemetry.health()).toMatchObject({ status: 'ok', exporters: [{ accepted: 1 }, { accepted: 1 }] });
    await telemetry.shutdown();
  });

  it('shuts the exporter down with the telemetry', async () => {
    const exporter = new metrics.InMemoryMetricExporter(CUMULATIVE);
    const done: string[] = [];
    vi.spyOn(exporter, 'export').mockImplementation((_, callback) => {
      done.push('export');
      callback({ code: 0 });
    });
    vi.spyOn(exporter, 'forceFlush').mockImplementation(async () => void done.push('flush'));
    vi.spyOn(exporter, 'shutdown').mockImplementation(async () => void done.push('shutdown'));
    const { telemetry } = testTelemetry({ exporters: [fromOtelExporter(exporter, OWN)] });
    telemetry.counter('orders').add(3);
    await telemetry.shutdown();
    expect(done).toStrictEqual(['export', 'flush', 'shutdown']);
  });

  it('leaves out what the exporter drops, and tells once of aggregations that it cannot have', async () => {
    const exporter = new metrics.InMemoryMetricExporter(CUMULATIVE);
    const { DROP, EXPONENTIAL_HISTOGRAM, SUM } = metrics.AggregationType;
    const select = (type: string) => ({
      type: type === 'GAUGE' ? DROP : type === 'HISTOGRAM' ? EXPONENTIAL_HISTOGRAM : SUM,
    });
    const { telemetry, problems } = testTelemetry({
      exporters: [fromOtelExporter(Object.assign(exporter, { selectAggregation: select }) as OtelMetricExporter, OWN)],
    });
    telemetry.counter('orders').add(3);
    telemetry.gauge('temperature').record(20);
    await telemetry.flush();
    await telemetry.flush();
    expect(valuesOf(lastOf(exporter))).toStrictEqual({ 'orders{}': 3 });
    expect(problems.map(({ message }) => message)).toStrictEqual([
      'The exporter InMemoryMetricExporter selects another aggregation for HISTOGRAM, OBSERVABLE_GAUGE; instruments are aggregated once, for all exporters. Choose it with `metrics.views`.',
    ]);
  });
});

describe('fromOtelExporter', () => {
  it('keeps the instrumentations of another SDK from observing the export', async () => {
    const manager = new AsyncLocalStorageContextManager().enable();
    context.setGlobalContextManager(manager);
    onTestFinished(() => context.disable());
    const suppressed: boolean[] = [];
    const exporter = spanExporter((_, done) => {
      suppressed.push(isTracingSuppressed(context.active()));
      done({ code: 0 });
    });
    const { telemetry } = testTelemetry({ exporters: [fromOtelExporter(exporter)] });
    telemetry.span('price', (_: Span) => {});
    await telemetry.flush();
    expect(suppressed).toStrictEqual([true]);
  });

  it('hands on what every exporter can be told', () => {
    const filter = { spans: () => true };
    const made = fromOtelExporter(spanExporter(), {
      name: 'mine',
      interval: 7,
      timeout: 3,
      backend: 'xray',
      prefix: 'a.',
      filter,
    });
    expect(made).toMatchObject({
      name: 'mine',
      interval: 7,
      timeout: 3,
      backend: 'xray',
      delivery: { prefix: 'a.', filter },
    });
    expect(fromOtelExporter(spanExporter())).toMatchObject({ name: 'opentelemetry-spans', timeout: 30 });
  });

  it.each<[string, object, 'metrics' | 'spans']>([
    [
      'an exporter that selects temporality',
      { ...spanExporter(), forceFlush: async () => {}, selectAggregationTemporality: () => 1 },
      'metrics',
    ],
    [
      'an exporter that selects aggregation',
      { ...spanExporter(), forceFlush: async () => {}, selectAggregation: () => ({ type: 0 }) },
      'metrics',
    ],
    ['an exporter that cannot flush', spanExporter(), 'spans'],
    [
      'one whose class says metrics',
      new (class MyMetricExporter {
        export() {}
        async forceFlush() {}
        async shutdown() {}
      })(),
      'metrics',
    ],
    [
      'one whose class extends one that says spans',
      new (class Mine extends class TraceExporter {
        export() {}
        async forceFlush() {}
        async shutdown() {}
      } {})(),
      'spans',
    ],
    [
      'Zipkin',
      new (class ZipkinExporter {
        export() {}
        async forceFlush() {}
        async shutdown() {}
      })(),
      'spans',
    ],
  ])('knows what %s takes', (_, exporter, signal) => {
    const made: Exporter = fromOtelExporter(exporter as OtelMetricExporter);
    expect([made.exportMetrics !== undefined, made.exportSpans !== undefined]).toStrictEqual([
      signal === 'metrics',
      signal === 'spans',
    ]);
  });

  it.each<[string, unknown, object, RegExp]>([
    ['nothing', undefined, {}, /got a value of type undefined; give an exporter written for OpenTelemetry's SDK/],
    ['no exporter', { shutdown() {} }, {}, /has no method "export"/],
    [
      'a reader',
      new SDKS[1].metrics.PeriodicExportingMetricReader({ exporter: new SDKS[1].metrics.InMemoryMetricExporter(1) }),
      {},
      /PeriodicExportingMetricReader, a metric reader.*metricProducer\(telemetry\)/,
    ],
    [
      'an exporter of logs',
      new (class OTLPLogExporter {
        export() {}
        async shutdown() {}
      })(),
      {},
      /OTLPLogExporter, which takes log records/,
    ],
    [
      'one of which nobody knows what it takes',
      new (class Mine {
        export() {}
        async forceFlush() {}
        async shutdown() {}
      })(),
      {},
      /cannot tell whether Mine takes metrics or spans/,
    ],
    ['a signal that is none', spanExporter(), { signal: 'logs' }, /"fromOtelExporter.signal" is "logs"/],
    ['a rule that is none', spanExporter(), { whenUnknown: 'never' }, /"fromOtelExporter.whenUnknown" is "never"/],
    ['an option that is none', spanExporter(), { intervall: 5 }, /did you mean "interval"/],
    [
      'a temporality that is none',
      { ...spanExporter(), selectAggregationTemporality: () => 2 },
      {},
      /the exporter "opentelemetry-metrics" for COUNTER is 2/,
    ],
  ])('refuses %s', (_, exporter, options, message) => {
    expect(() => fromOtelExporter(exporter as OtelMetricExporter, options)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringMatching(message) }),
    );
  });
});

function spanExporter(send: (spans: unknown, done: (result: { code: number }) => void) => void = () => {}) {
  return { export: send, shutdown: async () => {} };
}
