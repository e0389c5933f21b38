import { OTHER } from '../attributes.ts';
import { type MetricShape, shapeOf, withSeries } from '../cost/metric-shape.ts';
import type { Metric, MetricsSnapshot, Point } from '../metrics/snapshot.ts';
import type { Resource } from '../resource.ts';
import { scopeKey } from '../scope-key.ts';
import { FoldedMetric, type FoldedSeries, type Original } from './fold-series.ts';

/** Folded series without originals that are remembered, so that their totals go on when one comes back. */
const MAX_IDLE = 10_000;

/** Attributes that say whether something went wrong: of two that have as many values, the other one is folded. */
const PROTECTED: readonly string[] = ['error.type', 'http.response.status_code', 'job.outcome'];

/** An attribute that could be folded, with how many values it has. */
export interface FoldCandidate {
  readonly attribute: string;
  /** Besides `other`. */
  readonly values: number;
}

/**
 * Turns all values of an attribute of a metric into `other`, for one exporter, and adds up the series that are then the same. What was folded
 * stays so: series that come and go would be told apart from changes by nobody.
 *
 *   collected ──▶ difference ──▶ apply ──▶ exporter        `originals` leads back: what the backend
 *       │                          ▲          │            took of a folded point, it took of all
 *       └── look (what is there) ──┘          └─ accepted  its originals
 */
export class Fold {
  private readonly folds = new Map<string, ReadonlySet<string>>();
  private readonly metrics = new WeakMap<Resource, Map<string, FoldedMetric>>();
  private readonly sources = new WeakMap<Point, readonly Point[]>();
  private looks = 0;

  /** From now on, values of this attribute of metrics with this name are `other`. */
  add(name: string, attribute: string): void {
    this.folds.set(name, new Set([...(this.folds.get(name) ?? []), attribute]));
  }

  /** How much there is of each metric, folded as it is now. To be called with all that was collected, before `apply`. */
  look(collected: MetricsSnapshot): readonly MetricShape[] {
    this.looks++;
    let idle = -MAX_IDLE;
    const met: FoldedMetric[] = [];
    const shapes = collected.metrics.map((metric) => {
      const folded = this.foldOf(metric);
      if (folded === undefined) return shapeOf(metric);
      let [series, kept] = [0, 0];
      for (const { attributes } of metric.points as readonly Point[]) {
        const target = folded.original(attributes)?.series;
        if (target !== undefined && target.seen === this.looks) continue;
        if (target !== undefined) target.seen = this.looks;
        else kept++;
        series++;
      }
      idle += folded.size - (series - kept);
      met.push(folded);
      const all = shapeOf(metric);
      // A folded summary has no quantiles any more.
      return { ...withSeries(all, series), quantiles: all.quantiles * (kept / all.series) };
    });
    for (const folded of met) {
      if (idle <= 0) break;
      idle -= folded.forget(idle, this.looks);
    }
    return shapes;
  }

  /** The attribute of a metric that has the most values, two at the least. Of several, none that tells of errors if it can be helped, then the first by name. */
  candidate(collected: MetricsSnapshot, name: string): FoldCandidate | undefined {
    const folded = this.folds.get(name);
    const values = new Map<string, Set<unknown>>();
    for (const metric of collected.metrics) {
      if (metric.name !== name) continue;
      for (const { attributes } of metric.points as readonly Point[]) {
        for (const key in attributes) {
          if (folded?.has(key)) continue;
          const value = attributes[key];
          const known = values.get(key);
          if (known === undefined) values.set(key, new Set([value]));
          else known.add(value);
        }
      }
    }
    const [best] = [...values]
      .filter(([, { size }]) => size > 1)
      .sort(([a, one], [b, two]) => two.size - one.size || rank(a) - rank(b) || (a < b ? -1 : 1));
    return best && { attribute: best[0], values: best[1].size - (best[1].has(OTHER) ? 1 : 0) };
  }

  /** A snapshot, or a difference, with the folded series in place of their originals. Frozen. */
  apply(snapshot: MetricsSnapshot): MetricsSnapshot {
    if (this.folds.size === 0) return snapshot;
    const metrics = snapshot.metrics.map((metric) => {
      const folded = this.foldOf(metric);
      return folded === undefined ? metric : this.folded(metric, folded);
    });
    return Object.freeze({ ...snapshot, metrics: Object.freeze(metrics) });
  }

  /** The points that these of the last `apply` stand for. */
  originals(points: readonly Point[]): readonly Point[] {
    return points.flatMap((point) => this.sources.get(point) ?? point);
  }

  private folded(metric: Metric, folded: FoldedMetric): Metric {
    const points: Point[] = [];
    const groups = new Map<FoldedSeries, Group>();
    for (const point of metric.points as readonly Point[]) {
      const original = folded.original(point.attributes);
      if (original === undefined) {
        points.push(point);
        continue;
      }
      let group = groups.get(original.series);
      if (group === undefined) {
        group = { points: [], originals: [] };
        groups.set(original.series, group);
      }
      group.points.push(point);
      group.originals.push(original);
    }
    for (const [series, group] of groups) {
      const point = folded.fold(metric, series, group.points, group.originals);
      this.sources.set(point, group.points);
      points.push(point);
    }
    return Object.freeze({ ...metric, points: Object.freeze(points) }) as Metric;
  }

  private foldOf(metric: Metric): FoldedMetric | undefined {
    const attributes = this.folds.get(metric.name);
    if (attributes === undefined) return undefined;
    let ofResource = this.metrics.get(metric.resource);
    if (ofResource === undefined) {
      ofResource = new Map();
      this.metrics.set(metric.resource, ofResource);
    }
    const key = JSON.stringify([metric.name, metric.type, scopeKey(metric.scope)]);
    let folded = ofResource.get(key);
    if (folded === undefined) {
      folded = new FoldedMetric();
      ofResource.set(key, folded);
    }
    folded.foldInto(metric, attributes);
    return folded;
  }
}

interface Group {
  readonly points: Point[];
  readonly originals: Original[];
}

function rank(attribute: string): number {
  return PROTECTED.includes(attribute) ? 1 : 0;
}
