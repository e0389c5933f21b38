import {
  type Attributes,
  type Context,
  type Link,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { errorType } from '@telltale/core';
import type { UnitEnd, UnitStart } from './unit.ts';
import { functionNameOf } from './unit.ts';

/** The span of an invocation that is no operation of its own. */
export interface PlainSpan {
  readonly span: Span | undefined;
  /** In which it is the active one. */
  readonly context: Context;
  end(end: UnitEnd): void;
}

export function startPlainSpan(
  { home: { telemetry }, context }: UnitStart,
  parent: Context,
  {
    kind = SpanKind.SERVER,
    attributes = {},
    links = [],
  }: { kind?: SpanKind; attributes?: Attributes; links?: readonly Link[] },
): PlainSpan {
  const tracer = telemetry.tracerProvider.getTracer('@telltale/aws');
  const started = tracer.startSpan(functionNameOf(context), { kind, attributes, links: [...links] }, parent);
  const isRecorded = started.spanContext().traceId !== NO_TRACE;
  return {
    span: isRecorded ? started : undefined,
    context: isRecorded ? trace.setSpan(parent, started) : parent,
    end({ outcome, error }) {
      if (outcome !== 'completed') {
        started.setAttribute('error.type', errorType(error));
        started.recordException(asException(error));
        started.setStatus({ code: SpanStatusCode.ERROR, message: asException(error).message });
      }
      started.end();
    },
  };
}

/** When spans are off. */
const NO_TRACE = '0'.repeat(32);

/** Whatever was thrown. */
function asException(error: unknown): { readonly name: string; readonly message: string; readonly stack?: string } {
  try {
    if (error instanceof Error)
      return { name: error.name, message: error.message, ...(error.stack && { stack: error.stack }) };
    return { name: '_OTHER', message: String(error) };
  } catch {
    return { name: '_OTHER', message: 'what was thrown cannot be shown' };
  }
}
