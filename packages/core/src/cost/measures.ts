import type { MetricShape } from './metric-shape.ts';
import { type MonthlyUsage, seriesOf } from './monthly-usage.ts';

/** What a backend counts before it charges. */
export type Measure =
  | 'series'
  | 'dimensionSets'
  | 'customMetrics'
  | 'storedSeries'
  | 'activeSeries'
  | 'points'
  | 'pointBytes'
  | 'records'
  | 'requests'
  | 'bytes'
  | 'metricBytes'
  | 'spanBytes'
  | 'eventBytes'
  | 'traceBytes'
  | 'spans'
  | 'traces'
  | 'events';

/** How much a measure finds in a month; `spansPerTrace` is known to nobody here, so that it is given. */
export function measured(measure: Measure, usage: MonthlyUsage, spansPerTrace: number): number {
  const { shapes, signals, interval } = usage;
  const { metrics, spans, events } = signals;
  switch (measure) {
    case 'series':
      return seriesOf(shapes);
    case 'dimensionSets':
      return total(shapes, dimensionSets);
    case 'customMetrics':
      return total(shapes, customMetrics);
    case 'storedSeries':
      return total(shapes, storedSeries);
    case 'activeSeries':
      return total(shapes, storedSeries) * Math.max(1, 60 / interval);
    case 'points':
      return (metrics?.items ?? 0) * perPoint(shapes, storedSeries);
    case 'pointBytes':
      return (metrics?.items ?? 0) * perPoint(shapes, pointBytes);
    case 'records':
      return (metrics?.items ?? 0) + (spans?.items ?? 0) + (events?.items ?? 0);
    case 'requests':
      return (metrics?.requests ?? 0) + (spans?.requests ?? 0) + (events?.requests ?? 0);
    case 'bytes':
      return (metrics?.bytes ?? 0) + (spans?.bytes ?? 0) + (events?.bytes ?? 0);
    case 'metricBytes':
      return metrics?.bytes ?? 0;
    case 'spanBytes':
      return spans?.bytes ?? 0;
    case 'eventBytes':
      return events?.bytes ?? 0;
    case 'traceBytes':
      return (spans?.bytes ?? 0) + (events?.bytes ?? 0);
    case 'spans':
      return spans?.items ?? 0;
    case 'traces':
      return (spans?.items ?? 0) / spansPerTrace;
    case 'events':
      return events?.items ?? 0;
  }
}

function total(shapes: readonly MetricShape[], of: (shape: MetricShape) => number): number {
  return shapes.reduce((sum, shape) => sum + of(shape), 0);
}

function perPoint(shapes: readonly MetricShape[], of: (shape: MetricShape) => number): number {
  const series = seriesOf(shapes);
  return series === 0 ? 1 : total(shapes, of) / series;
}

/** CloudWatch has no summaries: count and sum are one metric, each quantile is another. */
function dimensionSets({ series, quantiles }: MetricShape): number {
  return series + quantiles;
}

/** A distribution is five custom metrics: https://docs.datadoghq.com/account_management/billing/custom_metrics/. */
function customMetrics({ type, series, quantiles }: MetricShape): number {
  if (type === 'histogram' || type === 'exponentialHistogram') return 5 * series;
  return type === 'summary' ? 2 * series + quantiles : series;
}

/** Each bucket, each quantile, the count and the sum: https://prometheus.io/docs/concepts/metric_types/. */
function storedSeries({ type, series, buckets, quantiles }: MetricShape): number {
  const isDistribution = type === 'histogram' || type === 'exponentialHistogram' || type === 'summary';
  return isDistribution ? 2 * series + buckets + quantiles : series;
}

/** 8 bytes for a number, 80 for a distribution: not verified, so the note on google-cloud says it. Summaries go out as numbers. */
function pointBytes({ type, series, quantiles }: MetricShape): number {
  if (type === 'histogram' || type === 'exponentialHistogram') return 80 * series;
  return 8 * (type === 'summary' ? 2 * series + quantiles : series);
}
