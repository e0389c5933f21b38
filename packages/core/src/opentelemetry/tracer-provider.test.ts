import { isSpanContextValid, ROOT_CONTEXT, type Tracer, type TracerOptions } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import type { FinishedSpan } from '../index.ts';
import type { Tracing } from '../spans/tracer.ts';
import { RESOURCE, testTracing } from '../spans/tracing.test-support.ts';
import { seriesOf, testTelemetry, tracedTelemetry } from '../telemetry.test-support.ts';
import { OwnTracerProvider } from './tracer-provider.ts';

const ENDS = { flush: async () => {}, shutdown: async () => {} };
const providerOf = (tracing: Tracing) => new OwnTracerProvider(tracing, RESOURCE, ENDS);

describe('OwnTracerProvider', () => {
  it('gives the same tracer for the same name, version and schema URL only', () => {
    const provider = providerOf(testTracing().tracing);
    const tracer = provider.getTracer('lib', '1', { schemaUrl: 'https://x' });
    expect(provider.getTracer('lib', '1', { schemaUrl: 'https://x' })).toBe(tracer);
    for (const other of [provider.getTracer('lib', '1'), provider.getTracer('lib', '2', { schemaUrl: 'https://x' })]) {
      expect(other).not.toBe(tracer);
    }
  });

  it('puts scope and resource on its spans', () => {
    const { tracing, finished } = testTracing();
    const provider = providerOf(tracing);
    provider.getTracer('lib', '1', { schemaUrl: 'https://x' }).startSpan('a', {}, ROOT_CONTEXT).end();
    provider.getTracer('lib').startSpan('b', {}, ROOT_CONTEXT).end();
    expect(finished.map(({ scope }) => scope)).toStrictEqual([
      { name: 'lib', version: '1', schemaUrl: 'https://x' },
      { name: 'lib' },
    ]);
    expect(finished[0]?.resource).toBe(RESOURCE);
  });

  it('tolerates a missing name', () => {
    const { tracing, finished } = testTracing();
    const provider = providerOf(tracing);
    for (const name of ['', undefined, null, 7] as string[])
      provider
        .getTracer(name, null as unknown as string)
        .startSpan('a')
        .end();
    expect(finished.map(({ scope }) => scope)).toStrictEqual(Array.from({ length: 4 }, () => ({ name: '' })));
  });
});

describe('telemetry.tracerProvider', () => {
  it('tells scopes apart by their attributes, whatever their order', async () => {
    const { telemetry, finished } = tracedTelemetry();
    const scoped = (attributes: object) =>
      telemetry.tracerProvider.getTracer('lib', '1', { attributes } as TracerOptions);
    const tracer = scoped({ a: 1, b: 'x' });
    expect(scoped({ b: 'x', a: 1 })).toBe(tracer);
    expect(scoped({ a: 1 })).not.toBe(tracer);
    expect(scoped({ a: 1, b: 'x', c: {}, '': 1 } as object)).toBe(tracer);
    tracer.startSpan('a').end();
    expect((await finished())[0]?.scope).toEqual({ name: 'lib', version: '1', attributes: { a: 1, b: 'x' } });
  });

  it('delivers with forceFlush', async () => {
    const spans: FinishedSpan[] = [];
    const { telemetry } = testTelemetry({
      exporters: [{ name: 'memory', exportSpans: async (given) => void spans.push(...given) }],
    });
    telemetry.tracerProvider.getTracer('lib').startSpan('a').end();
    await telemetry.tracerProvider.forceFlush();
    expect(spans.map(({ name }) => name)).toEqual(['a']);
  });

  it('records no spans after shutdown, and passes traces on; what had begun may end, and metrics go on', async () => {
    const { telemetry, finished } = tracedTelemetry();
    const early = telemetry.tracerProvider.getTracer('early');
    const begun = early.startSpan('begun');
    const ended = telemetry.tracerProvider.shutdown();
    expect(telemetry.tracerProvider.shutdown()).toBe(ended);
    await ended;
    begun.end();
    const context = telemetry.extract({ traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' });
    for (const tracer of [early, telemetry.tracerProvider.getTracer('late')]) {
      const span = tracer.startSpan('a', {}, context);
      expect(span.isRecording()).toBe(false);
      expect(span.spanContext()).toMatchObject({ spanId: 'b7ad6b7169203331', traceFlags: 1 });
      expect(isSpanContextValid(tracer.startSpan('b').spanContext())).toBe(false);
    }
    telemetry.job('etl').end('completed');
    expect(seriesOf(telemetry, 'job.started')).toEqual({ '{job.name=etl}': 1 });
    expect((await finished()).map(({ name }) => name)).toEqual(['begun']);
  });

  it('says by Tracer.enabled whether spans are recorded', async () => {
    const { telemetry } = tracedTelemetry();
    const tracer = telemetry.tracerProvider.getTracer('lib') as Tracer & { enabled(): boolean };
    expect(tracer.enabled()).toBe(true);
    await telemetry.shutdown();
    expect(tracer.enabled()).toBe(false);
    const off = testTelemetry({ signals: { spans: false } }).telemetry.tracerProvider;
    expect(off.getTracer('lib').startSpan('a').isRecording()).toBe(false);
    await Promise.all([off.forceFlush(), off.shutdown()]);
  });
});
