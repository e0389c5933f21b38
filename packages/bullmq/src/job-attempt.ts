import type { JobOperation, JobOptions, Outcome, Telemetry } from '@telltale/core';
import type { BullmqSpan } from './bullmq-span.ts';
import type { Context } from './context.ts';
import { readyAt, startsOf, type TimedJob } from './job-times.ts';
import { ATTEMPT, BULLMQ, DESTINATION, MESSAGE_ID, OPERATION_NAME, OPERATION_TYPE, SYSTEM } from './messaging-span.ts';
import type { ReadyAgain } from './ready-again.ts';
import type { SandboxedJob } from './sandbox-handover.ts';
import type { Lineage, TracedJob, Traces } from './traces.ts';

/** What an attempt reads of BullMQ's `Job`. Times are milliseconds. */
export interface AttemptedJob extends TimedJob, TracedJob, SandboxedJob {
  readonly id?: string | undefined;
  readonly name: string;
  readonly finishedOn?: number | null | undefined;
  readonly failedReason?: string;
  getState?(): Promise<string>;
  /** Until it is tried again, once it has failed. */
  readonly delay?: number;
  readonly opts: TimedJob['opts'] & TracedJob['opts'];
}

/** How an attempt ended, and why it failed, if it did. */
export type EndOfAttempt = readonly [outcome: Outcome, error: unknown];

const ABORTED: EndOfAttempt = ['aborted', undefined];
const COMPLETED: EndOfAttempt = ['completed', undefined];

/**
 * An attempt at a job: one job operation. It is also the span that BullMQ asks for when it processes the job, so that the operation's span
 * is active in the processor; it takes nothing from there but failures of the queue, since the worker's events say more.
 */
export class JobAttempt implements BullmqSpan {
  readonly operation: JobOperation;
  /** The how-manieth start of the job it is, from 1. */
  readonly start: number;

  private readonly job: AttemptedJob;
  /** Attempts that had ended before. */
  private readonly made: number;

  /** `ready`: when the job became ready again, in milliseconds since 1970, where its worker remembers. Without `traces` there is no span. */
  constructor(telemetry: Telemetry, queue: string, job: AttemptedJob, ready: ReadyAgain, traces: Traces | undefined) {
    this.job = job;
    this.made = job.attemptsMade;
    this.start = startsOf(job, true);
    const lineage = traces?.lineageOf(job, this.start);
    const attempt = job.attemptsMade + 1;
    const options: Writable<JobOptions> =
      lineage === undefined ? { queue, attempt, span: false } : tracedOptions(queue, job, attempt, lineage);
    const since = ready.take(job.id, this.start) ?? readyAt(job, this.start, lineage?.notes);
    // Not below 0, where the clocks of producer and worker differ.
    if (since !== undefined) options.waited = Math.max(0, Date.now() - since) / 1000;
    this.operation = telemetry.job(job.name, options);
  }

  /**
   * How the attempt ended by what the queue has of the job now; `aborted` where it did not count as an attempt, and where the job is gone.
   * Rejects when the queue does not answer.
   */
  async outcomeIn(queue: object): Promise<EndOfAttempt> {
    const { job, start, made } = this;
    const { fromId } = job.constructor as { fromId?(queue: object, id: string): Promise<AttemptedJob | undefined> };
    const now = job.id === undefined ? undefined : await fromId?.call(job.constructor, queue, job.id);
    if (now === undefined || now === null) return ABORTED;
    const state = await now.getState?.();
    // Each start that ends well or badly counts as made; one that stalled, or whose processor put the job back, does not.
    const later = startsOf(now, false) - start;
    const laterEnded = state === 'active' ? later - 1 : later;
    if (now.attemptsMade - made <= laterEnded) return ABORTED;
    if (later === 0 && state === 'completed') return COMPLETED;
    return [later === 0 && state === 'failed' ? 'failed' : 'retried', new Error(now.failedReason)];
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

function tracedOptions(
  queue: string,
  job: AttemptedJob,
  attempt: number,
  { parent, links }: Lineage,
): Writable<JobOptions> {
  const spanAttributes = {
    [SYSTEM]: BULLMQ,
    [DESTINATION]: queue,
    [OPERATION_NAME]: 'process',
    [OPERATION_TYPE]: 'process',
    [MESSAGE_ID]: job.id,
    [ATTEMPT]: attempt,
    // The operation's own: it need not add them then.
    'job.queue': queue,
    'job.name': job.name,
  };
  return links === undefined
    ? { queue, attempt, parent, spanAttributes }
    : { queue, attempt, parent, links, spanAttributes };
}
