import type { ZipkinExporter } from '@opentelemetry/exporter-zipkin';
import type { FinishedSpan } from '@telltale/core';

/** What OpenTelemetry's exporter takes. */
export type ReadableSpans = Parameters<ZipkinExporter['export']>[0];

type HrTime = [number, number];

const STATUS = { unset: 0, ok: 1, error: 2 } as const satisfies Record<FinishedSpan['status'], number>;
/** Of a trace id, the half that backends of 64 bits know. */
const LOW_DIGITS = 16;

/** Spans in the shape of OpenTelemetry's SDK, of which there is no need otherwise: only what the exporter reads. */
export function readableSpans(spans: readonly FinishedSpan[], traceIdBits: 64 | 128): ReadableSpans {
  return spans.map((span) => readable(span, traceIdBits)) as unknown as ReadableSpans;
}

function readable(span: FinishedSpan, traceIdBits: 64 | 128): object {
  const { parentSpanId, parentIsRemote, resource, spanId, traceFlags } = span;
  const traceId = traceIdBits === 64 ? span.traceId.slice(-LOW_DIGITS) : span.traceId;
  const start = microsOf(span.startTime);
  // Zipkin takes 0 for "not known".
  const duration = Math.max(1, microsOf(span.endTime) - start);
  return {
    name: span.name,
    kind: span.kind,
    spanContext: () => ({ traceId, spanId, traceFlags }),
    ...(parentSpanId !== undefined && {
      parentSpanContext: { traceId, spanId: parentSpanId, traceFlags, isRemote: parentIsRemote },
    }),
    startTime: hrTime(start),
    endTime: hrTime(start + duration),
    duration: hrTime(duration),
    status: {
      code: STATUS[span.status],
      ...(span.statusMessage !== undefined && { message: span.statusMessage }),
    },
    attributes: defined(span.attributes),
    events: span.events.map(({ name, time, attributes }) => ({ name, time: hrTime(microsOf(time)), attributes })),
    links: span.links,
    ended: true,
    resource: { attributes: resource.attributes },
    instrumentationScope: span.scope,
    droppedAttributesCount: span.dropped.attributes,
    droppedEventsCount: span.dropped.events,
    // It counts as dropped what Zipkin cannot have, too.
    droppedLinksCount: span.dropped.links + span.links.length,
  };
}

/** Without keys that have no value: the exporter would make `undefined` a text. */
function defined(attributes: FinishedSpan['attributes']): object {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined && value !== null));
}

function microsOf(seconds: number): number {
  return Math.round(seconds * 1e6);
}

function hrTime(micros: number): HrTime {
  return [Math.floor(micros / 1e6), (micros % 1e6) * 1000];
}
