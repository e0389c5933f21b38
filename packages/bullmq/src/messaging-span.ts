import type { JobOptions, Telemetry } from '@telltale/core';
import type { Context } from './context.ts';

/** `SpanKind` of OpenTelemetry and of BullMQ. */
export const PRODUCER = 3;
export const CONSUMER = 4;
/** `SpanStatusCode.ERROR` of OpenTelemetry. */
const ERROR = 2;

/** https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/ */
export const SYSTEM = 'messaging.system';
export const DESTINATION = 'messaging.destination.name';
export const OPERATION_NAME = 'messaging.operation.name';
export const OPERATION_TYPE = 'messaging.operation.type';
export const MESSAGE_ID = 'messaging.message.id';
export const MESSAGE_COUNT = 'messaging.batch.message_count';
export const BULLMQ = 'bullmq';
/** Which try of the job it is, from 1. */
export const ATTEMPT = 'job.attempt';

export type Tracer = ReturnType<Telemetry['tracerProvider']['getTracer']>;
export type Span = ReturnType<Tracer['startSpan']>;

/** Starts `send <queue>` or `process <queue>`; `queue` is empty for several queues at once. */
export function startMessagingSpan(
  tracer: Tracer,
  type: 'send' | 'process',
  queue: string,
  jobName: string | undefined,
  parent: Context,
  links?: JobOptions['links'],
): Span {
  const kind = type === 'send' ? PRODUCER : CONSUMER;
  const attributes = attributesOf(type, queue, jobName);
  const options = links === undefined ? { kind, attributes } : { kind, attributes, links: [...links] };
  return tracer.startSpan(queue === '' ? type : `${type} ${queue}`, options, parent);
}

/** Whole literals: objects that grow key by key take twice as long, here and wherever they are copied. */
function attributesOf(type: string, queue: string, jobName: string | undefined): Record<string, string> {
  if (queue === '') {
    const operation = { [SYSTEM]: BULLMQ, [OPERATION_NAME]: type, [OPERATION_TYPE]: type };
    return jobName === undefined ? operation : { ...operation, 'job.name': jobName };
  }
  // biome-ignore format: the difference shows
  return jobName === undefined
    ? { [SYSTEM]: BULLMQ, [OPERATION_NAME]: type, [OPERATION_TYPE]: type, [DESTINATION]: queue, 'job.queue': queue }
    : { [SYSTEM]: BULLMQ, [OPERATION_NAME]: type, [OPERATION_TYPE]: type, [DESTINATION]: queue, 'job.queue': queue, 'job.name': jobName };
}

/** Marks the span as failed. */
export function failSpan(span: Span, error: unknown): void {
  const { code, name, message } = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>;
  const text = typeof error === 'string' ? error : message;
  span.recordException(error as Error);
  span.setAttribute('error.type', typeof code === 'string' ? code : typeof name === 'string' ? name : '_OTHER');
  span.setStatus(typeof text === 'string' ? { code: ERROR, message: text } : { code: ERROR });
}
