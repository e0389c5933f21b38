import type { Context } from './context.ts';

/** BullMQ's `Span`. */
export interface BullmqSpan {
  setSpanOnContext(context: Context): Context;
  setAttribute(key: string, value: unknown): void;
  setAttributes(attributes: Readonly<Record<string, unknown>>): void;
  addEvent(name: string, attributes?: Readonly<Record<string, unknown>>): void;
  recordException(exception: unknown, time?: unknown): void;
  end(): void;
}

/** Stands for what BullMQ does within itself: nobody sees it, and what happens in it belongs to the span around it. */
export const TRANSPARENT_SPAN: BullmqSpan = Object.freeze({
  setSpanOnContext: (context: Context) => context,
  setAttribute() {},
  setAttributes() {},
  addEvent() {},
  recordException() {},
  end() {},
});

/** The attributes of BullMQ's `TelemetryAttributes` and the events of its `process` span that ours are made of. */
export const QUEUE_NAME = 'bullmq.queue.name';
export const JOB_ID = 'bullmq.job.id';
export const JOB_NAME = 'bullmq.job.name';
export const BULK_COUNT = 'bullmq.job.bulk.count';
export const ATTEMPTS_MADE = 'bullmq.job.attempts.made';
export const FAILED_REASON = 'bullmq.job.failed.reason';
export const COMPLETED = 'job completed';
export const FAILED = 'job failed';
