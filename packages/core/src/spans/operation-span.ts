import type { Attributes, Context, Link, Span, SpanKind, SpanOptions } from '@opentelemetry/api';

/** What an exemplar needs of the span it was measured in. */
export interface SpanReference {
  readonly traceId: string;
  readonly spanId: string;
}

/** A span as operations use it: one of ours, or one that another SDK makes. No method throws. */
export interface OperationSpan extends Span {
  /** The span that contexts hold and user code gets: itself, or that of the other SDK. */
  readonly inContext: Span;
  /** The context with this span as the active one. */
  within(parent: Context): Context;
  /** This span as the example of a measurement; `undefined` unless it is certain that the span reaches the exporters once it ends. */
  exemplar(): SpanReference | undefined;
  /** Marks the span as failed by what was thrown: an exception event, status error, and `error.type` (the error's code or name unless given). */
  fail(error: unknown, type?: string): void;
  /** Ends the span at what the monotonic clock has just given the caller. */
  endAt(monotonic: number): void;
}

/** A span that someone else has made for a request, and ends. */
export interface ServerSpan extends OperationSpan {
  /** Sets what the span does not have yet. */
  addMissing(attributes: Attributes): void;
}

/** Starts the spans of operations. No method throws. */
export interface SpanStarter {
  /** `attributes` is a fresh object that the span may own; its values may be a caller's. */
  start(
    name: string,
    kind: SpanKind,
    attributes: Attributes,
    parent: Context,
    links?: readonly Link[] | undefined,
  ): OperationSpan;
  /** The same with OpenTelemetry's options. */
  startSpan(name: string, options: SpanOptions | undefined, parent: Context): OperationSpan;
  /** The span that someone else, such as OpenTelemetry's instrumentation of node:http, made for the request that is active here. */
  serverSpan(active: Context): ServerSpan | undefined;
}
