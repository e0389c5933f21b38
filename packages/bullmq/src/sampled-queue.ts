import type { TimedJob } from './job-times.ts';
import type { LeasePostgres } from './sample-lease.ts';

/** What is read of a job that waits. Times are milliseconds. */
export interface SampledJob extends TimedJob {
  readonly processedOn?: number | undefined;
  readonly delay?: number;
  readonly priority?: number;
  readonly opts: TimedJob['opts'] & {
    readonly lifo?: boolean;
    readonly telemetry?: { readonly metadata?: string } | undefined;
  };
}

/** What of a queue object leads to its store. */
interface ConnectedQueue {
  readonly opts?: { readonly connection?: unknown };
  /** BullMQ 5. */
  readonly client?: Promise<unknown>;
  /** BullMQ 6. */
  readonly backend?: {
    readonly connection?: { readonly client?: Promise<unknown>; readonly pool?: LeasePostgres };
  };
}

/** What is used of a BullMQ `Queue` to look at it: public getters. */
export interface SampledQueue extends ConnectedQueue {
  readonly name: string;
  /** With the prefix. */
  readonly qualifiedName?: string;
  readonly closing?: Promise<void> | undefined;
  getJobCounts(...states: string[]): Promise<Record<string, number>>;
  getJobs(states: string[], start: number, end: number, asc: boolean): Promise<(SampledJob | undefined)[]>;
  getDelayedCount(before?: number): Promise<number>;
  getCountsPerPriority?(priorities: number[]): Promise<Record<string, number>>;
  isPaused(): Promise<boolean>;
  getMeta?(): Promise<{ readonly paused?: boolean; readonly max?: number }>;
  getRateLimitTtl?(max?: number): Promise<number>;
  getWorkers?(): Promise<readonly Record<string, string>[]>;
}
