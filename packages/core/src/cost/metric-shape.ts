import type { Metric, MetricType } from '../metrics/snapshot.ts';

/** How much of a metric there is: what backends charge by. */
export interface MetricShape {
  readonly name: string;
  readonly type: MetricType;
  readonly series: number;
  /** Buckets of all series: of a histogram those for its boundaries and the last one, of an exponential one those in use. */
  readonly buckets: number;
  /** Quantiles of all series of a summary. */
  readonly quantiles: number;
}

export function shapeOf(metric: Metric): MetricShape {
  const series = metric.points.length;
  const shape = { name: metric.name, type: metric.type, series, buckets: 0, quantiles: 0 };
  switch (metric.type) {
    case 'histogram':
      return { ...shape, buckets: series * (metric.boundaries.length + 1) };
    case 'exponentialHistogram': {
      const { points } = metric;
      const buckets = points.reduce(
        (sum, { positive, negative }) => sum + positive.counts.length + negative.counts.length + 1,
        0,
      );
      return { ...shape, buckets };
    }
    case 'summary':
      return { ...shape, quantiles: metric.points.reduce((sum, { quantiles }) => sum + quantiles.length, 0) };
    default:
      return shape;
  }
}

/** The same metric with fewer series, as much of it each. */
export function withSeries(shape: MetricShape, series: number): MetricShape {
  const share = shape.series === 0 ? 0 : series / shape.series;
  return { ...shape, series, buckets: shape.buckets * share, quantiles: shape.quantiles * share };
}
