import type { Attributes, SeriesAttributes } from '../attributes.ts';
import { Instrument, type InstrumentContext } from './instrument.ts';
import { NumberSeries } from './number-series.ts';
import type { ObservableCallbacks, Observation, ObservedInstrument } from './observable-callbacks.ts';
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

/** The series of an observable instrument, as one view has them. */
export class ObservedStream extends Instrument<NumberPoint, ObservedSeries> {
  private readonly type: ObservableType;

  constructor(type: ObservableType, descriptor: MetricDescriptor, context: InstrumentContext) {
    super(descriptor, context);
    this.type = type;
  }

  override reader(): MetricReader {
    return { ...this.readerBase(), type: this.type };
  }

  /**
   * Replaces what `reporter` reported before. Of the same attributes reported twice, the last stays, as the API says. Others that share a series,
   * past the budget or because a view leaves attributes out, add up where they are totals; of gauges the last stays.
   */
  commit(reporter: object, observations: readonly Observation[]): void {
    const reported = new Map<ObservedSeries, Observation | Map<string, number>>();
    for (const observation of observations) {
      const series = this.seriesOf(observation.attributes);
      const before = reported.get(series);
      if (before === undefined || this.type === 'gauge') reported.set(series, observation);
      else reported.set(series, withOther(before, observation));
    }
    for (const [series, values] of reported) {
      const value = values instanceof Map ? sumOf(values.values()) : values.value;
      if (this.type === 'counter' && value < series.value) series.beginAnew(this.startOffset());
      series.value = value;
      series.reporter = reporter;
      series.hidden = false;
    }
    const isMissing = (series: ObservedSeries): boolean => series.reporter === reporter && !reported.has(series);
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

/** What an observable instrument does with what is reported to it, before its streams have it. */
export interface ObservedRoute {
  readonly stream: ObservedStream;
  /** What the view's processors make of the attributes. */
  readonly process: ((attributes: Attributes) => Attributes) | undefined;
}

/** An observable instrument: its callbacks, and the streams that it has by default or by views. */
export class ObservableInstrument implements ObservedInstrument, Observable {
  readonly descriptor: MetricDescriptor;
  private readonly isCounter: boolean;
  private readonly routes: readonly ObservedRoute[];
  private readonly callbacks: ObservableCallbacks;

  constructor(
    type: ObservableType,
    descriptor: MetricDescriptor,
    routes: readonly ObservedRoute[],
    callbacks: ObservableCallbacks,
  ) {
    this.isCounter = type === 'counter';
    this.descriptor = descriptor;
    this.routes = routes;
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

  commit(reporter: object, observations: readonly Observation[]): void {
    const accepted = observations.filter(({ value }) => this.accepts(value)).map((one) => this.whole(one));
    for (const { stream, process } of this.routes) {
      stream.commit(
        reporter,
        process === undefined
          ? accepted
          : accepted.map(({ value, attributes }) => ({ value, attributes: process(attributes ?? {}) })),
      );
    }
  }

  hide(reporter: object): void {
    for (const { stream } of this.routes) stream.hide(reporter);
  }

  private accepts(value: number): boolean {
    if (Number.isFinite(value) && !(this.isCounter && value < 0)) return true;
    this.routes[0]?.stream.reject(
      value,
      this.isCounter
        ? 'the callback of a counter reports its total so far, a finite number from 0 up'
        : 'a callback reports finite numbers',
    );
    return false;
  }

  /** Fractions are cut off where only whole numbers are wanted; adding 0 makes 0 of -0. */
  private whole(observation: Observation): Observation {
    if (this.descriptor.valueType === undefined) return observation;
    return { value: Math.trunc(observation.value) + 0, attributes: observation.attributes };
  }
}

/** The values of one series by the attributes they were reported with. */
function withOther(before: Observation | Map<string, number>, observation: Observation): Map<string, number> {
  const values = before instanceof Map ? before : new Map([[keyOf(before), before.value]]);
  return values.set(keyOf(observation), observation.value);
}

function keyOf({ attributes }: Observation): string {
  try {
    return JSON.stringify(
      Object.entries(attributes ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)),
      (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value),
    );
  } catch {
    // Cyclic, or a getter that throws: told when the series was looked for.
    return '';
  }
}

function sumOf(values: Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
