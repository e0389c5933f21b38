import type { Metric, Point } from '../metrics/snapshot.ts';

export function pointsIn(metrics: readonly Metric[]): readonly Point[] {
  return metrics.flatMap<Point>(({ points }) => points);
}

/** The same points in two halves; the points are the same objects. */
export function halvesOf(metrics: readonly Metric[]): readonly (readonly Metric[])[] {
  const half = Math.ceil(pointsIn(metrics).length / 2);
  const first: Metric[] = [];
  const second: Metric[] = [];
  let before = 0;
  for (const metric of metrics) {
    const at = Math.max(0, half - before);
    const points = metric.points as readonly Point[];
    if (at > 0) first.push({ ...metric, points: points.slice(0, at) } as Metric);
    if (at < points.length) second.push({ ...metric, points: points.slice(at) } as Metric);
    before += points.length;
  }
  return [first, second];
}
