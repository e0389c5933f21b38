import { milliseconds } from './timestamp.ts';

/** "Quotas and limits" of Cloud Monitoring: the end times of the points of a series must be so far apart. */
const MIN_APART_MS = 5000;
/** `TimeInterval` (google/monitoring/v3/common.proto) allows five minutes; telling of a future that far would mislead people. */
const MAX_AHEAD_MS = 60_000;

/** When a point is of, in milliseconds since the epoch. Gauges have no start. */
export interface Interval {
  readonly start: number | undefined;
  readonly end: number;
}

/** A point, as far as its times go. */
export interface TimedPoint {
  /** The same object as long as the series lives. */
  readonly attributes: object;
  readonly startTime: number;
  readonly time: number;
  /** What only grows while the series lives. */
  readonly total: number;
}

interface Written {
  readonly point: TimedPoint;
  readonly start: number;
  readonly end: number;
  readonly snapshot: number;
}

/**
 * Gives points the times at which Cloud Monitoring takes them, whatever the clock of the machine does: each ends 5 s after the last of its series
 * or later, and begins before it ends. A point that would come too soon is told as of the first moment that it may be of, up to 60 s ahead.
 */
export class SeriesTimes {
  private readonly series = new Map<string, Written>();
  private snapshots = 0;

  /** `undefined`: the point cannot be told yet. */
  intervalOf(key: string, cumulative: boolean, point: TimedPoint): Interval | undefined {
    const last = this.series.get(key);
    const now = milliseconds(point.time);
    let end = Math.max(now, last === undefined ? now : last.end + MIN_APART_MS);
    if (end - now > MAX_AHEAD_MS) return undefined;
    if (!cumulative) return { start: undefined, end };
    let start = startAfter(last, point);
    if (start >= end) {
      if (start + 1 - now <= MAX_AHEAD_MS) end = start + 1;
      else start = end - 1;
    }
    return { start, end };
  }

  /** The backend has the point, or may have it. */
  written(key: string, point: TimedPoint, { start, end }: Interval): void {
    this.series.set(key, { point, start: start ?? end, end, snapshot: this.snapshots });
  }

  /** Forgets series that were not written for long, when they are many: those can be told of anew. */
  nextSnapshot(series: number): void {
    this.snapshots++;
    if (this.series.size <= 2 * series + 1000) return;
    for (const [key, { snapshot }] of this.series) if (snapshot < this.snapshots - 60) this.series.delete(key);
  }
}

/** After a reset, counting begins behind the last interval; else where it began, also when the clock was corrected since. */
function startAfter(last: Written | undefined, point: TimedPoint): number {
  const given = milliseconds(point.startTime);
  if (last === undefined) return given;
  return isReset(last.point, point) ? Math.max(given, last.end + 1) : last.start;
}

/** The start of a series says little: it moves with the clock. */
function isReset(last: TimedPoint, point: TimedPoint): boolean {
  return point.total < last.total || (point.attributes !== last.attributes && point.startTime > last.time);
}
