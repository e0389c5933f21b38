import {
  type Exception,
  type Span,
  type Attributes as SpanAttributes,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { messageOf, type Telemetry } from '@telltale/core';
import { type Ends, follow } from '../jobs/follow.ts';
import { errorTypeOf, isRefusal } from './error-type.ts';
import type { followSame } from './follow-same.ts';

const SCOPE = '@telltale/nest';
const ERROR_TYPE = 'error.type';

export interface MethodSpanOptions {
  /** How the end of a call is found. Default: as for what only Nest calls. */
  readonly follow?: typeof follow | typeof followSame;
  /** What there is to say of a call that has given a value. */
  returned?(span: Span, value: unknown): void;
}

/** The spans of the calls of one method. */
export class MethodSpan {
  readonly name: string;
  private readonly attributes: SpanAttributes;
  private readonly options: MethodSpanOptions;
  private telemetry: Telemetry | undefined;
  private tracer: Tracer | undefined;

  constructor(name: string, attributes: SpanAttributes, options: MethodSpanOptions = {}) {
    this.name = name;
    this.attributes = attributes;
    this.options = options;
    this.telemetry = undefined;
    this.tracer = undefined;
  }

  /** Runs a call as a part of what is under way here; where nothing is, or its trace is not kept, without a span. */
  runInside(telemetry: Telemetry, proceed: () => unknown): unknown {
    const parent = trace.getSpan(telemetry.activeContext());
    return parent?.isRecording() === true ? this.run(telemetry, proceed) : proceed();
  }

  /** Runs a call in a span, which ends when what the call returned has ended. A throw marks it as failed, unless it is a refusal. */
  run(telemetry: Telemetry, proceed: () => unknown, attributes = this.attributes): unknown {
    const parent = telemetry.activeContext();
    const span = this.tracerOf(telemetry).startSpan(this.name, { attributes }, parent);
    const context = trace.setSpan(parent, span);
    const within = <T>(work: () => T): T => telemetry.withContext(context, work);
    const { follow: followed = follow } = this.options;
    return followed(() => within(proceed), new SpanEnds(span, this.options), within);
  }

  /** An application has one telemetry. */
  private tracerOf(telemetry: Telemetry): Tracer {
    if (this.tracer === undefined || this.telemetry !== telemetry) {
      this.telemetry = telemetry;
      this.tracer = telemetry.tracerProvider.getTracer(SCOPE);
    }
    return this.tracer;
  }
}

class SpanEnds implements Ends {
  private readonly span: Span;
  private readonly options: MethodSpanOptions;
  private over: boolean;

  constructor(span: Span, options: MethodSpanOptions) {
    this.span = span;
    this.options = options;
    this.over = false;
  }

  completed(value?: unknown): void {
    if (!this.over) this.options.returned?.(this.span, value);
    this.end();
  }

  failed(error: unknown): void {
    if (!this.over) fail(this.span, error);
    this.end();
  }

  abandoned(): void {
    this.end();
  }

  private end(): void {
    if (this.over) return;
    this.over = true;
    this.span.end();
  }
}

/** A refusal is the client's, as it is on the request's span: what refused is seen, but nothing has failed. */
function fail(span: Span, error: unknown): void {
  span.recordException(error as Exception);
  if (isRefusal(error)) return;
  span.setAttribute(ERROR_TYPE, errorTypeOf(error));
  span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(error) });
}
