import type { CancelTimer, Clock } from './clock.ts';

interface Timer {
  readonly due: number;
  readonly callback: () => void;
}

/** For core's own tests, which cannot use the one of @telltale/testing: time stands still until `advance`. */
export class ManualClock implements Clock {
  private wall: number;
  private elapsed: number;
  private readonly timers: Set<Timer>;

  /** `start`: seconds since the Unix epoch. */
  constructor(start = 1_700_000_000) {
    this.wall = start;
    this.elapsed = 0;
    this.timers = new Set();
  }

  now(): number {
    return this.wall;
  }

  wallAt(monotonic: number): number {
    return this.wall - (this.elapsed - monotonic);
  }

  monotonic(): number {
    return this.elapsed;
  }

  schedule(callback: () => void, seconds: number): CancelTimer {
    const timer = { due: this.elapsed + Math.max(0, seconds), callback };
    this.timers.add(timer);
    return () => {
      this.timers.delete(timer);
    };
  }

  /** How many timers are waiting. */
  get pending(): number {
    return this.timers.size;
  }

  /** Lets time pass; timers fire in the order in which they are due, those they set included. */
  advance(seconds: number): void {
    const end = this.elapsed + seconds;
    while (this.fireNext(end));
    this.pass(end - this.elapsed);
  }

  /** The system's clock is corrected; the monotonic one is not. */
  correct(seconds: number): void {
    this.wall += seconds;
  }

  /** Goes on to the next timer that is due by then and fires it. */
  protected fireNext(until: number): boolean {
    const next = this.next(until);
    if (next === undefined) return false;
    this.pass(Math.max(0, next.due - this.elapsed));
    this.timers.delete(next);
    next.callback();
    return true;
  }

  protected pass(seconds: number): void {
    this.wall += seconds;
    this.elapsed += seconds;
  }

  private next(until: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.timers) {
      if (timer.due <= until && (first === undefined || timer.due < first.due)) first = timer;
    }
    return first;
  }
}
