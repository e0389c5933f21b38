import type { CancelTimer, Clock } from '../clock.ts';
import type { Outcome } from './operation-event.ts';

/** Seconds between two looks at what measured jobs take: one costs some 10 µs, most of it the question for the memory. */
const LOOK_EVERY = 0.25;

export const OLDER = Symbol('older');
export const NEWER = Symbol('newer');

/** A job under way. The list of them is made of the jobs themselves: a set would cost each one more than its counters do. */
export interface RunningJob {
  [OLDER]: RunningJob | undefined;
  [NEWER]: RunningJob | undefined;
  /** Tells the job's function, if it wants to know, that it is to stop. */
  interrupt(reason: unknown): void;
  end(outcome: Outcome, error: unknown): void;
}

/** Told four times a second how much memory the process has, in bytes. */
type Look = (memory: number) => void;

/** The jobs under way of all services of a telemetry. */
export class RunningJobs {
  /** Why the process is about to end, for jobs that ask or start after it was told. */
  ending: DOMException | undefined = undefined;
  private newest: RunningJob | undefined = undefined;
  private readonly clock: Clock;
  private readonly looks = new Set<Look>();
  private cancel: CancelTimer | undefined = undefined;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  add(job: RunningJob): void {
    const { newest } = this;
    job[OLDER] = newest;
    if (newest !== undefined) newest[NEWER] = job;
    this.newest = job;
  }

  /** To be called once for each that was added. */
  remove(job: RunningJob): void {
    const older = job[OLDER];
    const newer = job[NEWER];
    if (older !== undefined) older[NEWER] = newer;
    if (newer === undefined) this.newest = older;
    else newer[OLDER] = older;
    // A job that someone holds after its end must not hold others.
    job[OLDER] = undefined;
    job[NEWER] = undefined;
  }

  /** Fires the signals of all jobs under way. `forGood`: also of those that start from now on. */
  interrupt(reason: DOMException, forGood: boolean): void {
    if (forGood) this.ending ??= reason;
    for (const job of this.all()) job.interrupt(reason);
  }

  /** Ends all jobs under way as aborted, since their process ends. */
  abort(reason: DOMException): void {
    for (const job of this.all()) job.end('aborted', reason);
  }

  /** Until the returned function is called, or all ends. */
  watch(look: Look): CancelTimer {
    this.looks.add(look);
    this.cancel ??= this.clock.schedule(this.lookNow, LOOK_EVERY);
    return () => {
      this.looks.delete(look);
      if (this.looks.size === 0) this.stop();
    };
  }

  stop(): void {
    this.cancel?.();
    this.cancel = undefined;
  }

  /** Those under way now: telling one may end it, or start others. */
  private all(): readonly RunningJob[] {
    const all: RunningJob[] = [];
    for (let job = this.newest; job !== undefined; job = job[OLDER]) all.push(job);
    return all;
  }

  private readonly lookNow = (): void => {
    this.cancel = this.clock.schedule(this.lookNow, LOOK_EVERY);
    const memory = process.memoryUsage.rss();
    for (const look of this.looks) look(memory);
  };
}
