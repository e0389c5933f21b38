import { INVALID_SPAN_CONTEXT, type Span, type SpanContext, TraceFlags } from '@opentelemetry/api';
import type { Resource } from '../resource.ts';
import type { SpanReference } from './span.ts';
import { newSpanId, newTraceId, RANDOM_TRACE_ID_FLAG } from './span-ids.ts';

/** Where a span that is not recorded comes from: the randomness its trace was decided on, or its parent. */
type NonRecordingOrigin = number | SpanContext | NonRecordingSpan;

/** A span that is not sampled: it carries the trace on, and forgets all else. Its ids are made when someone first asks for them. */
export class NonRecordingSpan implements Span {
  /** The service it is part of. */
  readonly resource: Resource | undefined;
  private origin: NonRecordingOrigin;
  private context: SpanContext | undefined;

  constructor(resource: Resource | undefined, origin: NonRecordingOrigin, context?: SpanContext) {
    this.resource = resource;
    this.origin = origin;
    this.context = context;
  }

  get traceId(): string {
    return this.spanContext().traceId;
  }

  get spanId(): string {
    return this.spanContext().spanId;
  }

  spanContext(): SpanContext {
    if (this.context === undefined) {
      this.context = contextFrom(this.origin);
      this.origin = this.context; // lets go of the parent
    }
    return this.context;
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

function contextFrom(origin: NonRecordingOrigin): SpanContext {
  const spanId = newSpanId();
  if (typeof origin === 'number') return { traceId: newTraceId(origin), spanId, traceFlags: TraceFlags.NONE };
  const parent = origin instanceof NonRecordingSpan ? origin.spanContext() : origin;
  const { traceId, traceState } = parent;
  const traceFlags = parent.traceFlags & RANDOM_TRACE_ID_FLAG;
  return traceState === undefined ? { traceId, spanId, traceFlags } : { traceId, spanId, traceFlags, traceState };
}
