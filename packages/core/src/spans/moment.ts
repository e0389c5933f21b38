import type { Clock } from '../clock.ts';

/** When a span started, by both clocks. */
export interface Moment {
  /** Seconds since the Unix epoch. */
  readonly time: number;
  /** Seconds of the monotonic clock; NaN when the caller gave the time, so that there is nothing to count from. */
  readonly monotonic: number;
}

/** Seconds. A process that slept or was frozen longer ago than this does not pass its error on to new spans. */
const MAX_ANCHOR_AGE = 60;

/**
 * Now. Within a trace it is counted from the parent's start by the monotonic clock: a correction of the system's clock cannot put a child
 * before its parent, and reading one clock less is a fifth of the cost of a span.
 */
export function momentAfter(parent: Moment | undefined, clock: Clock): Moment {
  const monotonic = clock.monotonic();
  if (parent !== undefined) {
    const elapsed = monotonic - parent.monotonic;
    if (elapsed >= 0 && elapsed < MAX_ANCHOR_AGE) return { time: parent.time + elapsed, monotonic };
  }
  return { time: clock.wallAt(monotonic), monotonic };
}

/** Seconds since the epoch of what the monotonic clock gave just now, counted from the start where that is possible. */
export function timeAt(monotonic: number, start: Moment, clock: Clock): number {
  return Number.isNaN(start.monotonic) ? clock.wallAt(monotonic) : start.time + (monotonic - start.monotonic);
}
