import type { Point } from '@telltale/core';

/** Datadog takes points that are at most an hour old (https://docs.datadoghq.com/api/latest/metrics/#submit-metrics); the rest is for the way there. */
const OLDEST = 50 * 60;
/** … and at most ten minutes ahead. */
const NEWEST = 9 * 60;

interface Stamp {
  readonly startTime: number;
  readonly stamp: number;
  taken: boolean;
}

/**
 * The times, in whole seconds, that points of differences are sent with. Of two points of a series with the same time, Datadog keeps the later one. So a
 * difference keeps the time at which it first ended: handed over again, wider, it has it once more and replaces what may be there; and no two
 * differences have the same, however soon one follows the other. Ends are an interval apart, so they differ also where this memory is gone: after a
 * restart, for what a spool has kept.
 */
export class SeriesTimes {
  private readonly last = new WeakMap<Point['attributes'], Stamp>();

  /** `now` is the time of the snapshot, in seconds. */
  of({ attributes, startTime, time }: Point, now: number): number {
    const oldest = Math.floor(now) - OLDEST;
    const last = this.last.get(attributes);
    if (last?.taken === false && last.startTime === startTime && last.stamp >= oldest) return last.stamp;
    const next = Math.max(Math.floor(time), oldest, (last?.stamp ?? 0) + 1);
    const stamp = Math.min(next, Math.floor(now) + NEWEST);
    this.last.set(attributes, { startTime, stamp, taken: false });
    return stamp;
  }

  /** Datadog has this point: what comes of its series is another difference. */
  taken({ attributes }: Point): void {
    const last = this.last.get(attributes);
    if (last !== undefined) last.taken = true;
  }
}
