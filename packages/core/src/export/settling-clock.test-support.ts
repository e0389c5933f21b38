import type { CancelTimer, Clock } from '../clock.ts';

interface Timer {
  readonly due: number;
  readonly callback: () => void;
}

/** A clock that only a test moves and that lets promises settle after each timer: for what goes on in the background. */
export class SettlingClock implements Clock {
  private readonly start: number;
  private elapsed = 0;
  private readonly timers = new Set<Timer>();

  /** `start`: seconds since the Unix epoch. */
  constructor(start = 1_700_000_000) {
    this.start = start;
  }

  now(): number {
    return this.start + this.elapsed;
  }

  wallAt(monotonic: number): number {
    return this.start + monotonic;
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

  /** Lets time pass; timers fire in the order in which they are due, those included that were set meanwhile. */
  async advance(seconds: number): Promise<void> {
    const end = this.elapsed + seconds;
    await settled();
    for (let next = this.next(end); next !== undefined; next = this.next(end)) {
      this.elapsed = Math.max(this.elapsed, next.due);
      this.timers.delete(next);
      next.callback();
      await settled();
    }
    this.elapsed = end;
  }

  private next(until: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.timers) {
      if (timer.due <= until && (first === undefined || timer.due < first.due)) first = timer;
    }
    return first;
  }
}

/** All promises that wait for nothing but each other have settled. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
