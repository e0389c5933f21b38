import {
  foldPoints,
  type Metric,
  type Point,
  type SeriesAttributes,
  type SummaryPoint,
  type Temporality,
} from '@telltale/core';

/** Runs of a service that tell of one series and are told apart by their start: more than these at once are not. */
const MAX_RUNS = 16;
/** Differences by which a request that comes twice is known. */
const MAX_RECENT = 4;

/** `repeated`: what it says is known already, or was overtaken. */
export type Taken = 'taken' | 'repeated';

/**
 * One series as it was told: in totals, each of which replaces the one before it, or in differences, which add up. A total that begins anew is
 * another run of the service: what the runs before counted is kept, so that the sum of all never falls.
 */
export class ReceivedSeries {
  readonly attributes: SeriesAttributes;
  /** Monotonic seconds of the last point. */
  touched = 0;
  /** Of each run its last total, by when they began. */
  private runs: readonly Point[] = NONE;
  /** What was told in differences, and by runs that are over. */
  private base: Point | undefined = undefined;
  /** Runs that began until then are in `base`. */
  private foldedUpTo = Number.NEGATIVE_INFINITY;
  /** When a run began that does not say so. */
  private firstSeen = 0;
  /** Start and time of the last differences, in pairs. */
  private recent: readonly number[] = NONE;
  private total: Point | undefined = undefined;

  constructor(attributes: SeriesAttributes) {
    this.attributes = attributes;
  }

  take(metric: Metric, point: Point, temporality: Temporality): Taken {
    if (metric.type === 'gauge' || (metric.type === 'upDownCounter' && temporality === 'cumulative'))
      return this.replace(point);
    return temporality === 'delta' ? this.add(metric, point) : this.proceed(metric, point);
  }

  /** Everything so far as one point; the same object until more comes. */
  read(metric: Metric): Point | undefined {
    if (this.total !== undefined) return this.total;
    const parts = this.base === undefined ? this.runs : [this.base, ...this.runs];
    this.total = parts.length < 2 ? parts[0] : this.fold(metric, parts);
    return this.total;
  }

  /** A value that is not added up: the newest counts. */
  private replace(point: Point): Taken {
    const { total } = this;
    if (total !== undefined && point.time <= total.time) return 'repeated';
    this.firstSeen ||= point.time;
    this.total = point.startTime > 0 ? point : { ...point, startTime: this.firstSeen };
    this.runs = [this.total];
    return 'taken';
  }

  private add(metric: Metric, point: Point): Taken {
    const { recent } = this;
    for (let i = 0; i < recent.length; i += 2) {
      if (recent[i] === point.startTime && recent[i + 1] === point.time) return 'repeated';
    }
    this.recent = [...recent.slice(-2 * (MAX_RECENT - 1)), point.startTime, point.time];
    this.firstSeen ||= point.startTime || point.time;
    const known = point.startTime > 0 ? point : { ...point, startTime: this.firstSeen };
    this.base = this.base === undefined ? known : this.fold(metric, [this.base, known]);
    this.total = undefined;
    return 'taken';
  }

  private proceed(metric: Metric, told: Point): Taken {
    this.firstSeen ||= told.time;
    const point = told.startTime > 0 ? told : { ...told, startTime: this.firstSeen };
    const at = this.runs.findIndex(({ startTime }) => startTime === point.startTime);
    const before = this.runs[at];
    if (before === undefined) {
      if (point.startTime <= this.foldedUpTo) return 'repeated';
      const [oldest, ...others] = [...this.runs, point].sort((a, b) => a.startTime - b.startTime) as [
        Point,
        ...Point[],
      ];
      this.runs = others.length < MAX_RUNS ? [oldest, ...others] : others;
      if (others.length === MAX_RUNS) this.end(metric, oldest);
    } else {
      if (point.time < before.time || (point.time === before.time && !hasGrown(point, before))) return 'repeated';
      // What falls has begun anew without saying so.
      if (hasGrown(before, point))
        this.base = this.base === undefined ? before : this.fold(metric, [this.base, before]);
      this.runs = this.runs.length === 1 ? [point] : this.runs.with(at, point);
    }
    this.total = undefined;
    return 'taken';
  }

  private end(metric: Metric, run: Point): void {
    this.foldedUpTo = run.startTime;
    this.base = this.base === undefined ? run : this.fold(metric, [this.base, run]);
  }

  private fold(metric: Metric, parts: readonly Point[]): Point {
    const sum = foldPoints(metric, this.attributes, parts);
    if (metric.type !== 'summary') return sum;
    // Quantiles cannot be added; those of the newest are of its window.
    const { quantiles } = parts.reduce((a, b) => (b.time >= a.time ? b : a)) as SummaryPoint;
    return { ...(sum as SummaryPoint), quantiles };
  }
}

const NONE: readonly never[] = Object.freeze([]);

function hasGrown(later: Point, earlier: Point): boolean {
  if ('value' in later) return later.value > (earlier as typeof later).value;
  return later.count > (earlier as typeof later).count;
}
