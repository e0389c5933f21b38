import type { Attributes, SeriesAttributes } from '../attributes.ts';
import { Instrument, type InstrumentContext } from './instrument.ts';
import { NumberSeries } from './number-series.ts';
import type { ObservableCallbacks, Observation } from './observable-callbacks.ts';
import type { MetricDescriptor, MetricReader, NumberPoint } from './snapshot.ts';

/** What a callback reports to. */
export interface Observer {
  /** The value now: for counters the total so far. Values that are no finite number, and negative totals of counters, are counted as rejected. Never throws. */
  observe(value: number, attributes?: Attributes): void;
}

/** Called whenever metrics are read. May be asynchronous; while one takes longer than its time limit, its series are left out. */
export type ObservableCallback = (observer: Observer) => void | Promise<void>;

/** An instrument whose values are asked for when metrics are read. A snapshot has the series that the callbacks reported, no others. */
export interface Observable {
  addCallback(callback: ObservableCallback): void;
  removeCallback(callback: ObservableCallback): void;
}

export type ObservableType = 'counter' | 'upDownCounter' | 'gauge';

class ObservedSeries extends NumberSeries {
  /** The callback that reported it last. */
  reporter: object | undefined = undefined;
  /** Not reported since, or the callback failed: the value would pass for a new one. */
  hidden = false;

  override activity(): number {
    return this.value;
  }

  /** What it counts began anew at this time: a total that fell. */
  beginAnew(start: number): void {
    this.start = start;
  }

  /** It comes and goes with the reports. Expired between two of them, a total would come back as a new series and be counted twice. */
  override expendable(): boolean {
    return false;
  }
}

export class ObservableInstrument extends Instrument<NumberPoint, ObservedSeries> implements Observable {
  private readonly type: ObservableType;
  private readonly callbacks: ObservableCallbacks;

  constructor(
    type: ObservableType,
    descriptor: MetricDescriptor,
    context: InstrumentContext,
    callbacks: ObservableCallbacks,
  ) {
    super(descriptor, context);
    this.type = type;
    this.callbacks = callbacks;
  }

  addCallback(callback: ObservableCallback): void {
    this.callbacks.add([this], callback, (report) =>
      callback({ observe: (value, attributes) => report(this, value, attributes) }),
    );
  }

  removeCallback(callback: ObservableCallback): void {
    this.callbacks.remove([this], callback);
  }

  override reader(): MetricReader {
    return { ...this.readerBase(), type: this.type };
  }

  /** Replaces what `reporter` reported before. Values past the budget share a series: counters add up, of gauges the last stays. */
  commit(reporter: object, observations: readonly Observation[]): void {
    const values = new Map<ObservedSeries, number>();
    for (const { value, attributes } of observations) {
      if (!Number.isFinite(value) || (this.type === 'counter' && value < 0)) {
        this.reject(
          value,
          this.type === 'counter'
            ? 'the callback of a counter reports its total so far, a finite number from 0 up'
            : 'a callback reports finite numbers',
        );
        continue;
      }
      const series = this.seriesOf(attributes);
      values.set(series, value + (this.type === 'gauge' ? 0 : (values.get(series) ?? 0)));
    }
    for (const [series, value] of values) {
      if (this.type === 'counter' && value < series.value) series.beginAnew(this.startOffset());
      series.value = value;
      series.reporter = reporter;
      series.hidden = false;
    }
    const isMissing = (series: ObservedSeries): boolean => series.reporter === reporter && !values.has(series);
    // A total may come back with the next report; others say all they have to say each time.
    if (this.type === 'counter') this.hideIf(isMissing);
    else this.index.remove(isMissing);
  }

  /** Leaves out what `reporter` reported before. The series stay the same ones, so that a total that comes back is no new one. */
  hide(reporter: object): void {
    this.hideIf((series) => series.reporter === reporter);
  }

  private hideIf(isGone: (series: ObservedSeries) => boolean): void {
    for (const series of this.index.series) if (isGone(series)) series.hidden = true;
  }

  protected override isHidden(series: ObservedSeries): boolean {
    return series.hidden;
  }

  protected override create(attributes: SeriesAttributes): ObservedSeries {
    return new ObservedSeries(attributes, this.startOffset(), this);
  }
}
