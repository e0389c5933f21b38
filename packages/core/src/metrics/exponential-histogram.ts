import type { Context } from '@opentelemetry/api';
import type { Attributes, SeriesAttributes } from '../attributes.ts';
import type { SpanIds } from './exemplars.ts';
import { ExponentialCounts, MAX_SCALE } from './exponential-counts.ts';
import { FixedExemplars } from './fixed-exemplars.ts';
import { type BoundHistogram, HISTOGRAM_MEND, type Histogram } from './histogram.ts';
import { type InstrumentContext, SyncInstrument, type SyncSeries } from './instrument.ts';
import type { ExponentialHistogramPoint, MetricDescriptor, MetricReader } from './snapshot.ts';

/** OpenTelemetry's default: values that span a factor of 1,000 are then known to within 3 %. */
export const DEFAULT_MAX_SIZE = 160;

/** OpenTelemetry's number of exemplars for a series, unless it has fewer buckets. */
const EXEMPLAR_PLACES = 20;

class ExponentialHistogramSeries implements SyncSeries<ExponentialHistogramPoint>, BoundHistogram {
  readonly attributes: SeriesAttributes;
  // Numbers begin where they are declared: a field that was undefined for a moment holds fractions in memory of their own, anew with each record.
  count = 0;
  sum = 0;
  touched = 0;
  private min = Number.POSITIVE_INFINITY;
  private max = Number.NEGATIVE_INFINITY;
  private readonly counts: ExponentialCounts;
  private readonly exemplars: FixedExemplars;
  private readonly start: number;
  private readonly instrument: ExponentialHistogramInstrument;

  constructor(attributes: SeriesAttributes, start: number, instrument: ExponentialHistogramInstrument) {
    this.attributes = attributes;
    this.counts = new ExponentialCounts(instrument.maxSize, MAX_SCALE);
    const places = Math.min(EXEMPLAR_PLACES, instrument.maxSize);
    this.exemplars = new FixedExemplars(instrument.exemplars, places, attributes);
    this.start = start;
    this.instrument = instrument;
  }

  record(value: number, span?: SpanIds): void {
    if (Number.isFinite(value) && value >= 0) this.measure(value, span);
    else this.instrument.reject(value, HISTOGRAM_MEND);
  }

  measure(value: number, span?: SpanIds, context?: Context, given?: Attributes): void {
    const { exemplars } = this;
    this.counts.record(value);
    const count = this.count + 1;
    this.count = count;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    if (count > exemplars.due) exemplars.look(count, value, span, context, given);
  }

  activity(): number {
    return this.count;
  }

  expendable(): boolean {
    return true;
  }

  read(time: number): ExponentialHistogramPoint {
    const { counts, count } = this;
    const known = count > 0 && this.instrument.minMax;
    return {
      attributes: this.attributes,
      startTime: this.instrument.startTime(this.start),
      time,
      count,
      sum: this.sum,
      min: known ? this.min : undefined,
      max: known ? this.max : undefined,
      scale: counts.scale,
      zeroCount: counts.zeroCount,
      zeroThreshold: 0,
      positive: counts.positive.read(),
      negative: counts.negative.read(),
      exemplars: this.exemplars.read(count),
    };
  }
}

export class ExponentialHistogramInstrument
  extends SyncInstrument<ExponentialHistogramPoint, ExponentialHistogramSeries>
  implements Histogram
{
  readonly maxSize: number;
  /** Whether the smallest and the largest value are told. */
  readonly minMax: boolean;

  constructor(descriptor: MetricDescriptor, context: InstrumentContext, maxSize: number, minMax: boolean) {
    super(descriptor, context);
    this.maxSize = maxSize;
    this.minMax = minMax;
  }

  record(value: number, attributes?: Attributes, context?: Context): void {
    if (Number.isFinite(value) && value >= 0) this.seriesOf(attributes).measure(value, undefined, context, attributes);
    else this.reject(value, HISTOGRAM_MEND);
  }

  bind(attributes?: Attributes): BoundHistogram {
    return this.boundSeries(attributes);
  }

  override reader(): MetricReader {
    return { ...this.readerBase(), type: 'exponentialHistogram' };
  }

  protected override create(attributes: SeriesAttributes): ExponentialHistogramSeries {
    return new ExponentialHistogramSeries(attributes, this.startOffset(), this);
  }
}
