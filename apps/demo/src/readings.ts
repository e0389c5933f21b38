import type { MetricsSnapshot, SeriesAttributes } from '@telltale/core';

/** What one series of a counter, gauge or histogram says; a window's when it was read with an earlier snapshot. */
export interface Reading {
  readonly service: string;
  readonly attributes: SeriesAttributes;
  /** Of a counter or gauge; how many, of a histogram. */
  readonly value: number;
  /** Of a histogram: its upper bounds, and how many values lie in each bucket. */
  readonly boundaries: readonly number[];
  readonly counts: readonly number[];
}

/** The series of a metric; sums and histograms since `before`, if that is given. A series is known by its attributes object. */
export function readingsOf(snapshot: MetricsSnapshot, name: string, before?: MetricsSnapshot): readonly Reading[] {
  const earlier = new Map(before === undefined ? [] : readingsOf(before, name).map((one) => [one.attributes, one]));
  return snapshot.metrics
    .filter((metric) => metric.name === name)
    .flatMap((metric) => {
      const adds = metric.type === 'counter' || metric.type === 'histogram';
      return metric.points.map((point): Reading => {
        const was = adds ? earlier.get(point.attributes) : undefined;
        const counts = 'counts' in point ? point.counts : [];
        return {
          service: String(metric.resource.attributes['service.name']),
          attributes: point.attributes,
          value: ('value' in point ? point.value : point.count) - (was?.value ?? 0),
          boundaries: metric.type === 'histogram' ? metric.boundaries : [],
          counts: counts.map((count, i) => count - (was?.counts[i] ?? 0)),
        };
      });
    });
}

export function total(readings: readonly Reading[]): number {
  return readings.reduce((sum, { value }) => sum + value, 0);
}

/** The value below which the share `q` lies, by interpolation within a bucket, as Prometheus does; `undefined` without values. */
export function quantile(readings: readonly Reading[], q: number): number | undefined {
  const boundaries = readings[0]?.boundaries ?? [];
  const counts = Array.from({ length: boundaries.length + 1 }, (_, i) =>
    readings.reduce((sum, reading) => sum + (reading.counts[i] ?? 0), 0),
  );
  const rank = q * counts.reduce((sum, count) => sum + count, 0);
  if (rank === 0) return undefined;
  let below = 0;
  for (const [i, upper] of boundaries.entries()) {
    const count = counts[i] ?? 0;
    if (count > 0 && below + count >= rank) {
      const lower = boundaries[i - 1] ?? 0;
      return lower + ((upper - lower) * (rank - below)) / count;
    }
    below += count;
  }
  return boundaries.at(-1);
}
