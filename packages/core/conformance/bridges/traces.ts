/** The SDK's `TracerProvider`, and the constructor of its spans, made of a telemetry. */
import {
  type Tracer as ApiTracer,
  type Context,
  type Link,
  type Span,
  type SpanAttributes,
  type SpanContext,
  type SpanKind,
  type SpanOptions,
  type TimeInput,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import type { Sampler, SpanLimits, SpanProcessor, TracerProviderOptions } from '@opentelemetry/sdk-trace';
import { createTelemetry, type Telemetry } from '@telltale/core';
import { RecordingSpan } from '../../src/spans/span.ts';
import { SpanTracer } from '../../src/spans/tracer.ts';
import { QUIET, serviceOf } from './service.ts';

/** What tests take out of the SDK's private fields to hand it to the constructor of spans. It says nothing but whose it is. */
class PrivateField {
  readonly #provider: TracerProvider;

  constructor(provider: TracerProvider) {
    this.#provider = provider;
  }

  get provider(): TracerProvider {
    return this.#provider;
  }
}

const ONLOOKER: SpanProcessor = {
  onStart() {},
  onEnd() {},
  forceFlush: async () => {},
  shutdown: async () => {},
};

export class TracerProvider {
  readonly options: TracerProviderOptions;
  private readonly telemetry: Telemetry | undefined;
  /** Telltale refuses wrong options at once, and the SDK takes them. Thrown when a span is wanted, so that the other tests of the file can run. */
  private readonly refused: unknown;

  constructor(options: TracerProviderOptions = {}) {
    this.options = options;
    const { resource, sampler, spanProcessors = [], idGenerator, spanLimits } = options;
    try {
      this.telemetry = createTelemetry({
        ...QUIET,
        service: serviceOf(resource),
        signals: { spans: true },
        // With a processor, spans have the SDK's fields, at which the tests look.
        spanProcessors: [ONLOOKER, ...spanProcessors],
        ...(sampler && { sampling: { sampler } }),
        ...(idGenerator && { idGenerator }),
        ...(spanLimits && { spanLimits: limitsOf(spanLimits) }),
      });
    } catch (error) {
      this.refused = error;
    }
  }

  getTracer(...args: Parameters<Telemetry['tracerProvider']['getTracer']>): ApiTracer {
    const field = new PrivateField(this);
    const tracer = this.telemetry?.tracerProvider.getTracer(...args) ?? refusing<ApiTracer>('startSpan', this.refused);
    return Object.assign(tracer, { _spanLimits: field, _spanProcessor: field, _resource: field });
  }

  async forceFlush(): Promise<void> {
    await this.telemetry?.tracerProvider.forceFlush();
  }

  async shutdown(): Promise<void> {
    await this.telemetry?.tracerProvider.shutdown();
  }

  /** A span, or what throws at its first use. */
  startSpan(name: string, options: SpanOptions, context: Context): Span {
    return this.refused === undefined
      ? this.getTracer('default').startSpan(name, options, context)
      : refusing<Span>('setAttribute', this.refused);
  }
}

function refusing<T>(method: keyof T, error: unknown): T {
  return {
    [method]() {
      throw error;
    },
  } as T;
}

/** The same limits by our names. */
function limitsOf(given: SpanLimits) {
  const names = {
    attributeCountLimit: 'attributes',
    eventCountLimit: 'events',
    linkCountLimit: 'links',
    attributeValueLengthLimit: 'attributeLength',
    attributePerEventCountLimit: 'eventAttributes',
    attributePerLinkCountLimit: 'linkAttributes',
  } as const;
  return Object.fromEntries(
    Object.entries(names)
      .filter(([theirs]) => given[theirs as keyof SpanLimits] !== undefined)
      .map(([theirs, ours]) => [ours, given[theirs as keyof SpanLimits]]),
  );
}

interface SpanGiven {
  readonly context: Context;
  readonly spanContext: SpanContext;
  readonly parentSpanContext?: SpanContext;
  readonly name: string;
  readonly kind: SpanKind;
  readonly links?: Link[];
  readonly attributes?: SpanAttributes;
  readonly startTime?: TimeInput;
  readonly spanLimits?: SpanLimits | PrivateField;
  readonly spanProcessor?: SpanProcessor | PrivateField;
}

/**
 * The SDK's constructor is handed what its tracer would have decided: ids, flags, trace state, parent. Ours decides for itself, so the same
 * comes from an id generator and a sampler.
 */
export const SpanImpl = class SpanImpl {
  static [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof RecordingSpan;
  }

  constructor({ context, spanContext, parentSpanContext, name, spanLimits, spanProcessor, ...given }: SpanGiven) {
    const limits = spanLimits instanceof PrivateField ? spanLimits.provider.options.spanLimits : spanLimits;
    const processors =
      spanProcessor instanceof PrivateField ? (spanProcessor.provider.options.spanProcessors ?? []) : [spanProcessor];
    const provider = new TracerProvider({
      ...(limits && { spanLimits: limits }),
      spanProcessors: processors.filter((one) => one !== undefined),
      idGenerator: { generateTraceId: () => spanContext.traceId, generateSpanId: () => spanContext.spanId },
      sampler: samplerAnswering(spanContext),
    });
    const within = parentSpanContext === undefined ? context : trace.setSpanContext(context, parentSpanContext);
    const { kind, links, attributes, startTime } = given;
    const options = {
      kind,
      ...(links && { links }),
      ...(attributes && { attributes }),
      ...(startTime !== undefined && { startTime }),
    };
    // biome-ignore lint/correctness/noConstructorReturn: the span is ours, as it is
    return provider.startSpan(name, options, within);
  }
};

function samplerAnswering({ traceFlags, traceState }: SpanContext): Sampler {
  // SamplingDecision.RECORD and RECORD_AND_SAMPLED
  const decision = (traceFlags & TraceFlags.SAMPLED) === 0 ? 1 : 2;
  return { shouldSample: () => ({ decision, ...(traceState && { traceState }) }), toString: () => 'conformance' };
}

export { SpanTracer as Tracer };
