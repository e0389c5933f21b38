import type { FinishedSpan } from '@telltale/core';
import { jsonAttributes, jsonRequest, jsonTime, wellFormed } from './json-request.ts';
import type { OtlpShape } from './otlp-options.ts';
import { STATUS_CODE, spanFlags, spanKind } from './wire-enums.ts';

const LEVELS = { perResource: 'resourceSpans', perScope: 'scopeSpans', items: 'spans' } as const;

/** An `ExportTraceServiceRequest` in JSON: what `encodeTraces` writes in protobuf. */
export function jsonTraces(spans: readonly FinishedSpan[], shape: OtlpShape = {}): string {
  const spell = shape.attributes ?? ((attributes) => attributes);
  return jsonRequest(spans, shape, LEVELS, (span) => jsonSpan(span, spell));
}

type Spell = NonNullable<OtlpShape['attributes']>;

function jsonSpan(span: FinishedSpan, spell: Spell): object {
  const { dropped, events, links, parentSpanId, status, statusMessage = '', traceState = '' } = span;
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(traceState !== '' && { traceState: wellFormed(traceState) }),
    ...(parentSpanId !== undefined && { parentSpanId }),
    name: wellFormed(span.name),
    kind: spanKind(span),
    startTimeUnixNano: jsonTime(span.startTime),
    endTimeUnixNano: jsonTime(span.endTime),
    attributes: jsonAttributes(spell(span.attributes)),
    ...(dropped.attributes > 0 && { droppedAttributesCount: dropped.attributes }),
    ...(events.length > 0 && {
      events: events.map(({ name, time, attributes, dropped: droppedAttributesCount }) => ({
        timeUnixNano: jsonTime(time),
        name: wellFormed(name),
        attributes: jsonAttributes(spell(attributes)),
        ...(droppedAttributesCount !== undefined && { droppedAttributesCount }),
      })),
    }),
    ...(dropped.events > 0 && { droppedEventsCount: dropped.events }),
    ...(links.length > 0 && { links: links.map((link) => jsonLink(link, spell)) }),
    ...(dropped.links > 0 && { droppedLinksCount: dropped.links }),
    ...(status !== 'unset' && {
      status: { ...(statusMessage !== '' && { message: wellFormed(statusMessage) }), code: STATUS_CODE[status] },
    }),
    flags: spanFlags(span.traceFlags, span.parentIsRemote),
  };
}

function jsonLink(link: FinishedSpan['links'][number], spell: Spell): object {
  const { context, attributes = {}, droppedAttributesCount = 0 } = link;
  const traceState = context.traceState?.serialize?.() ?? '';
  return {
    traceId: context.traceId,
    spanId: context.spanId,
    ...(traceState !== '' && { traceState: wellFormed(traceState) }),
    attributes: jsonAttributes(spell(attributes)),
    ...(droppedAttributesCount > 0 && { droppedAttributesCount }),
    flags: spanFlags(context.traceFlags, context.isRemote),
  };
}
