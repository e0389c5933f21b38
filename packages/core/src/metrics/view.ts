import type { Attributes as ApiAttributes, Context } from '@opentelemetry/api';
import type { SeriesAttributes } from '../attributes.ts';
import type { AttributeSelection } from './attribute-rules.ts';
import type { ExemplarReservoir } from './exemplars.ts';
import type { InstrumentKind } from './stream-form.ts';

/** Changes the attributes of each measurement, as the SDK's attributes processors do. Must not change what it is given. */
export interface AttributesProcessor {
  /** `context` is that of the measurement; missing for observable instruments, and where a series is bound. */
  process(attributes: ApiAttributes, context?: Context): ApiAttributes;
}

/** `default` is what the instrument would be without a view. */
export type ViewAggregationType = 'default' | 'drop' | 'sum' | 'lastValue' | 'histogram' | 'exponentialHistogram';

export interface ViewAggregation {
  /** By name, or as a number of the SDK's `AggregationType`. */
  readonly type: ViewAggregationType | number;
  readonly options?: {
    /** Of `histogram`: upper bounds, finite and rising; default those of OpenTelemetry. */
    readonly boundaries?: readonly number[];
    /** Of `exponentialHistogram`: buckets a side, at least 2; default 160. */
    readonly maxSize?: number;
    /** Of both: whether the smallest and the largest value are told; default `true`. */
    readonly recordMinMax?: boolean;
  };
}

/**
 * Changes what becomes of instruments. All criteria given must fit, and at least one must be given. Each view that fits makes a stream of its
 * own; an instrument that no view fits is as it was defined. A `View` written for the OpenTelemetry SDK works unchanged.
 */
export interface View {
  /** The name the instrument was defined with; `*` stands for any characters, `?` for one. */
  readonly instrumentName?: string;
  /** `histogram`, `observableGauge` …, or the SDK's words for them, such as `OBSERVABLE_GAUGE`. */
  readonly instrumentType?: InstrumentKind | (string & {});
  readonly instrumentUnit?: string;
  readonly meterName?: string;
  readonly meterVersion?: string;
  readonly meterSchemaUrl?: string;
  /** The stream's name. Needs an `instrumentName` without `*` and `?`. */
  readonly name?: string;
  readonly description?: string;
  /** Chooses from what `metrics.attributes` leaves. Attributes left out of the series may still be exported on exemplars. */
  readonly attributes?: AttributeSelection;
  /** Applied in turn, before `metrics.attributes` and `attributes`; called with each measurement. */
  readonly attributesProcessors?: readonly AttributesProcessor[];
  readonly aggregation?: ViewAggregation;
  /** Series the stream may have in its life; default `cardinality.perInstrument`. */
  readonly aggregationCardinalityLimit?: number;
  /** Makes the reservoir of each series' exemplars; default OpenTelemetry's, uniform over the measurements since the last read. */
  readonly exemplarReservoir?: (attributes: SeriesAttributes) => ExemplarReservoir;
}
