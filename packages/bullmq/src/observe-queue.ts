import { checkKeys, type QueueObserver, type Telemetry } from '@telltale/core';
import { Tracing } from './bullmq-telemetry.ts';
import { isObserved, markObserved } from './observed.ts';
import { QueueSampler, type SampleOptions } from './queue-sampler.ts';
import type { SampledQueue } from './sampled-queue.ts';

/** What is read of a job that was added. */
export interface AddedJob {
  readonly id?: string | undefined;
  readonly name: string;
  readonly opts: { readonly deduplication?: { readonly id: string } | undefined };
}

/** What is needed of a BullMQ `Queue`. What is optional is used where it is there. */
export interface ObservableQueue {
  readonly name: string;
  readonly opts?: { readonly telemetry?: unknown };
  add(...args: never[]): Promise<AddedJob>;
  addBulk(...args: never[]): Promise<AddedJob[]>;
  upsertJobScheduler?(...args: never[]): Promise<AddedJob | undefined>;
  close?(...args: never[]): Promise<void>;
}

export interface ObserveQueueOptions {
  /** How the queue is looked at for `queue.*`; `false`: not at all. */
  readonly sample?: SampleOptions | false;
}

type Added = (...args: unknown[]) => Promise<AddedJob | undefined>;
type AddedInBulk = (...args: unknown[]) => Promise<AddedJob[]>;

/** How many deduplication ids and schedulers a queue remembers. */
const MAX_REMEMBERED = 1000;

/**
 * Counts the jobs that this queue object puts into the queue, and looks at the queue now and then: depth, age, overdue jobs, workers. Works with
 * and without the `telemetry` option. Returns the same queue; observing it again changes nothing. Throws a `TelemetryError` for wrong options.
 */
export function observeQueue<Q extends ObservableQueue>(
  queue: Q,
  telemetry: Telemetry,
  options: ObserveQueueOptions = {},
): Q {
  checkKeys('observeQueue', options, ['sample']);
  const observer = telemetry.queue(queue.name);
  const sampler =
    options.sample === false
      ? undefined
      : new QueueSampler(queue as unknown as SampledQueue, telemetry, observer, options.sample);
  if (!telemetry.observes('job') || isObserved(queue.add)) return queue;
  const enqueued = new Enqueued(observer);
  const given = queue.opts?.telemetry;
  const tracing = given instanceof Tracing ? given : undefined;
  const { add, addBulk, upsertJobScheduler, close } = queue as unknown as {
    add: Added;
    addBulk: AddedInBulk;
    upsertJobScheduler?: Added;
    close?: (...args: unknown[]) => Promise<void>;
  };
  const observed: Record<string, unknown> = {
    add: markObserved(async (...args: unknown[]) => {
      const job = await add.apply(queue, args);
      enqueued.count(job);
      return job;
    }),
    addBulk: async (...args: unknown[]) => {
      const jobs = await inBulk(tracing, args[0], () => addBulk.apply(queue, args));
      for (const job of jobs) enqueued.count(job);
      return jobs;
    },
  };
  if (typeof upsertJobScheduler === 'function') {
    observed.upsertJobScheduler = async (...args: unknown[]) => {
      const upsert = () => upsertJobScheduler.apply(queue, args);
      const job = await (tracing === undefined ? upsert() : tracing.noting(tracing.traces.schedulerNotes, upsert));
      enqueued.count(job, `scheduler ${String(args[0])}`);
      return job;
    };
  }
  if (sampler !== undefined && typeof close === 'function') {
    observed.close = (...args: unknown[]) => {
      const stopped = sampler.stop();
      return stopped === undefined ? close.apply(queue, args) : stopped.then(() => close.apply(queue, args));
    };
  }
  sampler?.start();
  return Object.assign(queue, observed);
}

/** BullMQ asks for the span before it first waits. */
function inBulk<T>(tracing: Tracing | undefined, jobs: unknown, work: () => T): T {
  if (tracing === undefined || !Array.isArray(jobs)) return work();
  tracing.count = jobs.length;
  try {
    return work();
  } finally {
    tracing.count = 1;
  }
}

/** Counts what was put into a queue. */
class Enqueued {
  private readonly observer: QueueObserver;
  /** The last job per deduplication id and scheduler, the least recent first. */
  private readonly last = new Map<string, string>();

  constructor(observer: QueueObserver) {
    this.observer = observer;
  }

  /** `key`: jobs with the same one and the same id are one. BullMQ answers with the job that is there already when it drops one as a duplicate. */
  count(job: AddedJob | undefined, key = job?.opts?.deduplication?.id): void {
    if (job === undefined || job === null) return;
    if (key === undefined || job.id === undefined || this.isNew(key, job.id)) this.observer.enqueued(job.name);
  }

  private isNew(key: string, id: string): boolean {
    const { last } = this;
    const known = last.get(key) === id;
    last.delete(key);
    last.set(key, id);
    if (last.size > MAX_REMEMBERED) {
      for (const oldest of last.keys()) {
        last.delete(oldest);
        break;
      }
    }
    return !known;
  }
}
