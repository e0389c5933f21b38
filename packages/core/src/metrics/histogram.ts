import type { Context } from '@opentelemetry/api';
import type { Attributes, SeriesAttributes } from '../attributes.ts';
import { TelemetryError } from '../errors.ts';
import { BucketExemplars, SharedCounts } from './bucket-exemplars.ts';
import type { SpanIds } from './exemplars.ts';
import { type InstrumentContext, type InstrumentOptions, SyncInstrument, type SyncSeries } from './instrument.ts';
import type { HistogramPoint, MetricDescriptor, MetricReader } from './snapshot.ts';

export interface HistogramOptions extends InstrumentOptions {
  /** Upper bounds of the buckets, rising; a last bucket takes what is above, so an empty array gives count and sum only. Left out: base-2 exponential buckets, which fit any range. */
  readonly buckets?: readonly number[];
}

/** One series of a histogram, held. */
export interface BoundHistogram {
  /**
   * Records a value. Negative and non-finite ones are counted as rejected and change nothing. Never throws.
   * `span` is kept as an exemplar; when it is left out, the active span is.
   */
  record(value: number, span?: SpanIds): void;
  /** How many values were recorded, and their sum. */
  readonly count: number;
  readonly sum: number;
}

/** A distribution: durations, sizes. */
export interface Histogram {
  /**
   * Records a value on the series of these attributes. Negative and non-finite ones are counted as rejected and change nothing. Never throws.
   * The span of `context`, or the active one, may be kept as an exemplar.
   */
  record(value: number, attributes?: Attributes, context?: Context): void;
  /** The series of these attributes, to be kept and recorded on. */
  bind(attributes?: Attributes): BoundHistogram;
}

export const HISTOGRAM_MEND = 'a histogram takes finite numbers from 0 up';

class HistogramSeries implements SyncSeries<HistogramPoint>, BoundHistogram {
  readonly attributes: SeriesAttributes;
  // Numbers begin where they are declared: a field that was undefined for a moment holds fractions in memory of their own, anew with each record.
  sum = 0;
  touched = 0;
  private min = Number.POSITIVE_INFINITY;
  private max = Number.NEGATIVE_INFINITY;
  private readonly boundaries: readonly number[];
  private readonly counts: number[];
  private readonly exemplars: BucketExemplars;
  private readonly start: number;
  private readonly instrument: ExplicitHistogramInstrument;

  constructor(attributes: SeriesAttributes, start: number, instrument: ExplicitHistogramInstrument) {
    this.attributes = attributes;
    this.boundaries = instrument.bounds;
    this.counts = new Array<number>(instrument.bounds.length + 1).fill(0);
    this.exemplars = new BucketExemplars(instrument.exemplars, instrument.shared, attributes);
    this.start = start;
    this.instrument = instrument;
  }

  record(value: number, span?: SpanIds): void {
    if (Number.isFinite(value) && value >= 0) this.measure(value, span);
    else this.instrument.reject(value, HISTOGRAM_MEND);
  }

  measure(value: number, span?: SpanIds, context?: Context, given?: Attributes): void {
    const { boundaries, counts, exemplars } = this;
    let bucket = 0;
    // As fast as a binary search for the sizes that are used, 16 and fewer.
    while (bucket < boundaries.length && value > (boundaries[bucket] as number)) bucket++;
    const count = (counts[bucket] as number) + 1;
    counts[bucket] = count;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    if (count > (exemplars.due[bucket] as number)) exemplars.look(bucket, count, value, span, context, given);
  }

  get count(): number {
    let count = 0;
    for (const bucket of this.counts) count += bucket;
    return count;
  }

  activity(): number {
    return this.count;
  }

  expendable(): boolean {
    return true;
  }

  read(time: number): HistogramPoint {
    const { count } = this;
    const known = count > 0 && this.instrument.minMax;
    return {
      attributes: this.attributes,
      startTime: this.instrument.startTime(this.start),
      time,
      count,
      sum: this.sum,
      min: known ? this.min : undefined,
      max: known ? this.max : undefined,
      counts: this.counts.slice(),
      exemplars: this.exemplars.read(this.counts),
    };
  }
}

export class ExplicitHistogramInstrument extends SyncInstrument<HistogramPoint, HistogramSeries> implements Histogram {
  /** Not frozen: V8 reads frozen arrays of doubles three times slower. Never handed out. */
  readonly bounds: readonly number[];
  /** Whether the smallest and the largest value are told. */
  readonly minMax: boolean;
  readonly shared: SharedCounts;
  private readonly boundaries: readonly number[];

  constructor(
    descriptor: MetricDescriptor,
    context: InstrumentContext,
    boundaries: readonly number[],
    minMax: boolean,
  ) {
    super(descriptor, context);
    this.bounds = [...boundaries];
    this.minMax = minMax;
    this.shared = new SharedCounts(boundaries.length + 1);
    this.boundaries = Object.freeze([...boundaries]);
  }

  record(value: number, attributes?: Attributes, context?: Context): void {
    if (Number.isFinite(value) && value >= 0) this.seriesOf(attributes).measure(value, undefined, context, attributes);
    else this.reject(value, HISTOGRAM_MEND);
  }

  bind(attributes?: Attributes): BoundHistogram {
    return this.boundSeries(attributes);
  }

  override reader(): MetricReader {
    return { ...this.readerBase(), type: 'histogram', boundaries: this.boundaries };
  }

  protected override create(attributes: SeriesAttributes): HistogramSeries {
    return new HistogramSeries(attributes, this.startOffset(), this);
  }
}

/** Throws unless the bounds are finite and rising. */
export function checkBuckets(name: string, buckets: readonly number[]): void {
  const rising =
    Array.isArray(buckets) &&
    buckets.every((bound, at) => Number.isFinite(bound) && (at === 0 || bound > (buckets[at - 1] as number)));
  if (rising) return;
  throw new TelemetryError(
    'ERR_METRIC_OPTION',
    `The buckets of "${name}" are ${Array.isArray(buckets) ? `[${buckets.join(', ')}]` : `of type ${typeof buckets}`}; give finite numbers, each greater than the one before, or leave them out for exponential buckets.`,
  );
}
