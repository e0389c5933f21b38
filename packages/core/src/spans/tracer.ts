import {
  type Attributes,
  type Context,
  type ContextManager,
  createContextKey,
  isSpanContextValid,
  type Link,
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
import { adoptServerSpan } from './adopted-span.ts';
import { ContextWithSpan } from './context-with-span.ts';
import type { FinishedSpan } from './finished-span.ts';
import { flagOf, GivenSampler, NOT_RECORD, RECORD_AND_SAMPLED } from './given-sampler.ts';
import { GivenIds, type IdGenerator } from './id-generator.ts';
import { LocalTrace, NEVER_SENT } from './local-trace.ts';
import { NonRecordingSpan, SUPPRESSED_SPAN } from './non-recording-span.ts';
import type { ServerSpan, SpanStarter } from './operation-span.ts';
import { Sampler, type SpanSamplingOptions } from './sampler.ts';
import { RecordingSpan, type SpanHome, type SpanOrigin } from './span.ts';
import { cleanAttributes, type MutableAttributes } from './span-attributes.ts';
import { drawRandomness, newTraceId, RANDOM_TRACE_ID_FLAG, randomnessOf } from './span-ids.ts';
import { type SpanLimits, spanLimits } from './span-limits.ts';
import type { SpanProcessing } from './span-processing.ts';

export interface TracingOptions {
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  readonly contexts: ContextManager;
  readonly sampling?: SpanSamplingOptions;
  readonly limits?: Partial<SpanLimits>;
  readonly idGenerator?: IdGenerator;
  /** What looks on while spans are recorded. */
  readonly processing?: SpanProcessing;
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
  /** Missing where `sampler` decides. */
  readonly given: GivenSampler | undefined;
  readonly defaults: readonly (readonly [string, unknown])[];
  /** Missing where nobody looks on. */
  readonly processing: SpanProcessing | undefined;
  /** Nothing is recorded from here on. */
  isOver: boolean;
}

/** Makes the tracers of one telemetry. Throws `ERR_OPTION` for wrong sampling or limits. */
export class Tracing {
  private readonly parts: TracingParts;

  constructor(options: TracingOptions) {
    const { clock, diagnostics, contexts, sampling, limits, attributes, idGenerator, processing, onEnd } = options;
    this.parts = {
      clock,
      diagnostics,
      contexts,
      processing,
      onEnd,
      limits: spanLimits(limits),
      ids: idGenerator && new GivenIds(idGenerator, diagnostics),
      sampler: new Sampler(sampling),
      given: sampling?.sampler && new GivenSampler(sampling.sampler, diagnostics),
      defaults: Object.entries(attributes ?? {}),
      isOver: false,
    };
  }

  /** Whether spans are still recorded. */
  get isOver(): boolean {
    return this.parts.isOver;
  }

  /** From here on all tracers make spans that record nothing and carry their parent's trace on; those that have begun may end. */
  stop(): void {
    this.parts.isOver = true;
  }

  tracer(scope: InstrumentationScope, resource: Resource): SpanTracer {
    return new SpanTracer(this.parts, scope, resource);
  }
}

/** Starts spans of one scope and service. No method throws, whatever it is handed. */
export class SpanTracer implements Tracer, SpanStarter {
  private readonly parts: TracingParts;
  private readonly home: SpanHome;

  constructor(parts: TracingParts, scope: InstrumentationScope, resource: Resource) {
    const { clock, diagnostics, limits, ids, onEnd } = parts;
    this.parts = parts;
    this.home = { clock, diagnostics, limits, scope, resource, ids, onEnd };
  }

  /** Whether spans started now may be recorded: what `Tracer.Enabled` of the specification says. The API has no name for it yet. */
  enabled(): boolean {
    return !this.parts.isOver;
  }

  startSpan(name: string, options?: SpanOptions, context?: Context): RecordingSpan | NonRecordingSpan {
    const active = isContext(context) ? context : this.parts.contexts.active();
    const { kind, attributes, root, startTime, links } = options ?? NO_OPTIONS;
    const within = root === true ? trace.deleteSpan(active) : active;
    const title = typeof name === 'string' ? name : '';
    const known = knownKind(kind);
    if (this.parts.given !== undefined)
      return this.ask(this.parts.given, title, known, { ...attributes }, within, startTime, links);
    const origin = this.decide(within);
    if (origin instanceof NonRecordingSpan) return origin;
    const own = typeof attributes === 'object' ? { ...attributes } : {};
    return this.record(title, known, own, origin, within, startTime, links);
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

  start(
    name: string,
    kind: SpanKind,
    attributes: Attributes,
    parent: Context,
    links?: readonly Link[],
  ): RecordingSpan | NonRecordingSpan {
    if (this.parts.given !== undefined)
      return this.ask(this.parts.given, name, kind, attributes, parent, undefined, links);
    const origin = this.decide(parent);
    return origin instanceof NonRecordingSpan
      ? origin
      : this.record(name, kind, attributes, origin, parent, undefined, links);
  }

  serverSpan(active: Context): ServerSpan | undefined {
    return adoptServerSpan(active, this.home.diagnostics);
  }

  private record(
    name: string,
    kind: SpanKind,
    attributes: MutableAttributes,
    origin: SpanOrigin,
    parent: Context,
    startTime: TimeInput | undefined,
    links: readonly Link[] | undefined,
  ): RecordingSpan {
    const { home } = this;
    const { processing } = this.parts;
    this.addDefaults(attributes);
    const span =
      processing === undefined
        ? new RecordingSpan(home, name, kind, attributes, origin, startTime)
        : processing.create(home, name, kind, attributes, origin, startTime, parent);
    if (links !== undefined) span.addLinks(links);
    if (processing !== undefined) processing.started(span, parent);
    return span;
  }

  private addDefaults(attributes: MutableAttributes): void {
    for (const [key, value] of this.parts.defaults) attributes[key] ??= value;
  }

  /** Starts a span as someone's sampler says. */
  private ask(
    sampler: GivenSampler,
    name: string,
    kind: SpanKind,
    attributes: MutableAttributes,
    context: Context,
    startTime: TimeInput | undefined,
    links: readonly Link[] | undefined,
  ): RecordingSpan | NonRecordingSpan {
    if (context.getValue(SUPPRESS_TRACING) === true) return SUPPRESSED_SPAN;
    const parent = trace.getSpan(context);
    const parentContext = parent === undefined ? undefined : validContextOf(parent);
    if (this.parts.isOver) return passedOn(this.home, parentContext);
    this.addDefaults(attributes);
    const traceId = parentContext?.traceId ?? this.newTraceId();
    const { diagnostics } = this.home;
    // Limits come after the sampler, which may add to them.
    cleanAttributes(attributes, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, diagnostics);
    const cleaned = cleanLinks(links, diagnostics);
    const result = sampler.decide(context, traceId, name, kind, attributes as Attributes, cleaned);
    const traceState = result.traceState ?? parentContext?.traceState;
    const randomFlag = (parentContext?.traceFlags ?? 0) & RANDOM_TRACE_ID_FLAG;
    if (result.decision === NOT_RECORD) {
      const origin = { traceId, spanId: '', traceFlags: randomFlag | flagOf(result.decision) };
      return new NonRecordingSpan(this.home, traceState === undefined ? origin : { ...origin, traceState });
    }
    const origin: SpanOrigin = {
      traceId,
      traceState,
      randomFlag,
      parentSpanId: parentContext?.spanId,
      parentIsRemote: parentContext?.isRemote === true,
      parentStart: parent instanceof RecordingSpan ? parent.start : undefined,
      localTrace: result.decision === RECORD_AND_SAMPLED ? undefined : NEVER_SENT,
      isLocalRoot: false,
    };
    return this.record(name, kind, Object.assign(attributes, result.attributes), origin, context, startTime, cleaned);
  }

  private newTraceId(): string {
    const { ids } = this.home;
    return ids === undefined ? newTraceId(drawRandomness()) : ids.traceId();
  }

  /** Where the new span belongs, or, when nothing of it needs recording, that span. */
  private decide(context: Context): SpanOrigin | NonRecordingSpan {
    if (context.getValue(SUPPRESS_TRACING) === true) return SUPPRESSED_SPAN;
    const { keep } = this.parts.sampler;
    const parent = trace.getSpan(context);
    if (this.parts.isOver) return passedOn(this.home, parent && validContextOf(parent));
    if (parent instanceof RecordingSpan) return childOf(parent);
    // Its ids may not exist yet, and need not: the child asks for them if someone asks the child.
    if (parent instanceof NonRecordingSpan && parent !== SUPPRESSED_SPAN && keep === undefined)
      return new NonRecordingSpan(this.home, parent);
    const parentContext = parent === undefined ? undefined : validContextOf(parent);
    if (parentContext === undefined) return this.newTrace();
    const { traceId, spanId, traceFlags, traceState, isRemote } = parentContext;
    const sampled = (traceFlags & TraceFlags.SAMPLED) !== 0;
    if (!sampled && keep === undefined) return new NonRecordingSpan(this.home, parentContext);
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
    const { ids } = this.home;
    const given = ids?.traceId();
    const randomness = given === undefined ? drawRandomness() : randomnessOf(given);
    const sampled = sampler.samples(randomness);
    if (!sampled && keep === undefined) {
      const origin = given === undefined ? randomness : { traceId: given, spanId: '', traceFlags: TraceFlags.NONE };
      return new NonRecordingSpan(this.home, origin);
    }
    return {
      traceId: given ?? newTraceId(randomness),
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

/** The links as a sampler may see them: with attributes that a link can hold. What is no link is told of by the span. */
function cleanLinks(links: unknown, diagnostics: Diagnostics): readonly Link[] {
  if (!Array.isArray(links)) return [];
  return (links as readonly Link[]).map((link) => {
    if (typeof link?.attributes !== 'object' || link.attributes === null) return link;
    const attributes: MutableAttributes = { ...link.attributes };
    cleanAttributes(attributes, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, diagnostics);
    return { ...link, attributes: attributes as Attributes };
  });
}

/** What tracing that has ended gives: the parent's trace goes on through it, as if it were not there. */
function passedOn(home: SpanHome, parent: SpanContext | undefined): NonRecordingSpan {
  return parent === undefined ? SUPPRESSED_SPAN : new NonRecordingSpan(home, parent, parent);
}

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
