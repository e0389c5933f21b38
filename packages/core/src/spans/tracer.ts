import {
  type Attributes,
  type Context,
  type ContextManager,
  createContextKey,
  isSpanContextValid,
  type Span,
  type SpanContext,
  SpanKind,
  type SpanOptions,
  type TimeInput,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { SeriesAttributes } from '../attributes.ts';
import type { Clock } from '../clock.ts';
import type { Diagnostics } from '../diagnostics.ts';
import type { InstrumentationScope, Resource } from '../resource.ts';
import { ContextWithSpan } from './context-with-span.ts';
import type { FinishedSpan } from './finished-span.ts';
import { LocalTrace } from './local-trace.ts';
import { NonRecordingSpan, SUPPRESSED_SPAN } from './non-recording-span.ts';
import { Sampler, type SamplingOptions } from './sampler.ts';
import { RecordingSpan, type SpanHome, type SpanOrigin } from './span.ts';
import type { MutableAttributes } from './span-attributes.ts';
import { drawRandomness, newTraceId, RANDOM_TRACE_ID_FLAG } from './span-ids.ts';
import { type SpanLimits, spanLimits } from './span-limits.ts';

export interface TracingOptions {
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  readonly contexts: ContextManager;
  readonly sampling?: SamplingOptions;
  readonly limits?: Partial<SpanLimits>;
  /** Put on each recorded span; the span's own win. */
  readonly attributes?: SeriesAttributes;
  /** Called once with each span that is to be exported, when that is certain. Must not throw. */
  readonly onEnd: (span: FinishedSpan) => void;
}

/** The key under which `suppressTracing` of @opentelemetry/core marks a context; keys are symbols of their description, so no import is needed. */
export const SUPPRESS_TRACING = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/** What the tracers of one telemetry share. */
interface TracingParts extends Omit<SpanHome, 'scope' | 'resource'> {
  readonly contexts: ContextManager;
  readonly sampler: Sampler;
  readonly defaults: readonly (readonly [string, unknown])[];
}

/** Makes the tracers of one telemetry. Throws `ERR_OPTION` for wrong sampling or limits. */
export class Tracing {
  private readonly parts: TracingParts;

  constructor({ clock, diagnostics, contexts, sampling, limits, attributes, onEnd }: TracingOptions) {
    this.parts = {
      clock,
      diagnostics,
      contexts,
      onEnd,
      limits: spanLimits(limits),
      sampler: new Sampler(sampling),
      defaults: Object.entries(attributes ?? {}),
    };
  }

  tracer(scope: InstrumentationScope, resource: Resource): SpanTracer {
    return new SpanTracer(this.parts, scope, resource);
  }
}

/** Starts spans of one scope and service. No method throws, whatever it is handed. */
export class SpanTracer implements Tracer {
  private readonly parts: TracingParts;
  private readonly home: SpanHome;

  constructor(parts: TracingParts, scope: InstrumentationScope, resource: Resource) {
    const { clock, diagnostics, limits, onEnd } = parts;
    this.parts = parts;
    this.home = { clock, diagnostics, limits, scope, resource, onEnd };
  }

  startSpan(name: string, options?: SpanOptions, context?: Context): RecordingSpan | NonRecordingSpan {
    const within = isContext(context) ? context : this.parts.contexts.active();
    const { kind, attributes, root, startTime, links } = options ?? NO_OPTIONS;
    const origin = this.decide(within, root === true);
    if (origin instanceof NonRecordingSpan) return origin;
    const own = typeof attributes === 'object' ? { ...attributes } : {};
    const span = this.record(typeof name === 'string' ? name : '', knownKind(kind), own, origin, startTime);
    if (links !== undefined) span.addLinks(links);
    return span;
  }

  startActiveSpan<F extends (span: Span) => unknown>(name: string, fn: F): ReturnType<F>;
  startActiveSpan<F extends (span: Span) => unknown>(name: string, options: SpanOptions, fn: F): ReturnType<F>;
  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    options: SpanOptions,
    context: Context,
    fn: F,
  ): ReturnType<F>;
  startActiveSpan(name: string, ...rest: readonly unknown[]): unknown {
    const fn = rest.at(-1);
    if (typeof fn !== 'function') return undefined;
    const [options, context] = rest.slice(0, -1) as [SpanOptions?, Context?];
    const { contexts } = this.parts;
    const parent = isContext(context) ? context : contexts.active();
    const span = this.startSpan(name, options, parent);
    return contexts.with(new ContextWithSpan(parent, span), fn as (span: Span) => unknown, undefined, span);
  }

  /** The short way for operations. `attributes` is a fresh object that the span may own; its values may be a caller's. */
  start(name: string, kind: SpanKind, attributes: Attributes, parent: Context): RecordingSpan | NonRecordingSpan {
    const origin = this.decide(parent, false);
    return origin instanceof NonRecordingSpan ? origin : this.record(name, kind, attributes, origin, undefined);
  }

  private record(
    name: string,
    kind: SpanKind,
    attributes: MutableAttributes,
    origin: SpanOrigin,
    startTime: TimeInput | undefined,
  ): RecordingSpan {
    for (const [key, value] of this.parts.defaults) attributes[key] ??= value;
    return new RecordingSpan(this.home, name, kind, attributes, origin, startTime);
  }

  /** Where the new span belongs, or, when nothing of it needs recording, that span. */
  private decide(context: Context, root: boolean): SpanOrigin | NonRecordingSpan {
    if (context.getValue(SUPPRESS_TRACING) === true) return SUPPRESSED_SPAN;
    const { keep } = this.parts.sampler;
    const parent = root ? undefined : trace.getSpan(context);
    if (parent instanceof RecordingSpan) return childOf(parent);
    // Its ids may not exist yet, and need not: the child asks for them if someone asks the child.
    if (parent instanceof NonRecordingSpan && parent !== SUPPRESSED_SPAN && keep === undefined)
      return new NonRecordingSpan(this.home.resource, parent);
    const parentContext = parent === undefined ? undefined : validContextOf(parent);
    if (parentContext === undefined) return this.newTrace();
    const { traceId, spanId, traceFlags, traceState, isRemote } = parentContext;
    const sampled = (traceFlags & TraceFlags.SAMPLED) !== 0;
    if (!sampled && keep === undefined) return new NonRecordingSpan(this.home.resource, parentContext);
    return {
      traceId,
      traceState,
      randomFlag: traceFlags & RANDOM_TRACE_ID_FLAG,
      parentSpanId: spanId,
      parentIsRemote: isRemote === true,
      parentStart: undefined,
      localTrace: sampled || keep === undefined ? undefined : new LocalTrace(keep, this.home.diagnostics),
      isLocalRoot: true,
    };
  }

  private newTrace(): SpanOrigin | NonRecordingSpan {
    const { sampler } = this.parts;
    const { keep } = sampler;
    const randomness = drawRandomness();
    const sampled = sampler.samples(randomness);
    if (!sampled && keep === undefined) return new NonRecordingSpan(this.home.resource, randomness);
    return {
      traceId: newTraceId(randomness),
      traceState: undefined,
      randomFlag: 0,
      parentSpanId: undefined,
      parentIsRemote: false,
      parentStart: undefined,
      localTrace: sampled || keep === undefined ? undefined : new LocalTrace(keep, this.home.diagnostics),
      isLocalRoot: true,
    };
  }
}

const NO_OPTIONS: SpanOptions = {};

function childOf(parent: RecordingSpan): SpanOrigin {
  const { traceState, randomFlag, localTrace } = parent.origin;
  return {
    traceId: parent.traceId,
    traceState,
    randomFlag,
    parentSpanId: parent.spanId,
    parentIsRemote: false,
    parentStart: parent.start,
    localTrace,
    isLocalRoot: false,
  };
}

/** The context of someone else's span, if it is part of a trace. */
function validContextOf(parent: Span): SpanContext | undefined {
  try {
    const context = parent.spanContext();
    return isSpanContextValid(context) ? context : undefined;
  } catch {
    return undefined;
  }
}

function knownKind(kind: SpanKind | undefined): SpanKind {
  return typeof kind === 'number' && SpanKind[kind] !== undefined ? kind : SpanKind.INTERNAL;
}

function isContext(value: unknown): value is Context {
  return typeof (value as Partial<Context> | null | undefined)?.getValue === 'function';
}
