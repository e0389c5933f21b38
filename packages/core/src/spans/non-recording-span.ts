import { type Context, INVALID_SPAN_CONTEXT, type SpanContext, TraceFlags } from '@opentelemetry/api';
import type { Resource } from '../resource.ts';
import { ContextWithSpan } from './context-with-span.ts';
import type { OperationSpan, SpanReference } from './operation-span.ts';
import type { SpanHome } from './span.ts';
import { newSpanId, newTraceId, RANDOM_TRACE_ID_FLAG } from './span-ids.ts';

/** Where a span that is not recorded comes from: the randomness its trace was decided on, or its parent. */
type NonRecordingOrigin = number | SpanContext | NonRecordingSpan;

/** A span that is not sampled: it carries the trace on, and forgets all else. Its ids are made when someone first asks for them. */
export class NonRecordingSpan implements OperationSpan {
  private readonly home: SpanHome | undefined;
  private origin: NonRecordingOrigin;
  private context: SpanContext | undefined;

  /** `context`: that of the span, where it is known already. */
  constructor(home: SpanHome | undefined, origin: NonRecordingOrigin, context?: SpanContext) {
    this.home = home;
    this.origin = origin;
    this.context = context;
  }

  /** The service it is part of. */
  get service(): Resource | undefined {
    return this.home?.resource;
  }

  get inContext(): this {
    return this;
  }

  get traceId(): string {
    return this.spanContext().traceId;
  }

  get spanId(): string {
    return this.spanContext().spanId;
  }

  spanContext(): SpanContext {
    if (this.context === undefined) {
      this.context = contextFrom(this.origin, this.home);
      this.origin = this.context; // lets go of the parent
    }
    return this.context;
  }

  within(parent: Context): Context {
    return new ContextWithSpan(parent, this);
  }

  isRecording(): boolean {
    return false;
  }

  exemplar(): SpanReference | undefined {
    return undefined;
  }

  setAttribute(): this {
    return this;
  }

  setAttributes(): this {
    return this;
  }

  addEvent(): this {
    return this;
  }

  addLink(): this {
    return this;
  }

  addLinks(): this {
    return this;
  }

  setStatus(): this {
    return this;
  }

  updateName(): this {
    return this;
  }

  recordException(): void {}

  fail(_error: unknown, _type?: string): void {}

  end(): void {}

  endAt(_monotonic: number): void {}
}

/** What tracing gives where it is suppressed: no part of any trace. */
export const SUPPRESSED_SPAN = new NonRecordingSpan(undefined, INVALID_SPAN_CONTEXT, INVALID_SPAN_CONTEXT);

function contextFrom(origin: NonRecordingOrigin, home: SpanHome | undefined): SpanContext {
  const spanId = home?.ids === undefined ? newSpanId() : home.ids.spanId();
  if (typeof origin === 'number') return { traceId: newTraceId(origin), spanId, traceFlags: TraceFlags.NONE };
  const parent = origin instanceof NonRecordingSpan ? origin.spanContext() : origin;
  const { traceId, traceState } = parent;
  const traceFlags = parent.traceFlags & RANDOM_TRACE_ID_FLAG;
  return traceState === undefined ? { traceId, spanId, traceFlags } : { traceId, spanId, traceFlags, traceState };
}
