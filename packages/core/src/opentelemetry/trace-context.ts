import {
  type Context,
  type SpanContext,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api';
import type * as OpenTelemetryCore from '@opentelemetry/core';
import { RANDOM_TRACE_ID_FLAG } from '../spans/span-ids.ts';
import { withoutWhitespace } from './optional-whitespace.ts';
import { parseTraceState } from './trace-state.ts';

const TRACEPARENT = 'traceparent';
const TRACESTATE = 'tracestate';
/** Sampled and random; whoever knows no others sets them to zero. */
const KNOWN_FLAGS = 0x01 | RANDOM_TRACE_ID_FLAG;
/** `00-` + 32 + `-` + 16 + `-` + 2: all of version 00, and what higher versions begin with. */
const LENGTH = 55;

/**
 * W3C trace context, level 2: OpenTelemetry's own propagator, and in front of it the rules on which it fails the specification's published
 * cases (w3c/trace-context, test/test.py). What is malformed is ignored: the trace begins anew.
 */
export class TraceContextPropagator implements TextMapPropagator {
  private readonly core: typeof OpenTelemetryCore;
  private readonly writer: TextMapPropagator;

  constructor(core: typeof OpenTelemetryCore) {
    this.core = core;
    this.writer = new core.W3CTraceContextPropagator();
  }

  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    const span = trace.getSpanContext(context);
    if (span === undefined) return;
    const { traceId, spanId, traceFlags, traceState } = span;
    const state = traceState?.serialize();
    if ((traceFlags & ~KNOWN_FLAGS) === 0 && state !== '') {
      this.writer.inject(context, carrier, setter);
      return;
    }
    // OpenTelemetry writes flags above 15 with three digits, and a trace state without members as an empty header.
    const mended: SpanContext = { traceId, spanId, traceFlags: traceFlags & KNOWN_FLAGS };
    if (traceState !== undefined && state !== '') mended.traceState = traceState;
    this.writer.inject(trace.setSpanContext(context, mended), carrier, setter);
  }

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const header = onlyOne(getter.get(carrier, TRACEPARENT));
    const span = header === undefined ? null : this.core.parseTraceParent(header);
    if (span === null) return context;
    span.traceFlags &= KNOWN_FLAGS;
    span.isRemote = true;
    const traceState = parseTraceState(getter.get(carrier, TRACESTATE));
    if (traceState !== undefined) span.traceState = traceState;
    return trace.setSpanContext(context, span);
  }

  fields(): string[] {
    return this.writer.fields();
  }
}

/**
 * The header, if it was sent once. OpenTelemetry takes the first of several, and, when node:http has joined them to `a, b`, the first of a
 * higher version, whose end nobody knows; and it takes one blank of any kind for whitespace, not spaces and tabs.
 */
function onlyOne(given: unknown): string | undefined {
  const header = Array.isArray(given) && given.length === 1 ? given[0] : given;
  if (typeof header !== 'string' || header.includes(',')) return undefined;
  const text = withoutWhitespace(header);
  return text.length === LENGTH || text[LENGTH] === '-' ? text : undefined;
}
