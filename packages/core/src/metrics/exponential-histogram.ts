import type { Context } from '@opentelemetry/api';
import type { Attributes, SeriesAttributes } from '../attributes.ts';
import { type ExemplarSource, Exemplars, type SpanIds } from './exemplars.ts';
import { ExponentialCounts, MAX_SCALE } from './exponential-counts.ts';
import { type BoundHistogram, HISTOGRAM_MEND, type Histogram } from './histogram.ts';
import { Instrument, type InstrumentContext, type Series } from './instrument.ts';
import type { ExponentialHistogramPoint, MetricDescriptor, MetricReader } from './snapshot.ts';

/** OpenTelemetry's default: values that span a factor of 1,000 are then known to within 3 %. */
const MAX_SIZE = 160;

/** Examples kept per series; buckets share them in turn, since buckets come and go. */
const EXEMPLAR_PLACES = 8;

class ExponentialHistogramSeries implements Series<ExponentialHistogramPoint>, BoundHistogram {
  readonly attributes: SeriesAttributes;
  // Numbers begin where they are declared: a field that was undefined for a moment holds fractions in memory of their own, anew with each record.
  count = 0;
  sum = 0;
  bound = false;
  touched = 0;
  private min = Number.POSITIVE_INFINITY;
  private max = Number.NEGATIVE_INFINITY;
  private readonly counts: ExponentialCounts;
  private readonly exemplars: Exemplars;
  private readonly start: number;
  private readonly instrument: Instrument;

  constructor(attributes: SeriesAttributes, start: number, exemplars: Exemplars, instrument: Instrument) {
    this.attributes = attributes;
    this.counts = new ExponentialCounts(MAX_SIZE, MAX_SCALE);
    this.exemplars = exemplars;
    this.start = start;
    this.instrument = instrument;
  }

  record(value: number, span?: SpanIds, context?: Context): void {
    if (!(Number.isFinite(value) && value >= 0)) {
      this.instrument.reject(value, HISTOGRAM_MEND);
      return;
    }
    this.counts.record(value);
    this.count++;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    if (this.exemplars.looks > 0) this.exemplars.offer(this.count % EXEMPLAR_PLACES, value, span, context);
  }

  activity(): number {
    return this.count;
  }

  expendable(): boolean {
    return true;
  }

  read(time: number): ExponentialHistogramPoint {
    const { counts, count } = this;
    return {
      attributes: this.attributes,
      startTime: this.instrument.startTime(this.start),
      time,
      count,
      sum: this.sum,
      min: count === 0 ? undefined : this.min,
      max: count === 0 ? undefined : this.max,
      scale: counts.scale,
      zeroCount: counts.zeroCount,
      zeroThreshold: 0,
      positive: counts.positive.read(),
      negative: counts.negative.read(),
      exemplars: this.exemplars.read(),
    };
  }
}

export class ExponentialHistogramInstrument
  extends Instrument<ExponentialHistogramPoint, ExponentialHistogramSeries>
  implements Histogram
{
  private readonly source: ExemplarSource;

  constructor(descriptor: MetricDescriptor, context: InstrumentContext, source: ExemplarSource) {
    super(descriptor, context);
    this.source = source;
  }

  record(value: number, attributes?: Attributes, context?: Context): void {
    this.seriesOf(attributes).record(value, undefined, context);
  }

  bind(attributes?: Attributes): BoundHistogram {
    return this.boundSeries(attributes);
  }

  override reader(): MetricReader {
    return { ...this.readerBase(), type: 'exponentialHistogram' };
  }

  protected override create(attributes: SeriesAttributes): ExponentialHistogramSeries {
    const exemplars = new Exemplars(this.source, this.context.clock);
    return new ExponentialHistogramSeries(attributes, this.startOffset(), exemplars, this);
  }
}
