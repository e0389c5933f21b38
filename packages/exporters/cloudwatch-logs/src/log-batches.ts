import type { OperationEvent } from '@telltale/core';
import type { Parcel } from '@telltale/exporter-kit';
import { logMessage } from './log-message.ts';

/** `InputLogEvent` of the CloudWatch Logs API. */
export interface LogEvent {
  /** Milliseconds since the Unix epoch. */
  readonly timestamp: number;
  readonly message: string;
}

/** "PutLogEvents", CloudWatch Logs API reference: between the first and the last of a request. */
const MAX_SPAN_MS = 24 * 3_600_000;

/** Events in the order of their time, as CloudWatch Logs wants them, in groups that may share requests. */
export function logBatches(
  events: readonly OperationEvent[],
  resourceAttributes: readonly string[],
): readonly (readonly Parcel<LogEvent>[])[] {
  const parcels = events
    .map((event) => ({
      payload: { timestamp: Math.round(event.time * 1000), message: logMessage(event, resourceAttributes) },
      items: [event],
    }))
    .sort((a, b) => a.payload.timestamp - b.payload.timestamp);
  const groups: Parcel<LogEvent>[][] = [];
  for (const parcel of parcels) {
    const group = groups.at(-1);
    const first = group?.[0]?.payload.timestamp;
    if (first === undefined || parcel.payload.timestamp - first > MAX_SPAN_MS) groups.push([parcel]);
    else group?.push(parcel);
  }
  return groups;
}
