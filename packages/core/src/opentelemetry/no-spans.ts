import { type ContextManager, ProxyTracerProvider, type Tracer } from '@opentelemetry/api';
import type { Resource } from '../resource.ts';
import { GlobalContexts } from './context.ts';
import type { Propagation } from './propagation.ts';
import type { SpanSource, TelemetryTracerProvider } from './span-source.ts';

/** Spans are switched off. */
export class NoSpans implements SpanSource {
  readonly isOff = true;
  readonly contexts: ContextManager;
  readonly carriage: Propagation;

  constructor(contexts: ContextManager, carriage: Propagation) {
    this.contexts = contexts;
    this.carriage = carriage;
  }

  get registered() {
    const { contexts } = this;
    return { isOwn: false, provider: undefined, contexts: contexts instanceof GlobalContexts ? undefined : contexts };
  }

  starter(): { readonly tracer: undefined } {
    return { tracer: undefined };
  }

  provider(): TelemetryTracerProvider {
    return new SilentTracerProvider();
  }

  serviceOf(): Resource | undefined {
    return undefined;
  }

  async flush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}

class SilentTracerProvider implements TelemetryTracerProvider {
  private readonly nothing = new ProxyTracerProvider();

  getTracer(name: string): Tracer {
    return this.nothing.getTracer(name);
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}
