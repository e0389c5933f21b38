import { context, metrics, propagation, type TracerProvider, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import * as traces3 from '@opentelemetry/sdk-trace';
import * as api19 from 'opentelemetry-api-1.9';
import * as traces2 from 'sdk-trace-base2';

/** What tests use of the SDK, in both majors of it, by the types of the newer one. */
export interface TracesSdk {
  readonly version: string;
  readonly AlwaysOffSampler: typeof traces3.AlwaysOffSampler;
  readonly AlwaysOnSampler: typeof traces3.AlwaysOnSampler;
  readonly ParentBasedSampler: typeof traces3.ParentBasedSampler;
  readonly TraceIdRatioBasedSampler: typeof traces3.TraceIdRatioBasedSampler;
  readonly InMemorySpanExporter: typeof traces3.InMemorySpanExporter;
  readonly RandomIdGenerator: typeof traces3.RandomIdGenerator;
  batch(exporter: traces3.SpanExporter): traces3.SpanProcessor;
  provider(options: traces3.TracerProviderOptions): RunningSdk['provider'];
}

export interface RunningSdk {
  readonly provider: TracerProvider & { forceFlush(): Promise<void>; shutdown(): Promise<void> };
  /** The spans that have ended so far, as the exporter got them. */
  finished(): Promise<readonly traces3.ReadableSpan[]>;
  /** What `NodeSDK.start()` does: provider, propagator and context manager become global. By another copy of OpenTelemetry's API, if one is given. */
  register(api?: typeof api19): void;
}

/** Both majors of OpenTelemetry's SDK. */
export const TRACE_SDKS: readonly TracesSdk[] = [
  {
    ...(traces2 as unknown as typeof traces3),
    version: '2.x',
    batch: (exporter) => new traces2.BatchSpanProcessor(exporter as never) as unknown as traces3.SpanProcessor,
    provider: (options) => new traces2.BasicTracerProvider(options as never),
  },
  {
    ...traces3,
    version: '3.x',
    batch: (exporter) => new traces3.BatchSpanProcessor({ exporter }),
    provider: (options) => new traces3.TracerProvider(options),
  },
];

const CURRENT_API = { trace, propagation, context } as unknown as typeof api19;

/** An SDK with a batch processor in front of an exporter that keeps everything. */
export function startSdk(sdk: TracesSdk, options: traces3.TracerProviderOptions = {}): RunningSdk {
  const exporter = new sdk.InMemorySpanExporter();
  const provider = sdk.provider({
    ...options,
    spanProcessors: [...(options.spanProcessors ?? []), sdk.batch(exporter)],
  });
  return {
    provider,
    async finished() {
      await provider.forceFlush();
      return exporter.getFinishedSpans();
    },
    register(api = CURRENT_API) {
      api.trace.setGlobalTracerProvider(provider as never);
      api.propagation.setGlobalPropagator(new W3CTraceContextPropagator() as never);
      api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable() as never);
    },
  };
}

/** Takes all that is global off again. */
export function forgetGlobals(): void {
  trace.disable();
  metrics.disable();
  propagation.disable();
  context.disable();
  // Whichever version of the API comes next is the first one.
  Reflect.deleteProperty(globalThis, Symbol.for('opentelemetry.js.api.1'));
}

/** What the SDK 2.x wants. */
export { api19 };
