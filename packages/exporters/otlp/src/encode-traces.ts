import type { FinishedSpan } from '@telltale/core';
import type { ProtobufWriter } from '@telltale/exporter-kit';
import { encodeAttributes } from './encode-attributes.ts';
import { encodeRequest } from './encode-request.ts';
import { LINK, SPAN, SPAN_EVENT, STATUS } from './fields.ts';
import type { OtlpShape } from './otlp-options.ts';
import { STATUS_CODE, spanFlags, spanKind } from './wire-enums.ts';

/** An `ExportTraceServiceRequest` in protobuf. */
export function encodeTraces(spans: readonly FinishedSpan[], shape: OtlpShape = {}): Uint8Array {
  const spell = shape.attributes ?? ((attributes) => attributes);
  return encodeRequest(spans, shape, (writer, field, span) => encodeSpan(writer, field, span, spell));
}

type Spell = NonNullable<OtlpShape['attributes']>;

function encodeSpan(writer: ProtobufWriter, field: number, span: FinishedSpan, spell: Spell): void {
  const { dropped, parentSpanId, traceState, status, statusMessage } = span;
  const message = writer.begin(field);
  writer.hex(SPAN.traceId, span.traceId);
  writer.hex(SPAN.spanId, span.spanId);
  if (traceState !== undefined && traceState !== '') writer.string(SPAN.traceState, traceState);
  if (parentSpanId !== undefined) writer.hex(SPAN.parentSpanId, parentSpanId);
  writer.string(SPAN.name, span.name);
  writer.uint(SPAN.kind, spanKind(span));
  writer.time(SPAN.startTime, span.startTime);
  writer.time(SPAN.endTime, span.endTime);
  encodeAttributes(writer, SPAN.attributes, spell(span.attributes));
  if (dropped.attributes > 0) writer.uint(SPAN.droppedAttributes, dropped.attributes);
  for (const event of span.events) {
    const inner = writer.begin(SPAN.events);
    writer.time(SPAN_EVENT.time, event.time);
    writer.string(SPAN_EVENT.name, event.name);
    encodeAttributes(writer, SPAN_EVENT.attributes, spell(event.attributes));
    if (event.dropped !== undefined) writer.uint(SPAN_EVENT.droppedAttributes, event.dropped);
    writer.end(inner);
  }
  if (dropped.events > 0) writer.uint(SPAN.droppedEvents, dropped.events);
  for (const link of span.links) encodeLink(writer, link, spell);
  if (dropped.links > 0) writer.uint(SPAN.droppedLinks, dropped.links);
  if (status !== 'unset') {
    const inner = writer.begin(SPAN.status);
    if (statusMessage !== undefined && statusMessage !== '') writer.string(STATUS.message, statusMessage);
    writer.uint(STATUS.code, STATUS_CODE[status]);
    writer.end(inner);
  }
  writer.fixed32(SPAN.flags, spanFlags(span.traceFlags, span.parentIsRemote));
  writer.end(message);
}

function encodeLink(writer: ProtobufWriter, link: FinishedSpan['links'][number], spell: Spell): void {
  const { context, attributes = {}, droppedAttributesCount = 0 } = link;
  const traceState = context.traceState?.serialize?.() ?? '';
  const message = writer.begin(SPAN.links);
  writer.hex(LINK.traceId, context.traceId);
  writer.hex(LINK.spanId, context.spanId);
  if (traceState !== '') writer.string(LINK.traceState, traceState);
  encodeAttributes(writer, LINK.attributes, spell(attributes));
  if (droppedAttributesCount > 0) writer.uint(LINK.droppedAttributes, droppedAttributesCount);
  writer.fixed32(LINK.flags, spanFlags(context.traceFlags, context.isRemote));
  writer.end(message);
}
