import type { Notes } from './notes.ts';

/** What a job says of its times, in milliseconds. */
export interface TimedJob {
  readonly timestamp: number;
  readonly attemptsMade: number;
  readonly attemptsStarted?: number;
  /** Of the attempts that failed. */
  readonly stacktrace?: readonly string[] | null;
  readonly opts: { readonly delay?: number };
}

/** How often the job was started; by attempts made where BullMQ does not count starts. `running`: it is being started now. */
export function startsOf({ attemptsStarted, attemptsMade }: TimedJob, running: boolean): number {
  return attemptsStarted ?? attemptsMade + (running ? 1 : 0);
}

/**
 * Milliseconds since 1970 at which the job became ready for its first start: when it was added, and the delay that was asked for. For those that
 * waited for children or were started before, also if someone has reset the counts since, no field of BullMQ says it.
 */
export function readyAt(job: TimedJob, start: number, notes: Notes | undefined): number | undefined {
  const isFirst = start <= 1 && job.attemptsMade === 0 && !job.stacktrace?.length;
  return !isFirst || notes?.children === true ? undefined : job.timestamp + (job.opts.delay ?? 0);
}
