import type { TimedJob } from './job-times.ts';

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

/** What is used of a BullMQ `Queue` to look at it: public getters. */
export interface SampledQueue {
  readonly name: string;
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
