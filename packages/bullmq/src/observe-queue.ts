import type { QueueObserver, Telemetry } from '@telltale/core';
import { isObserved, markObserved } from './observed.ts';

/** What is read of a job that was added. */
export interface AddedJob {
  readonly id?: string | undefined;
  readonly name: string;
  readonly opts: { readonly deduplication?: { readonly id: string } | undefined };
}

/** What is needed of a BullMQ `Queue`. */
export interface ObservableQueue {
  readonly name: string;
  add(...args: never[]): Promise<AddedJob>;
  addBulk(...args: never[]): Promise<AddedJob[]>;
}

/** How many deduplication ids a queue remembers. */
const MAX_DEDUPLICATIONS = 1000;

/**
 * Counts the jobs that this queue object's `add` and `addBulk` put into the queue. Works with and without the `telemetry` option. Returns
 * the same queue; observing it again changes nothing.
 */
export function observeQueue<Q extends ObservableQueue>(queue: Q, telemetry: Telemetry): Q {
  if (!telemetry.observes('job') || isObserved(queue.add)) return queue;
  const enqueued = new Enqueued(telemetry.queue(queue.name));
  const { add, addBulk } = queue as { add(...args: unknown[]): Promise<AddedJob> } & Pick<ObservableQueue, 'addBulk'>;
  const observed = {
    add: markObserved(async (...args: unknown[]) => {
      const job = await add.apply(queue, args);
      enqueued.count([job]);
      return job;
    }),
    addBulk: async (...args: never[]) => {
      const jobs = await addBulk.apply(queue, args);
      enqueued.count(jobs);
      return jobs;
    },
  };
  return Object.assign(queue, observed);
}

/** Counts what was put into a queue. */
class Enqueued {
  private readonly observer: QueueObserver;
  /** The last job per deduplication id, the least recent first. */
  private readonly deduplicated = new Map<string, string>();

  constructor(observer: QueueObserver) {
    this.observer = observer;
  }

  count(jobs: readonly AddedJob[]): void {
    for (const job of jobs) {
      if (this.isNew(job)) this.observer.enqueued(job.name);
    }
  }

  /** BullMQ answers with the job that is there already when it drops one as a duplicate. */
  private isNew({ id, opts }: AddedJob): boolean {
    const key = opts?.deduplication?.id;
    if (key === undefined || id === undefined) return true;
    const { deduplicated } = this;
    const known = deduplicated.get(key) === id;
    deduplicated.delete(key);
    deduplicated.set(key, id);
    if (deduplicated.size > MAX_DEDUPLICATIONS) {
      for (const oldest of deduplicated.keys()) {
        deduplicated.delete(oldest);
        break;
      }
    }
    return !known;
  }
}
