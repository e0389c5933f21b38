import type { OperationEvent } from '@telltale/core';
import { jsonAttributes, jsonRequest, jsonTime, jsonValue } from './json-request.ts';
import { logRecordOf } from './log-record.ts';
import type { OtlpShape } from './otlp-options.ts';

const LEVELS = { perResource: 'resourceLogs', perScope: 'scopeLogs', items: 'logRecords' } as const;

/** An `ExportLogsServiceRequest` in JSON: what `encodeLogs` writes in protobuf. */
export function jsonLogs(events: readonly OperationEvent[], shape: OtlpShape = {}): string {
  const { attributes: spell } = shape;
  return jsonRequest(events, shape, LEVELS, (event) => {
    const { eventName, severityNumber, severityText, body, attributes } = logRecordOf(event);
    return {
      timeUnixNano: jsonTime(event.time),
      severityNumber,
      severityText,
      body: jsonValue(body),
      attributes: jsonAttributes(spell?.(attributes) ?? attributes),
      ...(event.traceId !== undefined && { traceId: event.traceId }),
      ...(event.spanId !== undefined && { spanId: event.spanId }),
      observedTimeUnixNano: jsonTime(event.time),
      eventName,
    };
  });
}
