import type { SeriesAttributes } from '../attributes.ts';
import type { Metric, MetricsSnapshot, Point } from '../metrics/snapshot.ts';
import { isSameScope } from '../scope-key.ts';
import { isSummable, pointDifference, type SummableMetric, type SummablePoint } from './point-difference.ts';

/** Series that are gone and still owe a difference. Reached only if series come and go while a backend is down. */
const MAX_VANISHED = 10_000;

/** One series that adds up, as far as the backend has it. */
interface Tracked {
  /** The metric it was last seen in: what is needed to give it again after it vanished. */
  metric: SummableMetric;
  /** The reading up to which the backend has everything; `undefined` as long as it has nothing. */
  acknowledged: SummablePoint | undefined;
  /** The last reading. */
  latest: SummablePoint;
  /** The difference that was last given and not acknowledged: from `acknowledged` to `latest`. */
  given: SummablePoint | undefined;
  /** The call of `difference` that last saw it. */
  round: number;
}

/**
 * Turns totals into the difference since the last acknowledged export, series by series, for one exporter.
 *
 *   acknowledged ──────────── given ────────────▶ latest        a failed export only makes the next difference wider;
 *        ▲                                           │          what was acknowledged is never given again
 *        └──────────────── acknowledge() ────────────┘
 *
 * A series is known by its `attributes` object, so one that comes back after it expired is a new one and starts from zero. Memory follows the
 * series: what is known of one goes when its attributes object does, but for differences that still wait for their acknowledgement.
 */
export class DeltaTracker {
  private readonly tracked = new WeakMap<SeriesAttributes, Tracked>();
  /** All that have a difference given and not acknowledged, the longest waiting first. */
  private readonly pending = new Set<Tracked>();
  private readonly maxVanished: number;
  private readonly isDelta: (metric: Metric) => boolean;
  private round = 0;
  private lost = 0;

  /** `isDelta`: which metrics are to be differences; gauges never are. */
  constructor(maxVanished: number = MAX_VANISHED, isDelta: (metric: Metric) => boolean = isSummable) {
    this.maxVanished = maxVanished;
    this.isDelta = isDelta;
  }

  /** Differences that were given up, because too many series had vanished before the backend took theirs. */
  get forgotten(): number {
    return this.lost;
  }

  /**
   * The snapshot with counters, histograms and summaries (or what was asked for) as differences, deeply frozen; those without change are left
   * out. All else stays as it is. A difference begins where the one before it ended; `min` and `max` are not known. A series that
   * vanished is still given until it is acknowledged.
   */
  difference(snapshot: MetricsSnapshot): MetricsSnapshot {
    this.round++;
    const metrics: { readonly metric: Metric; readonly points: Point[] }[] = [];
    for (const metric of snapshot.metrics) {
      if (this.differs(metric)) metrics.push({ metric, points: this.differences(metric) });
      else metrics.push({ metric, points: metric.points as Point[] });
    }
    for (const gone of this.vanished()) {
      const home = metrics.find(({ metric }) => isSameMetric(metric, gone.metric));
      if (home === undefined) metrics.push({ metric: gone.metric, points: [gone.given as Point] });
      else home.points.push(gone.given as Point);
    }
    const filled = metrics
      .filter(({ points }) => points.length > 0)
      .sort((a, b) => (a.metric.name < b.metric.name ? -1 : a.metric.name > b.metric.name ? 1 : 0))
      .map(({ metric, points }) => (this.differs(metric) ? asDelta(metric, points) : metric));
    return Object.freeze({ ...snapshot, metrics: Object.freeze(filled) });
  }

  /** The backend has these totals of series that were not read so far: differences begin there. */
  assume(metrics: readonly Metric[]): void {
    for (const metric of metrics) {
      if (!this.differs(metric)) continue;
      for (const point of metric.points) {
        const known = this.tracked.get(point.attributes);
        if (known !== undefined) known.acknowledged = point;
        else
          this.tracked.set(point.attributes, {
            metric,
            acknowledged: point,
            latest: point,
            given: undefined,
            round: 0,
          });
      }
    }
  }

  /** Up to which totals the backend has the series of a snapshot. */
  acknowledged(snapshot: MetricsSnapshot): readonly Metric[] {
    return snapshot.metrics
      .filter((metric) => this.differs(metric))
      .map((metric) => {
        const points = metric.points.map((point) => this.tracked.get(point.attributes)?.acknowledged);
        return { ...metric, points: points.filter((point) => point !== undefined) } as Metric;
      });
  }

  /** The backend has these points of the last difference; without argument, all of them. Others are ignored. */
  acknowledge(points?: Iterable<Point>): void {
    if (points === undefined) {
      for (const one of this.pending) settle(one);
      this.pending.clear();
      return;
    }
    for (const point of points) {
      const one = this.tracked.get(point.attributes);
      if (one === undefined || one.given !== point) continue;
      settle(one);
      this.pending.delete(one);
    }
  }

  private differs(metric: Metric): metric is SummableMetric {
    return metric.type !== 'gauge' && this.isDelta(metric);
  }

  private differences(metric: SummableMetric): Point[] {
    const points: Point[] = [];
    for (const latest of metric.points) {
      let one = this.tracked.get(latest.attributes);
      if (one === undefined) {
        one = { metric, acknowledged: undefined, latest, given: undefined, round: 0 };
        this.tracked.set(latest.attributes, one);
      }
      one.metric = metric;
      one.latest = latest;
      one.round = this.round;
      one.given = pointDifference(metric.type, latest, one.acknowledged);
      if (one.given === undefined) {
        // Nothing came, so there is nothing to acknowledge: the next difference may begin here.
        if (one.acknowledged !== undefined) one.acknowledged = latest;
        this.pending.delete(one);
      } else {
        points.push(one.given);
        this.pending.add(one);
      }
    }
    return points;
  }

  private vanished(): readonly Tracked[] {
    const vanished: Tracked[] = [];
    for (const one of this.pending) if (one.round !== this.round) vanished.push(one);
    const excess = vanished.length - this.maxVanished;
    if (excess <= 0) return vanished;
    for (const one of vanished.splice(0, excess)) {
      settle(one);
      this.pending.delete(one);
    }
    this.lost += excess;
    return vanished;
  }
}

function settle(one: Tracked): void {
  one.acknowledged = one.latest;
  one.given = undefined;
}

function asDelta(metric: SummableMetric, points: readonly Point[]): Metric {
  return Object.freeze({ ...metric, temporality: 'delta', points: Object.freeze(points) }) as Metric;
}

function isSameMetric(a: Metric, b: Metric): boolean {
  return a.name === b.name && a.type === b.type && a.resource === b.resource && isSameScope(a.scope, b.scope);
}
