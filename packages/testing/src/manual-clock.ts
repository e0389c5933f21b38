import type { CancelTimer, Clock } from '@telltale/core';

interface Timer {
  readonly due: number;
  readonly callback: () => void;
}

/** Time that only the test moves: `createTelemetry({ clock })` then sends when `advance` says that it is time. */
export class ManualClock implements Clock {
  private wall: number;
  private elapsed = 0;
  private readonly timers = new Set<Timer>();

  /** `start`: seconds since the Unix epoch. */
  constructor(start = 1_700_000_000) {
    this.wall = start;
  }

  now(): number {
    return this.wall + this.elapsed;
  }

  wallAt(monotonic: number): number {
    return this.wall + monotonic;
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

  /**
   * Lets time pass. Timers fire in the order in which they are due, those included that are set meanwhile, and promises settle after each;
   * what waits for a socket or a file is not waited for.
   */
  async advance(seconds: number): Promise<void> {
    const end = this.elapsed + seconds;
    await settled();
    for (let next = this.next(end); next !== undefined; next = this.next(end)) {
      this.elapsed = Math.max(this.elapsed, next.due);
      this.timers.delete(next);
      next.callback();
      await settled();
    }
    this.elapsed = Math.max(this.elapsed, end);
  }

  /** Corrects the time of day, as a time server does: `now` is then `epochSeconds`, timers and `monotonic` do not notice. */
  set(epochSeconds: number): void {
    this.wall = epochSeconds - this.elapsed;
  }

  private next(until: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.timers) {
      if (timer.due <= until && (first === undefined || timer.due < first.due)) first = timer;
    }
    return first;
  }
}

/** Turns of the event loop that are waited for: reading many series gives way to others now and then. */
const TURNS = 5;

/** All promises that wait for nothing but each other have settled. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
}
