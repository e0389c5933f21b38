import type { Measurement } from './measurements.ts';

/** "PutMetricData", CloudWatch API reference. */
const MAX_VALUES_PER_DATUM = 150;

/** `MetricDatum` of the CloudWatch API. */
export interface MetricDatum {
  readonly MetricName: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: string }[];
  readonly Timestamp: Date;
  readonly Unit: string;
  readonly StorageResolution?: 1;
  readonly Value?: number;
  readonly Values?: readonly number[];
  readonly Counts?: readonly number[];
  readonly StatisticValues?: {
    readonly SampleCount: number;
    readonly Sum: number;
    readonly Minimum: number;
    readonly Maximum: number;
  };
}

/** The data of a measurement: one, but for histograms with more values than a datum may have. */
export function metricDataOf(measurement: Measurement, highResolution: boolean): readonly MetricDatum[] {
  const { name, unit, dimensions, time, content } = measurement;
  const datum = {
    MetricName: name,
    ...(dimensions.length > 0 && { Dimensions: dimensions.map(([Name, Value]) => ({ Name, Value })) }),
    Timestamp: new Date(time),
    Unit: unit,
    ...(highResolution && { StorageResolution: 1 as const }),
  };
  if (content.type === 'value') return [{ ...datum, Value: content.value }];
  if (content.type === 'statistics') {
    const { count, sum, min, max } = content;
    return [{ ...datum, StatisticValues: { SampleCount: count, Sum: sum, Minimum: min, Maximum: max } }];
  }
  const data: MetricDatum[] = [];
  for (let i = 0; i < content.values.length; i += MAX_VALUES_PER_DATUM) {
    const part = content.values.slice(i, i + MAX_VALUES_PER_DATUM);
    data.push({ ...datum, Values: part.map(([value]) => value), Counts: part.map(([, count]) => count) });
  }
  return data;
}
