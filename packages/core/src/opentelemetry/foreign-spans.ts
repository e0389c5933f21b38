import type { Context, Span, Tracer, TracerProvider } from '@opentelemetry/api';
import type { SeriesAttributes } from '../attributes.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { messageOf } from '../errors.ts';
import type { InstrumentationScope, Resource } from '../resource.ts';
import { serviceIn } from '../spans/service-in-context.ts';
import { ForeignContexts } from './foreign-contexts.ts';
import { ForeignPropagation } from './foreign-propagation.ts';
import { ForeignTracer } from './foreign-tracer.ts';
import { ForeignTracerProvider } from './foreign-tracer-provider.ts';
import { LateTracer } from './late-tracer.ts';
import type { Propagation } from './propagation.ts';
import type { SpanSource, TelemetryTracerProvider } from './span-source.ts';

interface ForeignSpansOptions {
  /** The provider that makes the spans, as soon as there is one. */
  readonly find: () => TracerProvider | undefined;
  /** It was given, so that `register()` is to make it global. */
  readonly given?: TracerProvider | undefined;
  /** That of the telemetry's own service. */
  readonly resource: Resource;
  readonly attributes: SeriesAttributes;
  readonly propagation: Propagation;
  readonly diagnostics: Diagnostics;
}

/** Spans that another SDK makes, samples and exports: it is the service's, and goes on when telemetry ends. */
export class ForeignSpans implements SpanSource {
  readonly isOff = false;
  readonly contexts: ForeignContexts;
  readonly carriage: ForeignPropagation;
  private readonly options: ForeignSpansOptions;

  constructor(options: ForeignSpansOptions) {
    this.options = options;
    this.contexts = new ForeignContexts();
    this.carriage = new ForeignPropagation(options.propagation, options.diagnostics);
  }

  get registered() {
    return {
      isOwn: false,
      provider: this.options.given,
      contexts: this.contexts.isGlobal ? undefined : this.contexts.own,
    };
  }

  starter(scope: InstrumentationScope, resource: Resource): { readonly tracer: ForeignTracer | undefined } {
    const { find, attributes, diagnostics, resource: primary } = this.options;
    const defaults = Object.keys(attributes).length === 0 ? undefined : attributes;
    const service = resource === primary ? undefined : resource;
    return new LateTracer(find, (provider) => {
      const tracer = tracerOf(provider, scope, diagnostics);
      return tracer && new ForeignTracer(tracer, diagnostics, defaults, service);
    });
  }

  provider(_resource: Resource): TelemetryTracerProvider {
    return new ForeignTracerProvider(this.options.find, this.options.diagnostics);
  }

  serviceOf(_span: Span | undefined, context: Context): Resource | undefined {
    return serviceIn(context);
  }

  async flush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}

function tracerOf(
  provider: TracerProvider,
  { name, version }: InstrumentationScope,
  diagnostics: Diagnostics,
): Tracer | undefined {
  try {
    return provider.getTracer(name, version);
  } catch (error) {
    diagnostics.problem(
      'ERR_ADAPTER',
      'foreign tracer',
      () => `The tracer provider that Telltale was to make its spans with gave no tracer: ${messageOf(error)}`,
    );
    return undefined;
  }
}
