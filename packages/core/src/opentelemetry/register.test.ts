import { context, metrics, propagation, ROOT_CONTEXT, type TracerProvider, trace } from '@opentelemetry/api';
import { afterEach, describe, expect, it } from 'vitest';
import { seriesOf, testTelemetry, tracedTelemetry } from '../telemetry.test-support.ts';
import { forgetGlobals, startSdk, TRACE_SDKS, type TracesSdk } from './running-sdk.test-support.ts';

afterEach(forgetGlobals);

const SDK = TRACE_SDKS[1] as TracesSdk;

/** What was thrown, as code and message. */
function refusalOf(register: () => void): string {
  try {
    register();
  } catch (error) {
    const { code, message } = error as { readonly code: string; readonly message: string };
    return `${code}: ${message}`;
  }
  return 'not refused';
}

describe('register', () => {
  it("makes what OpenTelemetry's API records the telemetry's own", async () => {
    const { telemetry, finished } = tracedTelemetry();
    telemetry.register();
    const headers: Record<string, string> = {};
    await trace.getTracer('library').startActiveSpan('outer', async (span) => {
      await Promise.resolve();
      telemetry.span('inner', () => propagation.inject(context.active(), headers));
      span.end();
    });
    metrics.getMeter('library').createCounter('calls').add(2);
    const [inner, outer] = await finished();
    expect(inner).toMatchObject({ name: 'inner', parentSpanId: outer?.spanId });
    expect(headers.traceparent).toBe(`00-${inner?.traceId}-${inner?.spanId}-01`);
    expect(seriesOf(telemetry, 'calls')).toEqual({ '{}': 2 });
  });

  it('refuses a second time, says who was first and what to do, and leaves the first as it was', () => {
    const first = tracedTelemetry().telemetry;
    const second = tracedTelemetry().telemetry;
    first.register();
    expect(refusalOf(() => second.register())).toBe(
      'ERR_ALREADY_REGISTERED: The process has a global OpenTelemetry tracer provider already, that of the telemetry of the service "shop". ' +
        'Register one, and make other services with its forService(); or end it first: its shutdown() takes it off.',
    );
    expect(refusalOf(() => first.register())).toBe(
      "ERR_ALREADY_REGISTERED: This telemetry is the process's global OpenTelemetry already: call register() once, where the telemetry is made.",
    );
    expect(metrics.getMeterProvider()).toBe(first.meterProvider);
    const silent = testTelemetry().telemetry;
    forgetGlobals();
    silent.register();
    expect(refusalOf(() => silent.register())).toContain('This telemetry is the process');
  });

  it.each(TRACE_SDKS.map((sdk) => [sdk.version, sdk] as const))(
    'refuses beside an SDK %s, and says how to have both',
    (_, sdk) => {
      const { provider, register } = startSdk(sdk);
      register();
      const withoutSpans = testTelemetry().telemetry;
      const { telemetry } = tracedTelemetry();
      expect(refusalOf(() => withoutSpans.register())).toBe(refusalOf(() => telemetry.register()));
      expect(refusalOf(() => telemetry.register())).toBe(
        `ERR_ALREADY_REGISTERED: The process has a global OpenTelemetry tracer provider already (${provider.constructor.name}). To keep that SDK, leave ` +
          'register() out: adapters make their spans with its tracer where no exporter here takes spans, and ' +
          'metrics.setGlobalMeterProvider(telemetry.meterProvider) or metricProducer(telemetry) add the metrics. ' +
          "To have Telltale's, do not start the SDK.",
      );
    },
  );

  it('undoes what it has done when something else is taken', () => {
    const { telemetry } = tracedTelemetry();
    const other = tracedTelemetry().telemetry;
    const conflict = (what: string) => `The process has a global OpenTelemetry ${what} already`;
    metrics.setGlobalMeterProvider(other.meterProvider);
    expect(() => telemetry.register()).toThrow(conflict('meter provider'));
    expect(metrics.getMeterProvider()).toBe(other.meterProvider);
    expect(trace.setGlobalTracerProvider(other.tracerProvider)).toBe(true);
    expect(propagation.fields()).toEqual([]);
    metrics.disable();
    trace.disable();
    context.setGlobalContextManager({
      active: () => ROOT_CONTEXT,
      with: (_, fn, self, ...args) => fn.apply(self, args),
      bind: (_, target) => target,
      enable() {
        return this;
      },
      disable() {
        return this;
      },
    });
    expect(() => telemetry.register()).toThrow(conflict('context manager'));
    expect(metrics.setGlobalMeterProvider(other.meterProvider)).toBe(true);
    expect(trace.setGlobalTracerProvider(other.tracerProvider)).toBe(true);
    expect(propagation.fields()).toEqual([]);
  });

  it('lasts until telemetry ends: then another may register', async () => {
    const { telemetry } = tracedTelemetry();
    telemetry.register();
    const early = trace.getTracer('library');
    await telemetry.shutdown();
    expect(early.startSpan('late').isRecording()).toBe(false);
    expect(propagation.fields()).toEqual([]);
    const next = tracedTelemetry();
    next.telemetry.register();
    trace.getTracer('library').startSpan('new').end();
    expect((await next.finished()).map(({ name }) => name)).toEqual(['new']);
    expect(seriesOf(telemetry, 'calls')).toEqual({});
  });

  it('takes off at the end only what is still its own', async () => {
    const { telemetry } = tracedTelemetry();
    telemetry.register();
    forgetGlobals();
    const other = tracedTelemetry();
    other.telemetry.register();
    await telemetry.shutdown();
    expect(metrics.getMeterProvider()).toBe(other.telemetry.meterProvider);
    trace.getTracer('library').startSpan('theirs').end();
    expect(await other.finished()).toHaveLength(1);
  });

  it('leaves room for an SDK that makes the spans, where nobody here takes any', async () => {
    const { telemetry } = testTelemetry();
    telemetry.register();
    const sdk = startSdk(SDK);
    expect(trace.setGlobalTracerProvider(sdk.provider)).toBe(true);
    metrics.getMeter('library').createCounter('calls').add(2);
    telemetry.job('etl', () => trace.getTracer('library').startSpan('within').end());
    const [within, job] = await sdk.finished();
    expect(within?.parentSpanContext?.spanId).toBe(job?.spanContext().spanId);
    expect(seriesOf(telemetry, 'calls')).toEqual({ '{}': 2 });
  });

  it('makes the given SDK global, too, unless it is', async () => {
    const sdk = startSdk(SDK);
    const { telemetry } = testTelemetry({ tracerProvider: sdk.provider });
    telemetry.register();
    trace.getTracer('library').startActiveSpan('outer', (span) => {
      telemetry.span('inner', () => {});
      span.end();
    });
    const [inner, outer] = await sdk.finished();
    expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
    forgetGlobals();
    trace.setGlobalTracerProvider(sdk.provider as TracerProvider);
    const again = testTelemetry({ tracerProvider: sdk.provider });
    again.telemetry.register();
    expect(metrics.getMeterProvider()).toBe(again.telemetry.meterProvider);
    await again.telemetry.shutdown();
    expect(trace.getTracer('library').startSpan('after').isRecording()).toBe(true);
  });
});
