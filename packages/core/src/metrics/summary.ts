import type { Attributes, SeriesAttributes } from '../attributes.ts';
import type { CancelTimer } from '../clock.ts';
import { TelemetryError } from '../errors.ts';
import { ExponentialCounts } from './exponential-counts.ts';
import { type InstrumentContext, type InstrumentOptions, SyncInstrument, type SyncSeries } from './instrument.ts';
import type { MetricDescriptor, MetricReader, SummaryPoint } from './snapshot.ts';

export interface SummaryOptions extends InstrumentOptions {
  /** From 0 to 1; default 0.5, 0.9, 0.95, 0.99. */
  readonly quantiles?: readonly number[];
  /** Seconds over which quantiles are taken; default 600. The window moves on in fifths. */
  readonly window?: number;
}

/** One series of a summary, held. */
export interface BoundSummary {
  /** Records a value. Non-finite ones are counted as rejected and change nothing. Never throws. */
  record(value: number): void;
  /** The quantile `q` (0 to 1) over the window; NaN when it is empty. Off by at most 1.1 %. */
  quantile(q: number): number;
  /** How many values were recorded since the start, and their sum. */
  readonly count: number;
  readonly sum: number;
}

/**
 * Quantiles over a sliding window. Each is off by at most 1.1 % of its value as long as the values in the window span a factor of less
 * than 10^19; beyond that the error doubles each time the span is squared. A series takes up to 80 kB, 2 to 10 kB in practice.
 * Quantiles of several processes cannot be added up: prefer a histogram where there is more than one.
 */
export interface Summary {
  /** Records a value on the series of these attributes. Non-finite ones are counted as rejected and change nothing. Never throws. */
  record(value: number, attributes?: Attributes): void;
  /** The series of these attributes, to be kept and recorded on. */
  bind(attributes?: Attributes): BoundSummary;
}

/** Base 2^(1/32): (base - 1) / (base + 1) = 1.08 %. */
const SCALE = 5;
/** 2,048 buckets at scale 5 are 64 powers of two: a factor of 1.8 × 10^19. */
const MAX_SIZE = 2048;
const SLICES = 5;
const DEFAULT_QUANTILES: readonly number[] = [0.5, 0.9, 0.95, 0.99];
const DEFAULT_WINDOW = 600;

export const SUMMARY_MEND = 'a summary takes finite numbers';

class SummarySeries implements SyncSeries<SummaryPoint>, BoundSummary {
  readonly attributes: SeriesAttributes;
  // Numbers begin where they are declared: a field that was undefined for a moment holds fractions in memory of their own, anew with each record.
  count = 0;
  sum = 0;
  touched = 0;
  /** The newest is last. */
  private slices: ExponentialCounts[];
  private current: ExponentialCounts;
  private readonly start: number;
  private readonly instrument: SummaryInstrument;

  constructor(attributes: SeriesAttributes, start: number, instrument: SummaryInstrument) {
    this.attributes = attributes;
    this.current = newSlice();
    this.slices = [this.current];
    this.start = start;
    this.instrument = instrument;
  }

  record(value: number): void {
    if (Number.isFinite(value)) this.measure(value);
    else this.instrument.reject(value, SUMMARY_MEND);
  }

  measure(value: number): void {
    this.current.record(value);
    this.count++;
    this.sum += value;
  }

  quantile(q: number): number {
    return this.window().quantile(q);
  }

  /** Begins a new slice and lets the oldest go. */
  moveOn(): void {
    this.current = newSlice();
    this.slices = [...this.slices.slice(1 - SLICES), this.current];
  }

  activity(): number {
    return this.count;
  }

  expendable(): boolean {
    return true;
  }

  read(time: number): SummaryPoint {
    const window = this.window();
    const quantiles = this.instrument.quantiles.map((quantile) => ({ quantile, value: window.quantile(quantile) }));
    return {
      attributes: this.attributes,
      startTime: this.instrument.startTime(this.start),
      time,
      count: this.count,
      sum: this.sum,
      quantiles,
    };
  }

  private window(): ExponentialCounts {
    const window = newSlice();
    for (const slice of this.slices) window.merge(slice);
    return window;
  }
}

function newSlice(): ExponentialCounts {
  return new ExponentialCounts(MAX_SIZE, SCALE);
}

export class SummaryInstrument extends SyncInstrument<SummaryPoint, SummarySeries> implements Summary {
  readonly quantiles: readonly number[];
  private readonly slice: number;
  private cancel: CancelTimer;

  constructor(descriptor: MetricDescriptor, context: InstrumentContext, options: SummaryOptions) {
    super(descriptor, context);
    this.quantiles = Object.freeze([...(options.quantiles ?? DEFAULT_QUANTILES)].sort((a, b) => a - b));
    this.slice = (options.window ?? DEFAULT_WINDOW) / SLICES;
    this.cancel = context.clock.schedule(this.onSlice, this.slice);
  }

  record(value: number, attributes?: Attributes): void {
    if (Number.isFinite(value)) this.seriesOf(attributes).measure(value);
    else this.reject(value, SUMMARY_MEND);
  }

  bind(attributes?: Attributes): BoundSummary {
    return this.boundSeries(attributes);
  }

  override reader(): MetricReader {
    return { ...this.readerBase(), type: 'summary' };
  }

  override stop(): void {
    this.cancel();
  }

  protected override create(attributes: SeriesAttributes): SummarySeries {
    return new SummarySeries(attributes, this.startOffset(), this);
  }

  private readonly onSlice = (): void => {
    for (const series of this.index.series) series.moveOn();
    this.cancel = this.context.clock.schedule(this.onSlice, this.slice);
  };
}

/** Throws unless quantiles are from 0 to 1 and the window is above 0. */
export function checkSummary(name: string, options: SummaryOptions): void {
  const wrong = options.quantiles?.find((quantile) => !(quantile >= 0 && quantile <= 1));
  if (wrong !== undefined) {
    throw new TelemetryError(
      'ERR_METRIC_OPTION',
      `A quantile of "${name}" is ${wrong}; give numbers from 0 to 1, such as 0.95.`,
    );
  }
  if (options.window !== undefined && !(options.window > 0)) {
    throw new TelemetryError(
      'ERR_METRIC_OPTION',
      `The window of "${name}" is ${options.window}; give seconds above 0.`,
    );
  }
}
