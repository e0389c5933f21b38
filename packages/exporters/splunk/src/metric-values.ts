import {
  downscale,
  type ExponentialHistogramPoint,
  type HistogramPoint,
  type Metric,
  type Point,
  type SummaryPoint,
} from '@telltale/core';
import { type BucketValue, bucketValues } from '@telltale/exporter-kit';

/** More buckets than that tell nobody more, and each is an event. */
const MAX_BUCKETS = 40;

/** A number of a point. Splunk has no histograms, so of them there are several. */
export interface MetricValue {
  /** Behind the name of the metric. */
  readonly suffix: string;
  readonly value: number;
  /** Upper bound of a bucket. */
  readonly le?: string;
}

export interface ValueOptions {
  readonly quantiles: readonly number[];
  readonly buckets: boolean;
}

/** What Splunk is told of a point; nothing of a gauge that is not finite. A text: why it cannot be told. */
export function metricValues(metric: Metric, point: Point, options: ValueOptions): readonly MetricValue[] | string {
  switch (metric.type) {
    case 'histogram':
      return histogramValues(point as HistogramPoint, metric.boundaries, options);
    case 'exponentialHistogram':
      return histogramValues(point as ExponentialHistogramPoint, [], options);
    case 'summary':
      return summaryValues(point as SummaryPoint);
    default: {
      const { value } = point as (typeof metric.points)[number];
      if (Number.isFinite(value)) return [{ suffix: '', value }];
      return metric.type === 'gauge' ? [] : 'its value is not finite';
    }
  }
}

function histogramValues(
  point: HistogramPoint | ExponentialHistogramPoint,
  boundaries: readonly number[],
  { quantiles, buckets }: ValueOptions,
): readonly MetricValue[] | string {
  const { count, sum, min, max } = point;
  if (!Number.isFinite(sum)) return 'its sum is not finite';
  const values = bucketValues(point, boundaries);
  return [
    { suffix: '.count', value: count },
    { suffix: '.sum', value: sum },
    ...(min === undefined ? [] : [{ suffix: '.min', value: min }]),
    ...(max === undefined ? [] : [{ suffix: '.max', value: max }]),
    ...(count === 0 ? [] : quantiles.map((q) => ({ suffix: suffixOf(q), value: quantileOf(values, q, count) }))),
    ...(buckets ? bucketsOf(point, boundaries) : []),
  ];
}

function summaryValues({ count, sum, quantiles }: SummaryPoint): readonly MetricValue[] | string {
  if (!Number.isFinite(sum)) return 'its sum is not finite';
  return [
    { suffix: '.count', value: count },
    { suffix: '.sum', value: sum },
    ...quantiles
      .filter(({ value }) => Number.isFinite(value))
      .map(({ quantile, value }) => ({ suffix: suffixOf(quantile), value })),
  ];
}

/** 0.95 → `.p95`, 0.999 → `.p99.9`. */
function suffixOf(quantile: number): string {
  return `.p${Number((quantile * 100).toPrecision(10))}`;
}

/** The value that stands for the bucket in which the quantile lies. */
function quantileOf(values: readonly BucketValue[], quantile: number, count: number): number {
  let below = 0;
  for (const [value, n] of values) {
    below += n;
    if (below >= quantile * count) return value;
  }
  return values.at(-1)?.[0] ?? 0;
}

/** Accumulated from the lowest, as Prometheus has them, which Splunk's `histperc` reads. */
function bucketsOf(
  point: HistogramPoint | ExponentialHistogramPoint,
  boundaries: readonly number[],
): readonly MetricValue[] {
  let total = 0;
  const told: MetricValue[] = [];
  for (const [upper, n] of 'counts' in point ? explicit(point, boundaries) : exponential(point)) {
    total += n;
    if (Number.isFinite(upper)) told.push({ suffix: '.bucket', value: total, le: String(upper) });
  }
  return [...told, { suffix: '.bucket', value: point.count, le: '+Inf' }];
}

function explicit(point: HistogramPoint, boundaries: readonly number[]): readonly BucketValue[] {
  return point.counts.map((n, i) => [boundaries[i] ?? Number.POSITIVE_INFINITY, n]);
}

function exponential(point: ExponentialHistogramPoint): readonly BucketValue[] {
  let { scale, positive, negative } = point;
  while (positive.counts.length + negative.counts.length > MAX_BUCKETS) {
    positive = downscale(positive, 1);
    negative = downscale(negative, 1);
    scale--;
  }
  const bound = (index: number): number => 2 ** (index * 2 ** -scale);
  return [
    ...negative.counts.map((n, i): BucketValue => [-bound(negative.offset + i), n]).reverse(),
    [point.zeroThreshold, point.zeroCount],
    ...positive.counts.map((n, i): BucketValue => [bound(positive.offset + i + 1), n]),
  ];
}
