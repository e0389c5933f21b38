import type { OperationEvent } from '@telltale/core';
import { labelOf, type ShownJob } from './job-line.ts';

/** The jobs that are shown: so many at most; the others are counted. */
export class ShownJobs {
  private readonly max: number;
  private readonly shown = new Map<object, ShownJob>();
  private readonly left = new WeakSet<object>();
  private leftCount = 0;

  constructor(max: number) {
    this.max = max;
  }

  /** In the order in which they came. */
  get all(): readonly ShownJob[] {
    return [...this.shown.values()];
  }

  /** Jobs under way for which there was no room. */
  get others(): number {
    return this.leftCount;
  }

  /** Takes up what is said of a job, if there is room for it. `now` is in seconds by the monotonic clock. */
  take({ name, attributes, value, done, total, duration }: OperationEvent, identity: object, now: number): void {
    const job = this.shown.get(identity) ?? this.make(identity, labelOf(name, attributes['job.queue']));
    if (job === undefined) return;
    job.elapsed = duration;
    job.asOf = now;
    if (done === undefined) return;
    job.done = done;
    job.total = total;
    job.share = value;
  }

  /** Takes a job out. Returns it if it was shown. */
  end({ duration }: OperationEvent, identity: object): ShownJob | undefined {
    const job = this.shown.get(identity);
    if (this.left.delete(identity)) this.leftCount--;
    if (job === undefined) return undefined;
    this.shown.delete(identity);
    job.elapsed = duration;
    return job;
  }

  /** Time goes on while jobs say nothing. */
  passTo(now: number): void {
    for (const job of this.shown.values()) {
      job.elapsed += now - job.asOf;
      job.asOf = now;
    }
  }

  private make(identity: object, label: string): ShownJob | undefined {
    if (this.shown.size >= this.max) {
      if (!this.left.has(identity)) this.leftCount++;
      this.left.add(identity);
      return undefined;
    }
    // It may have waited for room.
    if (this.left.delete(identity)) this.leftCount--;
    const job: ShownJob = { label, share: undefined, done: undefined, total: undefined, elapsed: 0, asOf: 0 };
    this.shown.set(identity, job);
    return job;
  }
}
