import type { JobOperation, JobOptions, Telemetry } from '@telltale/core';
import type { BullmqSpan } from './bullmq-span.ts';
import type { Context } from './context.ts';
import { ATTEMPT, BULLMQ, DESTINATION, MESSAGE_ID, OPERATION_NAME, OPERATION_TYPE, SYSTEM } from './messaging-span.ts';

/** What an attempt reads of BullMQ's `Job`. Times are milliseconds. */
export interface AttemptedJob {
  readonly id?: string | undefined;
  readonly name: string;
  readonly timestamp: number;
  readonly attemptsMade: number;
  readonly attemptsStarted?: number;
  readonly finishedOn?: number | null | undefined;
  readonly opts: { readonly delay?: number; readonly telemetry?: { readonly metadata?: string } | undefined };
}

/**
 * An attempt at a job: one job operation. It is also the span that BullMQ asks for when it processes the job, so that the operation's span
 * is active in the processor; it takes nothing from there but failures of the queue, since the worker's events say more.
 */
export class JobAttempt implements BullmqSpan {
  readonly operation: JobOperation;

  /** `parent`: what the attempt's span is part of; without it there is no span. */
  constructor(telemetry: Telemetry, queue: string, job: AttemptedJob, parent: Context | undefined) {
    const waited = secondsWaited(job, Date.now());
    const options: Writable<JobOptions> =
      parent === undefined ? { queue, span: false } : { queue, parent, spanAttributes: spanAttributes(queue, job) };
    if (waited !== undefined) options.waited = waited;
    this.operation = telemetry.job(job.name, options);
  }

  setSpanOnContext(context: Context): Context {
    return this.operation.context ?? context;
  }

  setAttribute(): void {}

  setAttributes(): void {}

  addEvent(): void {}

  recordException(exception: unknown): void {
    this.operation.span?.recordException(exception as Error);
  }

  /** The observer of the worker ends it. */
  end(): void {}
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

function spanAttributes(queue: string, job: AttemptedJob) {
  return {
    [SYSTEM]: BULLMQ,
    [DESTINATION]: queue,
    [OPERATION_NAME]: 'process',
    [OPERATION_TYPE]: 'process',
    [MESSAGE_ID]: job.id,
    [ATTEMPT]: job.attemptsMade + 1,
  };
}

/**
 * Seconds between the moment at which the job could have been taken up and now. Known only for a job's first start: no field of a job says
 * when a failed, stalled or postponed one became ready again. Not below 0, where the clocks of producer and worker differ.
 */
export function secondsWaited(job: AttemptedJob, now: number): number | undefined {
  if ((job.attemptsStarted ?? job.attemptsMade + 1) > 1) return undefined;
  return Math.max(0, now - job.timestamp - (job.opts.delay ?? 0)) / 1000;
}
