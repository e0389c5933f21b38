/** A job as the handler sees it. */
export interface JobUnderTest {
  readonly name: string;
  readonly data: unknown;
  /** From 1. */
  readonly attempt: number;
  /** Says how much is done, from 0 to 1. */
  progress(part: number): Promise<unknown>;
}

export interface JobDriverOptions {
  /** How often the job is tried; 1 unless given. */
  readonly attempts?: number;
  /** Seconds before the next try; it follows at once unless given. */
  readonly backoff?: number;
  /** Seconds before which the job is not to be taken up. */
  readonly delay?: number;
  /** The queue forgets the job once it is completed. */
  readonly removeOnComplete?: boolean;
  /** Jobs with lower numbers come first. */
  readonly priority?: number;
  /** While a job with this id is there, another one with it is not added. */
  readonly deduplicate?: string;
}

/** A job that is taken up once its children are completed. */
export interface FlowUnderTest {
  readonly name: string;
  readonly data?: unknown;
  /** Given to the library only where they are given here. */
  readonly options?: JobDriverOptions;
  readonly children?: readonly FlowUnderTest[];
}

/** What a job library may have besides plain jobs. `bulk`, `flow` and `scheduler` need methods of the driver, the others options of `add`. */
export type JobShape = 'bulk' | 'flow' | 'scheduler' | 'delayed' | 'prioritized' | 'deduplicated';

/** One empty queue of a job library with the adapter in place, on both sides of the queue. */
export interface JobDriver {
  /** What `job.queue` is expected to be. */
  readonly queue: string;
  /** Puts a job into the queue. */
  add(name: string, data: unknown, options?: JobDriverOptions): Promise<unknown>;
  /** Puts jobs into the queue, all in one call. */
  addBulk?(jobs: readonly { readonly name: string; readonly data: unknown }[]): Promise<unknown>;
  /** Puts jobs that wait for one another into the queue, all in one call. */
  addFlow?(flow: FlowUnderTest): Promise<unknown>;
  /** Has a job come every so many seconds, so many times. */
  schedule?(name: string, options: { readonly every: number; readonly times: number }): Promise<unknown>;
  /** Starts a worker that calls the handler; what the handler throws is the job's failure. Called once at most. */
  process(
    handler: (job: JobUnderTest) => Promise<unknown>,
    options?: { readonly concurrency?: number },
  ): Promise<unknown> | undefined;
  /** Ends the worker, then the queue. */
  close(): Promise<void>;
}
