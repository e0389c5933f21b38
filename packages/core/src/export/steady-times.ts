import type { SeriesAttributes } from '../attributes.ts';
import type { Metric, MetricsSnapshot, Point } from '../metrics/snapshot.ts';

/**
 * Keeps the start of each series before its reading when the system's clock was set back: such a series has begun at the first reading after
 * that, and stays at it, since a start that moved with each reading would tell a backend that counting began anew.
 */
export class SteadyTimes {
  private readonly starts = new WeakMap<SeriesAttributes, number>();

  /** Points that are right are the same objects. */
  pass(snapshot: MetricsSnapshot): MetricsSnapshot {
    let changed = false;
    const metrics = snapshot.metrics.map((metric) => {
      const steady = this.metricOf(metric);
      changed ||= steady !== metric;
      return steady;
    });
    return changed ? Object.freeze({ ...snapshot, metrics: Object.freeze(metrics) }) : snapshot;
  }

  private metricOf(metric: Metric): Metric {
    const points = metric.points as readonly Point[];
    let steady: Point[] | undefined;
    for (const [i, point] of points.entries()) {
      const { attributes, startTime, time } = point;
      let start = Math.min(startTime, this.starts.get(attributes) ?? startTime);
      if (start > time) start = time;
      if (start === startTime) continue;
      this.starts.set(attributes, start);
      steady ??= [...points];
      steady[i] = Object.freeze({ ...point, startTime: start });
    }
    return steady === undefined ? metric : (Object.freeze({ ...metric, points: Object.freeze(steady) }) as Metric);
  }
}
