import type { Attributes, HrTime, ValueType } from '@opentelemetry/api';
import type { Metric } from '../metrics/snapshot.ts';
import type { InstrumentationScope } from '../resource.ts';
import type { SdkResource } from './sdk-resource.ts';

// What of `@opentelemetry/sdk-metrics` 2.x and 3.x both bridges need: its shapes, and its enums as numbers, because core does not load it.

/** `DataPointType` of the SDK. */
export const DATA_POINT_TYPE = { HISTOGRAM: 0, EXPONENTIAL_HISTOGRAM: 1, GAUGE: 2, SUM: 3 } as const;

/** `AggregationTemporality` of the SDK. */
export const AGGREGATION_TEMPORALITY = { DELTA: 0, CUMULATIVE: 1 } as const;
type AggregationTemporality = (typeof AGGREGATION_TEMPORALITY)[keyof typeof AGGREGATION_TEMPORALITY];

/** `AggregationType` of the SDK. */
export const AGGREGATION_TYPE = {
  DEFAULT: 0,
  DROP: 1,
  SUM: 2,
  LAST_VALUE: 3,
  EXPLICIT_BUCKET_HISTOGRAM: 4,
  EXPONENTIAL_HISTOGRAM: 5,
} as const;

/** `InstrumentType` of the SDK. */
export const INSTRUMENT_TYPES = [
  'COUNTER',
  'UP_DOWN_COUNTER',
  'GAUGE',
  'HISTOGRAM',
  'OBSERVABLE_COUNTER',
  'OBSERVABLE_UP_DOWN_COUNTER',
  'OBSERVABLE_GAUGE',
] as const;
export type InstrumentType = (typeof INSTRUMENT_TYPES)[number];

const RECORDED = {
  counter: 'COUNTER',
  upDownCounter: 'UP_DOWN_COUNTER',
  gauge: 'GAUGE',
  histogram: 'HISTOGRAM',
  exponentialHistogram: 'HISTOGRAM',
  // The SDK has no summaries; a histogram is what they are most like.
  summary: 'HISTOGRAM',
} as const satisfies Record<Metric['type'], InstrumentType>;

const OBSERVED = {
  ...RECORDED,
  counter: 'OBSERVABLE_COUNTER',
  upDownCounter: 'OBSERVABLE_UP_DOWN_COUNTER',
  gauge: 'OBSERVABLE_GAUGE',
} as const satisfies Record<Metric['type'], InstrumentType>;

/** The kind of instrument that a metric comes from, by the SDK's name. */
export function instrumentTypeOf({ type, observable }: Pick<Metric, 'type' | 'observable'>): InstrumentType {
  return (observable ? OBSERVED : RECORDED)[type];
}

export interface SdkMetricDescriptor {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly valueType: ValueType;
  /** In the SDK's objects, though not in its types. */
  readonly type: InstrumentType;
  readonly advice: object;
}

export interface SdkDataPoint<T> {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly attributes: Attributes;
  readonly value: T;
}

export interface SdkHistogram {
  buckets: { boundaries: number[]; counts: number[] };
  sum?: number;
  count: number;
  min?: number;
  max?: number;
}

export interface SdkExponentialHistogram {
  count: number;
  sum?: number;
  scale: number;
  zeroCount: number;
  positive: { offset: number; bucketCounts: number[] };
  negative: { offset: number; bucketCounts: number[] };
  min?: number;
  max?: number;
}

interface SdkMetricBase {
  readonly descriptor: SdkMetricDescriptor;
  readonly aggregationTemporality: AggregationTemporality;
}

export type SdkMetricData =
  | (SdkMetricBase & {
      readonly dataPointType: typeof DATA_POINT_TYPE.SUM;
      readonly dataPoints: SdkDataPoint<number>[];
      readonly isMonotonic: boolean;
    })
  | (SdkMetricBase & {
      readonly dataPointType: typeof DATA_POINT_TYPE.GAUGE;
      readonly dataPoints: SdkDataPoint<number>[];
    })
  | (SdkMetricBase & {
      readonly dataPointType: typeof DATA_POINT_TYPE.HISTOGRAM;
      readonly dataPoints: SdkDataPoint<SdkHistogram>[];
    })
  | (SdkMetricBase & {
      readonly dataPointType: typeof DATA_POINT_TYPE.EXPONENTIAL_HISTOGRAM;
      readonly dataPoints: SdkDataPoint<SdkExponentialHistogram>[];
    });

export interface SdkScopeMetrics {
  scope: InstrumentationScope;
  metrics: SdkMetricData[];
}

export interface SdkResourceMetrics {
  resource: SdkResource;
  scopeMetrics: SdkScopeMetrics[];
}
