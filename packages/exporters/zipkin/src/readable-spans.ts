import type { HrTime } from '@opentelemetry/api';
import type { ZipkinExporter } from '@opentelemetry/exporter-zipkin';
import { type FinishedSpan, readableSpan } from '@telltale/core';

/** What OpenTelemetry's exporter takes. */
export type ReadableSpans = Parameters<ZipkinExporter['export']>[0];

/** Of a trace id, the half that backends of 64 bits know. */
const LOW_DIGITS = 16;
/** Zipkin takes 0 for "not known". */
const LEAST_DURATION: HrTime = [0, 1000];

/** Spans in the words of OpenTelemetry's SDK, as far as they differ from core's for Zipkin's sake. */
export function readableSpans(spans: readonly FinishedSpan[], traceIdBits: 64 | 128): ReadableSpans {
  return spans.map((span) => readable(span, traceIdBits)) as unknown as ReadableSpans;
}

function readable(span: FinishedSpan, traceIdBits: 64 | 128): object {
  const whole = readableSpan(span);
  const traceId = traceIdBits === 64 ? span.traceId.slice(-LOW_DIGITS) : span.traceId;
  const context = { ...whole.spanContext(), traceId };
  const [seconds, nanoseconds] = whole.duration;
  return {
    ...whole,
    spanContext: () => context,
    ...(whole.parentSpanContext && { parentSpanContext: { ...whole.parentSpanContext, traceId } }),
    duration: seconds === 0 && nanoseconds === 0 ? LEAST_DURATION : whole.duration,
    attributes: defined(span.attributes),
    // It counts as dropped what Zipkin cannot have, too.
    droppedLinksCount: span.dropped.links + span.links.length,
  };
}

/** Without keys that have no value: the exporter would make `undefined` a text. */
function defined(attributes: FinishedSpan['attributes']): object {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined && value !== null));
}
