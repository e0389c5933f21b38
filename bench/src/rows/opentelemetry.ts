import { SpanKind } from '@opentelemetry/api';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import type { MeterProvider } from '@opentelemetry/sdk-metrics';
import type { Sampler, TracerProvider } from '@opentelemetry/sdk-trace';
import { ROOM } from './series.ts';

/** The SDK's metrics with a reader that reads when asked to, and room for all series. */
export async function startMeterProvider(): Promise<MeterProvider> {
  const { MeterProvider, MetricReader } = await import('@opentelemetry/sdk-metrics');
  class Reader extends MetricReader {
    protected override async onForceFlush(): Promise<void> {}
    protected override async onShutdown(): Promise<void> {}
  }
  return new MeterProvider({ readers: [new Reader({ cardinalitySelector: () => ROOM })] });
}

/** The SDK's tracer with its batch processor, and an exporter that does with spans what `spanSink` does. */
export async function startTracerProvider(sampler?: Sampler): Promise<{
  provider: TracerProvider;
  sink: { readonly spans: number; readonly roots: number; readonly consumers: number };
}> {
  const { BatchSpanProcessor, TracerProvider } = await import('@opentelemetry/sdk-trace');
  const sink = { spans: 0, roots: 0, consumers: 0 };
  const processor = new BatchSpanProcessor({
    exporter: {
      export(spans, done) {
        sink.spans += spans.length;
        for (const { parentSpanContext, kind } of spans) {
          if (parentSpanContext === undefined) sink.roots++;
          if (kind === SpanKind.CONSUMER) sink.consumers++;
        }
        done({ code: 0 });
      },
      shutdown: async () => {},
    },
  });
  const provider = new TracerProvider({ spanProcessors: [processor], ...(sampler && { sampler }) });
  return { provider, sink };
}

/** What sdk-node does, without its exporters: context, propagation, spans and metrics for the whole process. Gives how many root spans were exported. */
export async function startInstrumentations(
  ...instrumentations: readonly Instrumentation[]
): Promise<() => Promise<number>> {
  const { context, metrics, propagation, trace } = await import('@opentelemetry/api');
  const { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } = await import('@opentelemetry/core');
  const { AsyncLocalStorageContextManager } = await import('@opentelemetry/context-async-hooks');
  const { provider, sink } = await startTracerProvider();
  const meterProvider = await startMeterProvider();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const propagators = [new W3CTraceContextPropagator(), new W3CBaggagePropagator()];
  propagation.setGlobalPropagator(new CompositePropagator({ propagators }));
  trace.setGlobalTracerProvider(provider);
  metrics.setGlobalMeterProvider(meterProvider);
  for (const instrumentation of instrumentations) {
    instrumentation.setTracerProvider(provider);
    instrumentation.setMeterProvider(meterProvider);
  }
  return async () => {
    await provider.forceFlush();
    return sink.roots;
  };
}
