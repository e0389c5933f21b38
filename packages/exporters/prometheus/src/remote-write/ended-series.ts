import type { Metric, MetricsSnapshot, Point, SeriesAttributes } from '@telltale/core';

/** Finds the series that were there at the last export that was taken, and are not any more. */
export class EndedSeries {
  private last: MetricsSnapshot | undefined;

  /** The metrics of the last export with those points only whose series have ended. */
  since({ metrics }: MetricsSnapshot): readonly Metric[] {
    if (this.last === undefined) return [];
    const living = Map.groupBy(metrics, identity);
    return this.last.metrics.flatMap((metric) => {
      const now = (living.get(identity(metric)) ?? []).flatMap<Point>(({ points }) => points);
      const points = endedOf(metric.points, now);
      return points.length === 0 ? [] : [{ ...metric, points } as Metric];
    });
  }

  taken(snapshot: MetricsSnapshot): void {
    this.last = snapshot;
  }
}

function identity({ name, unit, type, resource }: Metric): string {
  return JSON.stringify([name, unit, type, resource.attributes]);
}

/** A series is its attributes object; one that has ended and begun anew is another object, and the same to the receiver. */
function endedOf(before: readonly Point[], now: readonly Point[]): readonly Point[] {
  const objects = new Set<SeriesAttributes>(now.map(({ attributes }) => attributes));
  const gone = before.filter(({ attributes }) => !objects.has(attributes));
  if (gone.length === 0) return gone;
  const contents = new Set(now.map(({ attributes }) => contentOf(attributes)));
  return gone.filter(({ attributes }) => !contents.has(contentOf(attributes)));
}

function contentOf(attributes: SeriesAttributes): string {
  return JSON.stringify(Object.entries(attributes).map(([key, value]) => [key, String(value)]));
}
