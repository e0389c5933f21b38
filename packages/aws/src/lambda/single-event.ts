import type { Attributes } from '@opentelemetry/api';
import { lowerCaseKeys } from './lower-case-keys.ts';
import type { RecordInfo } from './record-info.ts';
import type { FaasTrigger } from './records-of.ts';
import { type Json, lastOfArn, objectOf, textOf, timeOf } from './shapes.ts';

/** An event that is one job: of an event bus, or of a schedule. */
export interface SingleEvent {
  readonly trigger: FaasTrigger;
  readonly record: RecordInfo & { readonly name: string };
}

const SCHEDULED = 'Scheduled Event';

/** `undefined` for what EventBridge does not send. */
export function singleEventOf(event: unknown): SingleEvent | undefined {
  const envelope = objectOf(event);
  const type = textOf(envelope?.['detail-type']);
  const source = textOf(envelope?.source);
  if (envelope === undefined || type === undefined || source === undefined) return undefined;
  const shared = {
    raw: event,
    id: undefined,
    sentAt: timeOf(envelope.time),
    attempt: undefined,
    group: undefined,
    ...senderOf(envelope.detail),
  };
  if (type === SCHEDULED) {
    const rule = Array.isArray(envelope.resources) ? lastOfArn(envelope.resources[0]) : undefined;
    const spanAttributes: Attributes = typeof envelope.time === 'string' ? { 'faas.time': envelope.time } : {};
    return { trigger: 'timer', record: { ...shared, queue: undefined, name: rule ?? type, spanAttributes } };
  }
  // The bus is not in the event; who sent it is.
  return {
    trigger: 'pubsub',
    record: { ...shared, queue: source, name: type, spanAttributes: messageAttributes(envelope, source) },
  };
}

function messageAttributes(envelope: Json, source: string): Attributes {
  const attributes: Attributes = {
    'messaging.system': 'aws.eventbridge',
    'messaging.operation.type': 'process',
    'messaging.operation.name': 'process',
    'messaging.destination.name': source,
  };
  if (typeof envelope.id === 'string') attributes['messaging.message.id'] = envelope.id;
  return attributes;
}

/** The trace context that senders put into the detail, as EventBridge has no headers. */
function senderOf(given: unknown): Pick<RecordInfo, 'carrier' | 'xray'> {
  const detail = objectOf(given);
  if (detail === undefined) return { carrier: undefined, xray: undefined };
  const carrier = lowerCaseKeys(Object.entries(objectOf(detail.headers) ?? detail));
  return { carrier, xray: textOf(carrier['x-amzn-trace-id']) };
}
