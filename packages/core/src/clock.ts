/** Cancels a timer; calling it again, or after the timer fired, does nothing. */
export type CancelTimer = () => void;

/** Where all time comes from. Everything is in seconds. `ManualClock` of `@telltale/testing` is the other implementation. */
export interface Clock {
  /** Seconds since the Unix epoch, for timestamps; follows corrections of the system's clock. */
  now(): number;
  /** Seconds since an arbitrary moment, never going back: for durations. */
  monotonic(): number;
  /** Seconds since the Unix epoch of a moment that `monotonic()` gave just now: one reading of a clock less than asking for both. */
  wallAt(monotonic: number): number;
  /** Calls `callback` once after `seconds`, or after 24 days if that is sooner. The timer never keeps the process alive. */
  schedule(callback: () => void, seconds: number): CancelTimer;
}

/** A corrected system clock shows as a difference from the monotonic one; below this, in milliseconds, sub-millisecond order is worth more. */
const MAX_DRIFT_MS = 50;

/** Node's timers cannot wait for longer (https://nodejs.org/api/timers.html): they would fire at once instead. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The process's own clock. */
export class SystemClock implements Clock {
  private originMs: number = performance.timeOrigin;

  now(): number {
    return this.wallAt(this.monotonic());
  }

  monotonic(): number {
    return performance.now() / 1000;
  }

  wallAt(monotonic: number): number {
    const monotonicMs = monotonic * 1000;
    const wallMs = Date.now();
    const drift = wallMs - (this.originMs + monotonicMs);
    if (drift > MAX_DRIFT_MS || drift < -MAX_DRIFT_MS) this.originMs = wallMs - monotonicMs;
    return (this.originMs + monotonicMs) / 1000;
  }

  schedule(callback: () => void, seconds: number): CancelTimer {
    const timer = setTimeout(callback, Math.min(seconds * 1000, MAX_TIMER_MS));
    timer.unref();
    return () => clearTimeout(timer);
  }
}
