import type { OperationEvent } from '@telltale/core';
import type { ProtobufWriter } from '@telltale/exporter-kit';
import { encodeAttributes, encodeValue } from './encode-attributes.ts';
import { encodeRequest } from './encode-request.ts';
import { LOG_RECORD } from './fields.ts';
import { logRecordOf } from './log-record.ts';
import type { OtlpShape } from './otlp-options.ts';

/** An `ExportLogsServiceRequest` in protobuf: each event is a log record with an event name. */
export function encodeLogs(events: readonly OperationEvent[], shape: OtlpShape = {}): Uint8Array {
  return encodeRequest(events, shape, (writer, field, event) => encodeRecord(writer, field, event, shape));
}

function encodeRecord(
  writer: ProtobufWriter,
  field: number,
  event: OperationEvent,
  { attributes: spell }: OtlpShape,
): void {
  const { eventName, severityNumber, severityText, body, attributes } = logRecordOf(event);
  const message = writer.begin(field);
  writer.time(LOG_RECORD.time, event.time);
  writer.uint(LOG_RECORD.severityNumber, severityNumber);
  writer.string(LOG_RECORD.severityText, severityText);
  encodeValue(writer, LOG_RECORD.body, body);
  encodeAttributes(writer, LOG_RECORD.attributes, spell?.(attributes) ?? attributes);
  if (event.traceId !== undefined) writer.hex(LOG_RECORD.traceId, event.traceId);
  if (event.spanId !== undefined) writer.hex(LOG_RECORD.spanId, event.spanId);
  writer.time(LOG_RECORD.observedTime, event.time);
  writer.string(LOG_RECORD.eventName, eventName);
  writer.end(message);
}
