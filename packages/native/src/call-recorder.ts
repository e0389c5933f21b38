import type { BoundaryCalls } from '@telltale/core';

/** How many calls of a function are timed before it is decided how often it is. */
const CALIBRATION = 64;

/** Seconds above which each call is timed, and above which one in ten is: timing takes a few hundred nanoseconds, so always some percent. */
const LONG = 1e-5;
const SHORT = 1e-6;

/**
 * Records the calls of one function, timing some of them. A call that is not timed counts as one of the last duration that was, so that counts
 * are exact and sums are true on average; which ones are timed is left to chance, as a regular step could follow a pattern of the calls.
 */
export class CallRecorder {
  readonly calls: BoundaryCalls;
  /** Calls that are not timed until the next that is. */
  left: number;
  /** How many of those there were in this gap, and how many of them are recorded already. */
  private gap: number;
  private recorded: number;
  private every: number;
  private last: number;
  /** What the first calls took; `undefined` once it is decided. */
  private measured: number[] | undefined;

  constructor(calls: BoundaryCalls, sample: number | 'auto') {
    this.calls = calls;
    this.left = 0;
    this.gap = 0;
    this.recorded = 0;
    this.every = sample === 'auto' ? 1 : sample;
    this.last = 0;
    this.measured = sample === 'auto' ? [] : undefined;
  }

  /** One of so many calls is timed. */
  get sample(): number {
    return this.every;
  }

  /** The next calls go without timing. */
  skipSome(): void {
    if (this.every === 1) return;
    this.flush();
    this.recorded = 0;
    this.gap = Math.floor(Math.random() * (2 * this.every - 1));
    this.left = this.gap;
  }

  completed(seconds: number): void {
    this.last = seconds;
    this.calls.completed(seconds);
    if (this.measured !== undefined) this.calibrate(this.measured, seconds);
  }

  failed(seconds: number, error: unknown): void {
    this.calls.failed(seconds, error);
  }

  /** A call failed that was not timed: it is no other's likeness. */
  failedUntimed(error: unknown): void {
    this.recorded++;
    this.calls.failed(this.last, error);
  }

  /** Records what was not timed so far. */
  flush(): void {
    const owed = this.gap - this.left - this.recorded;
    if (owed <= 0) return;
    this.recorded += owed;
    this.calls.completed(this.last, owed);
  }

  private calibrate(measured: number[], seconds: number): void {
    if (measured.push(seconds) < CALIBRATION) return;
    this.measured = undefined;
    // The first ones are not compiled yet, and now and then something comes between: the median knows of neither.
    const typical = measured.sort((a, b) => a - b)[CALIBRATION / 2] as number;
    this.every = typical >= LONG ? 1 : typical >= SHORT ? 10 : 100;
  }
}
