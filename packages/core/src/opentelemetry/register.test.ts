import { context, metrics, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { afterEach, describe, expect, it } from 'vitest';
import { seriesOf, tracedTelemetry } from '../telemetry.test-support.ts';

afterEach(() => {
  trace.disable();
  metrics.disable();
  propagation.disable();
  context.disable();
});

const CONFLICT = (what: string) =>
  `The process has a global OpenTelemetry ${what} already. Register once, and keep either the OpenTelemetry SDK's or Telltale's.`;

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

  it('refuses a second time, and leaves the first as it was', () => {
    const first = tracedTelemetry().telemetry;
    const second = tracedTelemetry().telemetry;
    first.register();
    expect(() => second.register()).toThrow(
      expect.objectContaining({ code: 'ERR_ALREADY_REGISTERED', message: CONFLICT('tracer provider') }),
    );
    expect(() => first.register()).toThrow(CONFLICT('tracer provider'));
    expect(metrics.getMeterProvider()).toBe(first.meterProvider);
  });

  it('undoes what it has done when something else is taken', () => {
    const { telemetry } = tracedTelemetry();
    const other = tracedTelemetry().telemetry;
    metrics.setGlobalMeterProvider(other.meterProvider);
    expect(() => telemetry.register()).toThrow(CONFLICT('meter provider'));
    expect(metrics.getMeterProvider()).toBe(other.meterProvider);
    expect(trace.setGlobalTracerProvider(other.tracerProvider)).toBe(true);
    expect(propagation.fields()).toEqual([]);
    metrics.disable();
    trace.disable();
    const { active } = context;
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
    expect(active).toBeDefined();
    expect(() => telemetry.register()).toThrow(CONFLICT('context manager'));
    expect(metrics.setGlobalMeterProvider(other.meterProvider)).toBe(true);
    expect(trace.setGlobalTracerProvider(other.tracerProvider)).toBe(true);
    expect(propagation.fields()).toEqual([]);
  });
});
