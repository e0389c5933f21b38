import type { Context, ContextManager, Span, TextMapGetter, TextMapSetter, TracerProvider } from '@opentelemetry/api';
import type { InstrumentationScope, Resource } from '../resource.ts';
import type { SpanStarter } from '../spans/operation-span.ts';

/** `telemetry.tracerProvider`: OpenTelemetry's way in, with what the SDK's has besides. */
export interface TelemetryTracerProvider extends TracerProvider {
  /** Delivers the spans that have ended so far. Never rejects. */
  forceFlush(): Promise<void>;
  /** Delivers them and ends tracing: spans that are started after it record nothing. Metrics go on. Never rejects. */
  shutdown(): Promise<void>;
}

/** What carries trace context and baggage between services. No method throws. */
export interface Carriage {
  /** Whether `extract` may find something in headers with keys in lower case. */
  concerns(headers: Readonly<Record<string, unknown>>): boolean;
  inject(context: Context, carrier: unknown, setter: TextMapSetter): void;
  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context;
  fields(): string[];
}

/** Where a telemetry's spans come from: itself, another SDK, or nowhere. No method throws. */
export interface SpanSource {
  /** There are none, and will be none. */
  readonly isOff: boolean;
  readonly contexts: ContextManager;
  readonly carriage: Carriage;
  /** Makes the spans of a service's operations; its `tracer` is `undefined` while there are none to be had. */
  starter(scope: InstrumentationScope, resource: Resource): { readonly tracer: SpanStarter | undefined };
  provider(resource: Resource): TelemetryTracerProvider;
  /** The service that a span which is active here belongs to; `undefined`: nobody knows, or the telemetry's own. */
  serviceOf(span: Span | undefined, context: Context): Resource | undefined;
  /** What `telemetry.register()` makes global: with `isOwn`, the service's `provider`. `undefined`: nothing. */
  readonly registered: {
    readonly isOwn: boolean;
    readonly provider: TracerProvider | undefined;
    readonly contexts: ContextManager | undefined;
  };
  flush(): Promise<void>;
  /** Within so many seconds. */
  shutdown(seconds: number): Promise<void>;
}
