import type { Slots } from './slots.ts';

/** What was last seen of a total that grows. */
export interface Seen {
  count: number;
  time: number;
  startTime: number;
}

/** How a total grew since the reading before. */
export interface Growth {
  readonly amount: number;
  /** It began anew: all of it came since. */
  readonly isNew: boolean;
  /** Seconds in which it grew, where these are many more than between two readings: the series tells seldom. */
  readonly over: number | undefined;
}

/** A series that was told so many seconds ago, in units of how often it is told, tells no more. */
const GONE_AFTER = 2.5;

/** Seconds by which a start may be told too early: it is kept in whole milliseconds. */
const START_TOLERANCE = 0.002;

interface Total {
  readonly count: number;
  readonly time: number;
  readonly startTime: number;
}

/** What each reading knows. */
export interface ReadingTime {
  readonly slots: Slots;
  /** Seconds since the epoch of the reading before; infinite at the first. */
  readonly before: number;
  /** Seconds by a clock that never goes back. */
  readonly now: number;
}

/**
 * How a total grew: never less than nothing. One that fell, or that began after it was last seen, began anew. Of one that is seen for the first
 * time, nothing is known unless it began since the reading before. `undefined`: it was not told anew since.
 */
export function growthOf(
  seen: Seen | undefined,
  total: Total,
  observable: boolean,
  reading: ReadingTime,
): Growth | undefined {
  if (seen === undefined) {
    // Who observes a total of someone else, begins in the middle of it.
    const isNew = !observable && total.startTime >= reading.before - START_TOLERANCE;
    return { amount: isNew ? total.count : 0, isNew, over: undefined };
  }
  const seconds = total.time - seen.time;
  if (seconds === 0 && total.count === seen.count) return undefined;
  const isNew =
    total.count < seen.count || (!observable && total.startTime > seen.time && total.startTime > seen.startTime);
  const { gap } = reading.slots;
  return {
    amount: isNew ? total.count : total.count - seen.count,
    isNew,
    over: seconds > 2.5 && seconds > 1.6 * gap ? seconds : undefined,
  };
}

export function heldUntil(reading: ReadingTime, over: number): number {
  return reading.now + over * GONE_AFTER;
}
