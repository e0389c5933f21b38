import type { Metric, Point, SummaryPoint } from '@telltale/core';
import { type Distribution, distributionOf } from './distribution.ts';
import type { Labels } from './labels.ts';
import type { MonitoredResource } from './monitored-resource.ts';

export type MetricKind = 'GAUGE' | 'CUMULATIVE';
export type ValueType = 'DOUBLE' | 'INT64' | 'DISTRIBUTION';

/** google.monitoring.v3.TypedValue as JSON. */
export type TypedValue =
  | { readonly doubleValue: number }
  | { readonly int64Value: string }
  | { readonly distributionValue: Distribution };

/** google.monitoring.v3.TimeSeries as JSON, as it is written: with one point. */
export interface TimeSeries {
  readonly metric: { readonly type: string; readonly labels: Labels };
  readonly resource: MonitoredResource;
  readonly metricKind: MetricKind;
  readonly valueType: ValueType;
  readonly unit?: string;
  readonly description?: string;
  readonly points: readonly [
    { readonly interval: { readonly startTime?: string; readonly endTime: string }; readonly value: TypedValue },
  ];
}

/** A value of a point; of summaries there are several. */
export interface Reading {
  /** Behind the name of the metric. */
  readonly suffix: string;
  readonly kind: MetricKind;
  readonly value: TypedValue;
  readonly labels: Labels;
}

export interface ReadingOptions {
  readonly projectId: string;
  /** Names of metrics that are INT64. */
  readonly integers: readonly string[];
}

/** What Cloud Monitoring is told of a point. A text: why it cannot be told. Nothing: there is nothing to tell (a gauge that is not finite). */
export function readingsOf(metric: Metric, point: Point, options: ReadingOptions): readonly Reading[] | string {
  switch (metric.type) {
    case 'histogram':
    case 'exponentialHistogram': {
      const boundaries = metric.type === 'histogram' ? metric.boundaries : [];
      const histogram = point as (typeof metric.points)[number];
      if (!Number.isFinite(histogram.sum)) return 'its sum is not finite';
      const distributionValue = distributionOf(histogram, boundaries, options.projectId);
      return [{ suffix: '', kind: 'CUMULATIVE', value: { distributionValue }, labels: {} }];
    }
    case 'summary':
      return summaryReadings(point as SummaryPoint);
    default: {
      const { value } = point as (typeof metric.points)[number];
      const kind = metric.type === 'counter' ? 'CUMULATIVE' : 'GAUGE';
      if (!Number.isFinite(value)) return metric.type === 'gauge' ? [] : 'its value is not finite';
      if (!options.integers.includes(metric.name)) {
        return [{ suffix: '', kind, value: { doubleValue: value }, labels: {} }];
      }
      if (!Number.isSafeInteger(value)) return `its value ${value} is no whole number, and "integers" has its name`;
      return [{ suffix: '', kind, value: { int64Value: String(value) }, labels: {} }];
    }
  }
}

/** There are no summaries there: a gauge per quantile, and totals. */
function summaryReadings({ quantiles, count, sum }: SummaryPoint): readonly Reading[] | string {
  if (!Number.isFinite(sum)) return 'its sum is not finite';
  return [
    ...quantiles
      .filter(({ value }) => Number.isFinite(value))
      .map(({ quantile, value }): Reading => {
        return { suffix: '', kind: 'GAUGE', value: { doubleValue: value }, labels: { quantile: String(quantile) } };
      }),
    { suffix: '.count', kind: 'CUMULATIVE', value: { doubleValue: count }, labels: {} },
    { suffix: '.sum', kind: 'CUMULATIVE', value: { doubleValue: sum }, labels: {} },
  ];
}

export function valueTypeOf(value: TypedValue): ValueType {
  if ('distributionValue' in value) return 'DISTRIBUTION';
  return 'int64Value' in value ? 'INT64' : 'DOUBLE';
}
