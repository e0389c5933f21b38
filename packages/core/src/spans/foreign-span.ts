import {
  type Attributes,
  type AttributeValue,
  type Context,
  type Exception,
  type Link,
  type Span,
  type SpanContext,
  type SpanStatus,
  SpanStatusCode,
  type TimeInput,
  TraceFlags,
} from '@opentelemetry/api';
import type { Diagnostics } from '../diagnostics.ts';
import { messageOf } from '../errors.ts';
import type { Resource } from '../resource.ts';
import { ContextWithSpan } from './context-with-span.ts';
import { describeException, ERROR_TYPE, ERROR_TYPE_OTHER, type ExceptionDescription } from './exception.ts';
import type { OperationSpan, SpanReference } from './operation-span.ts';
import { withService } from './service-in-context.ts';
import { RecordingSpan } from './span.ts';

const INVALID: SpanContext = Object.freeze({
  traceId: '00000000000000000000000000000000',
  spanId: '0000000000000000',
  traceFlags: TraceFlags.NONE,
});

/**
 * A span that someone else made, in the hands of an operation. Whatever it throws is told once and goes no further. In contexts, and in the
 * hands of the service, it is the other's own, so that the other finds what it knows.
 */
export class ForeignSpan implements OperationSpan {
  readonly inContext: Span;
  protected readonly diagnostics: Diagnostics;

  /** Where it is not the telemetry's own. */
  private readonly service: Resource | undefined;

  constructor(span: Span, diagnostics: Diagnostics, service?: Resource) {
    this.inContext = span;
    this.diagnostics = diagnostics;
    this.service = service;
  }

  within(parent: Context): Context {
    return new ContextWithSpan(withService(parent, this.service), this.inContext);
  }

  exemplar(): SpanReference | undefined {
    return exemplarOf(this.inContext);
  }

  spanContext(): SpanContext {
    return this.attempt((span) => span.spanContext()) ?? INVALID;
  }

  isRecording(): boolean {
    return this.attempt((span) => span.isRecording()) === true;
  }

  setAttribute(key: string, value: AttributeValue): this {
    this.attempt((span) => span.setAttribute(key, value));
    return this;
  }

  setAttributes(attributes: Attributes): this {
    this.attempt((span) => span.setAttributes(attributes));
    return this;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    this.attempt((span) => span.addEvent(name, attributesOrTime, time));
    return this;
  }

  addLink(link: Link): this {
    this.attempt((span) => span.addLink(link));
    return this;
  }

  addLinks(links: Link[]): this {
    this.attempt((span) => span.addLinks(links));
    return this;
  }

  setStatus(status: SpanStatus): this {
    this.attempt((span) => span.setStatus(status));
    return this;
  }

  updateName(name: string): this {
    this.attempt((span) => span.updateName(name));
    return this;
  }

  recordException(exception: Exception, time?: TimeInput): void {
    this.attempt((span) => span.recordException(exception, time));
  }

  fail(error: unknown, type?: string): void {
    this.attempt((span) => {
      if (!span.isRecording()) return;
      const exception = describeException(error);
      const described = exceptionOf(exception);
      if (described !== undefined) span.recordException(described);
      span.setAttribute(ERROR_TYPE, type ?? exception.type ?? ERROR_TYPE_OTHER);
      span.setStatus({
        code: SpanStatusCode.ERROR,
        ...(exception.message === undefined ? {} : { message: exception.message }),
      });
    });
  }

  end(endTime?: TimeInput): void {
    this.attempt((span) => span.end(endTime));
  }

  /** By its own SDK's clock, as its start was. */
  endAt(_monotonic: number): void {
    this.end();
  }

  protected attempt<T>(work: (span: Span) => T): T | undefined {
    try {
      return work(this.inContext);
    } catch (error) {
      foreignProblem(this.diagnostics, error);
      return undefined;
    }
  }
}

/** Tells once what a tracer or span that is not ours has thrown. */
export function foreignProblem(diagnostics: Diagnostics, error: unknown): void {
  diagnostics.problem(
    'ERR_ADAPTER',
    'foreign span',
    () => `The tracer provider that Telltale makes its spans with threw: ${messageOf(error)}. The service went on.`,
  );
}

/** A span as the example of a measurement: one of ours that is certain to be exported, one of others that is recorded and sampled. */
function exemplarOf(span: Span | undefined): SpanReference | undefined {
  if (span === undefined) return undefined;
  if (span instanceof RecordingSpan) return span.exemplar();
  try {
    const { traceId, spanId, traceFlags } = span.spanContext();
    return (traceFlags & TraceFlags.SAMPLED) !== 0 && span.isRecording() ? { traceId, spanId } : undefined;
  } catch {
    return undefined;
  }
}

/** As our own spans record it: the type that we gave it, where the SDK would take its code first. */
function exceptionOf({ type, message, stack }: ExceptionDescription): Exception | undefined {
  const more = { ...(message !== undefined && { message }), ...(stack !== undefined && { stack }) };
  if (type !== undefined) return { name: type, ...more };
  return message === undefined ? undefined : { ...more, message };
}
