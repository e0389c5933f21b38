import type { Telemetry } from '@telltale/core';
import type { Context } from './context-manager.ts';

/** OpenTelemetry's names for messaging: https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/ */
export const SYSTEM = 'messaging.system';
export const DESTINATION = 'messaging.destination.name';
export const OPERATION_NAME = 'messaging.operation.name';
export const OPERATION_TYPE = 'messaging.operation.type';
export const MESSAGE_ID = 'messaging.message.id';
export const MESSAGE_COUNT = 'messaging.batch.message_count';
export const BULLMQ = 'bullmq';
/** Ours. */
export const JOB_ATTEMPT = 'job.attempt';

/** `SpanKind` of OpenTelemetry and of BullMQ. */
export const PRODUCER = 3;
export const CONSUMER = 4;

export type Tracer = ReturnType<Telemetry['tracerProvider']['getTracer']>;
export type Span = ReturnType<Tracer['startSpan']>;

/** A span and the context in which it is the active one. */
export interface StartedSpan {
  readonly span: Span;
  readonly context: Context;
}
