import type { Context, ContextManager, Span } from '@opentelemetry/api';
import type { InstrumentationScope, Resource } from '../resource.ts';
import { NonRecordingSpan } from '../spans/non-recording-span.ts';
import type { SpanStarter } from '../spans/operation-span.ts';
import { RecordingSpan } from '../spans/span.ts';
import type { Tracing } from '../spans/tracer.ts';
import { GlobalContexts } from './context.ts';
import type { Propagation } from './propagation.ts';
import type { SpanProcessors } from './span-processors.ts';
import type { SpanSource, TelemetryTracerProvider } from './span-source.ts';
import { OwnTracerProvider } from './tracer-provider.ts';

/** Seconds that span processors get to flush. */
const FLUSH_TIMEOUT = 10;

/** Spans that this telemetry makes, and its exporters and span processors get. */
export class OwnSpans implements SpanSource {
  readonly isOff = false;
  readonly contexts: ContextManager;
  readonly carriage: Propagation;
  private readonly tracing: Tracing;
  private readonly processors: SpanProcessors | undefined;
  private readonly deliver: () => Promise<void>;
  private readonly providers = new Map<Resource, OwnTracerProvider>();

  /** `deliver`: hands to the exporters what has ended so far. */
  constructor(
    tracing: Tracing,
    contexts: ContextManager,
    carriage: Propagation,
    processors: SpanProcessors | undefined,
    deliver: () => Promise<void>,
  ) {
    this.tracing = tracing;
    this.contexts = contexts;
    this.carriage = carriage;
    this.processors = processors;
    this.deliver = deliver;
  }

  get registered() {
    const { contexts } = this;
    // A global one is there already, and is the service's.
    return { isOwn: true, provider: undefined, contexts: contexts instanceof GlobalContexts ? undefined : contexts };
  }

  starter(scope: InstrumentationScope, resource: Resource): { readonly tracer: SpanStarter } {
    return { tracer: this.tracing.tracer(scope, resource) };
  }

  provider(resource: Resource): TelemetryTracerProvider {
    let provider = this.providers.get(resource);
    if (provider === undefined) {
      provider = new OwnTracerProvider(this.tracing, resource, {
        flush: () => this.flushAll(),
        shutdown: () => this.endTracing(),
      });
      this.providers.set(resource, provider);
    }
    return provider;
  }

  serviceOf(span: Span | undefined, _context: Context): Resource | undefined {
    return span instanceof RecordingSpan || span instanceof NonRecordingSpan ? span.service : undefined;
  }

  async flush(): Promise<void> {
    await this.processors?.flush(FLUSH_TIMEOUT);
  }

  async shutdown(seconds: number): Promise<void> {
    this.tracing.stop();
    await this.processors?.shutdown(seconds);
  }

  private async flushAll(): Promise<void> {
    await Promise.all([this.flush(), this.deliver()]);
  }

  private async endTracing(): Promise<void> {
    this.tracing.stop();
    await Promise.all([this.processors?.shutdown(FLUSH_TIMEOUT), this.deliver()]);
  }
}
