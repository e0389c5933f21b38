import { ValueType } from '@opentelemetry/api';
import type { SeriesAttributes } from '../attributes.ts';
import type {
  ExponentialBuckets,
  ExponentialHistogramPoint,
  HistogramPoint,
  Metric,
  NumberPoint,
  Point,
  SummaryMetric,
} from '../metrics/snapshot.ts';
import { Pace } from '../pace.ts';
import type { Resource } from '../resource.ts';
import { scopeKey } from '../scope-key.ts';
import { hrTimeOf } from './hr-time.ts';
import {
  AGGREGATION_TEMPORALITY,
  DATA_POINT_TYPE,
  instrumentTypeOf,
  type SdkDataPoint,
  type SdkExponentialHistogram,
  type SdkHistogram,
  type SdkMetricData,
  type SdkMetricDescriptor,
  type SdkScopeMetrics,
} from './sdk-metrics.ts';

/** Points between two looks at the time. */
const POINTS_PER_LOOK = 200;

/**
 * Metrics in the words of OpenTelemetry's SDK, by scope. The SDK has one resource for all of them, `resource`: series of other services carry
 * the attributes by which theirs differs, so that no two series are the same. A summary, which the SDK does not know, becomes a gauge with
 * the attribute `quantile` and the sums `<name>.count` and `<name>.sum`. Made in slices.
 */
export async function scopeMetricsOf(metrics: readonly Metric[], resource: Resource): Promise<SdkScopeMetrics[]> {
  const scopes = new Map<string, { readonly scope: SdkScopeMetrics; readonly known: Map<string, SdkMetricData> }>();
  const pace = new Pace();
  let made = 0;
  for (const metric of metrics.flatMap(withoutSummaries)) {
    const key = scopeKey(metric.scope);
    let home = scopes.get(key);
    if (home === undefined) {
      home = { scope: { scope: metric.scope, metrics: [] }, known: new Map() };
      scopes.set(key, home);
    }
    const data = emptyData(metric);
    const identity = JSON.stringify([data.descriptor, data.dataPointType, data.aggregationTemporality]);
    // The same metric of several services is one metric: a second one of its name would be taken for a conflict.
    const into = home.known.get(identity) ?? data;
    if (into === data) {
      home.known.set(identity, data);
      home.scope.metrics.push(data);
    }
    const extra = metric.resource === resource ? undefined : difference(metric.resource, resource);
    const points = into.dataPoints as SdkDataPoint<unknown>[];
    const toValue = valuesOf(metric);
    for (const point of metric.points as readonly Point[]) {
      const attributes = extra === undefined ? point.attributes : { ...point.attributes, ...extra };
      points.push({
        startTime: hrTimeOf(point.startTime),
        endTime: hrTimeOf(point.time),
        attributes,
        value: toValue(point),
      });
      if (++made % POINTS_PER_LOOK === 0 && pace.over()) await pace.rest();
    }
  }
  return [...scopes.values()].map(({ scope }) => scope);
}

/** A metric that the SDK has a type for. */
type SdkMetric = Exclude<Metric, SummaryMetric>;

function withoutSummaries(metric: Metric): readonly SdkMetric[] {
  if (metric.type !== 'summary') return [metric];
  const { name, points, temporality, type: _, ...rest } = metric;
  const base = { ...rest, temporality };
  const numbers = (value: (point: SummaryMetric['points'][number]) => number): NumberPoint[] =>
    points.map((point) => ({
      attributes: point.attributes,
      startTime: point.startTime,
      time: point.time,
      value: value(point),
    }));
  const quantiles = points.flatMap(({ attributes, startTime, time, quantiles: all }) =>
    all
      // The window is empty.
      .filter(({ value }) => !Number.isNaN(value))
      .map(({ quantile, value }) => ({ attributes: { ...attributes, quantile }, startTime, time, value })),
  );
  const count = { ...base, unit: '1', valueType: 'int' as const, type: 'counter' as const };
  return [
    ...(quantiles.length > 0
      ? [{ ...base, name, temporality: 'cumulative' as const, type: 'gauge' as const, points: quantiles }]
      : []),
    { ...count, name: `${name}.count`, points: numbers((point) => point.count) },
    // It falls where values are below zero.
    { ...base, name: `${name}.sum`, type: 'upDownCounter', points: numbers((point) => point.sum) },
  ];
}

function emptyData(metric: SdkMetric): SdkMetricData {
  const aggregationTemporality =
    metric.temporality === 'delta' ? AGGREGATION_TEMPORALITY.DELTA : AGGREGATION_TEMPORALITY.CUMULATIVE;
  const base = { descriptor: descriptorOf(metric), aggregationTemporality };
  switch (metric.type) {
    case 'counter':
    case 'upDownCounter':
      return { ...base, dataPointType: DATA_POINT_TYPE.SUM, isMonotonic: metric.type === 'counter', dataPoints: [] };
    case 'gauge':
      return { ...base, dataPointType: DATA_POINT_TYPE.GAUGE, dataPoints: [] };
    case 'histogram':
      return { ...base, dataPointType: DATA_POINT_TYPE.HISTOGRAM, dataPoints: [] };
    case 'exponentialHistogram':
      return { ...base, dataPointType: DATA_POINT_TYPE.EXPONENTIAL_HISTOGRAM, dataPoints: [] };
  }
}

function descriptorOf(metric: SdkMetric): SdkMetricDescriptor {
  const { name, description, unit, valueType } = metric;
  return {
    name,
    type: instrumentTypeOf(metric),
    description,
    unit,
    valueType: valueType === 'int' ? ValueType.INT : ValueType.DOUBLE,
    advice: {},
  };
}

function valuesOf(metric: SdkMetric): (point: Point) => number | SdkHistogram | SdkExponentialHistogram {
  if (metric.type === 'histogram') {
    const boundaries = metric.boundaries as number[];
    return (point) => histogramOf(point as HistogramPoint, boundaries);
  }
  if (metric.type === 'exponentialHistogram') return (point) => exponentialOf(point as ExponentialHistogramPoint);
  return (point) => (point as NumberPoint).value;
}

// The arrays are those of the frozen points: the SDK's types do not say so, but who reads them has no reason to change them.
function histogramOf(point: HistogramPoint, boundaries: number[]): SdkHistogram {
  return { ...distributionOf(point), buckets: { boundaries, counts: point.counts as number[] } };
}

function exponentialOf(point: ExponentialHistogramPoint): SdkExponentialHistogram {
  const { scale, zeroCount, positive, negative } = point;
  return { ...distributionOf(point), scale, zeroCount, positive: bucketsOf(positive), negative: bucketsOf(negative) };
}

function bucketsOf({ offset, counts }: ExponentialBuckets): { offset: number; bucketCounts: number[] } {
  return { offset, bucketCounts: counts as number[] };
}

function distributionOf({ count, sum, min, max }: HistogramPoint | ExponentialHistogramPoint) {
  return { count, sum, ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}

/** What a resource says otherwise than another one. */
function difference(of: Resource, from: Resource): SeriesAttributes {
  return Object.fromEntries(Object.entries(of.attributes).filter(([key, value]) => from.attributes[key] !== value));
}
