import type {
  Attributes,
  BatchObservableCallback,
  BatchObservableResult,
  Meter,
  MeterProvider,
  MetricOptions,
  Observable,
  ObservableCallback,
} from '@opentelemetry/api';
import type { Clock } from '../clock.ts';
import { OwnTotals } from './own-totals.ts';

type Report = (observable: Observable, value: number, attributes?: Attributes) => void;

export interface CollectorsOptions {
  readonly clock: Clock;
  /** Seconds for which what an instrument was told is told again, without its collector being asked. */
  readonly age: (instrument: string) => number;
  /** Counters count what came while `collect` was on, and not what was there before. */
  readonly ownTotals: boolean;
}

/**
 * A meter provider that hands on to another, for instrumentations that know no end: all their callbacks can be taken off, and put on again. A
 * collector is not asked anew by each exporter that reads: most tell what happened since they were asked, and that would be next to nothing.
 */
export class Collectors implements MeterProvider {
  private readonly provider: MeterProvider;
  private readonly options: CollectorsOptions;
  private readonly collectors: Collector[] = [];
  private collects = false;

  constructor(provider: MeterProvider, options: CollectorsOptions) {
    this.provider = provider;
    this.options = options;
  }

  /** Whether callbacks are called; at first they are not. What is off has no series. */
  collect(on: boolean): void {
    if (this.collects === on) return;
    this.collects = on;
    for (const collector of this.collectors) collector.turn(on);
  }

  readonly getMeter: MeterProvider['getMeter'] = (...scope) => {
    const meter = this.provider.getMeter(...scope);
    const observable = (real: Observable, name: string, isTotal: boolean): CollectedObservable =>
      new CollectedObservable(real, name, isTotal, (one, callback) =>
        this.add(meter, [one], (report) =>
          callback({ observe: (value, attributes) => report(one, value, attributes) }),
        ),
      );
    return {
      createCounter: (...given) => meter.createCounter(...given),
      createUpDownCounter: (...given) => meter.createUpDownCounter(...given),
      createGauge: (...given) => meter.createGauge(...given),
      createHistogram: (...given) => meter.createHistogram(...given),
      createObservableCounter: (name: string, options?: MetricOptions) =>
        observable(meter.createObservableCounter(name, options), name, true),
      createObservableUpDownCounter: (name: string, options?: MetricOptions) =>
        observable(meter.createObservableUpDownCounter(name, options), name, false),
      createObservableGauge: (name: string, options?: MetricOptions) =>
        observable(meter.createObservableGauge(name, options), name, false),
      addBatchObservableCallback: (callback: BatchObservableCallback, observables: Observable[]) => {
        const own = observables.filter((one) => one instanceof CollectedObservable);
        this.add(meter, own, (report) => callback({ observe: report as never }));
      },
      // `collect(false)` takes all off.
      removeBatchObservableCallback: () => {},
    } satisfies Meter;
  };

  private add(meter: Meter, observables: readonly CollectedObservable[], ask: Collector['ask']): void {
    const collector = new Collector(meter, observables, ask, this.options);
    this.collectors.push(collector);
    collector.turn(this.collects);
  }
}

class CollectedObservable implements Observable {
  readonly real: Observable;
  readonly name: string;
  readonly isTotal: boolean;
  private readonly add: (one: CollectedObservable, callback: ObservableCallback) => void;

  constructor(real: Observable, name: string, isTotal: boolean, add: CollectedObservable['add']) {
    this.real = real;
    this.name = name;
    this.isTotal = isTotal;
    this.add = add;
  }

  addCallback(callback: ObservableCallback): void {
    this.add(this, callback);
  }

  /** `collect(false)` takes all off. */
  removeCallback(): void {}
}

interface Told {
  readonly observable: CollectedObservable;
  readonly value: number;
  readonly attributes: Attributes | undefined;
}

/** One callback, with what it told last. */
class Collector {
  private readonly meter: Meter;
  private readonly observables: readonly CollectedObservable[];
  private readonly ask: (report: Report) => void | Promise<void>;
  private readonly clock: Clock;
  private readonly age: number;
  private readonly totals: OwnTotals | undefined;
  private told: readonly Told[] = [];
  /** How often it was put on or off: what was asked before is of no use after. */
  private turns = 0;
  private toldAt = 0;

  constructor(
    meter: Meter,
    observables: readonly CollectedObservable[],
    ask: Collector['ask'],
    { clock, age, ownTotals }: CollectorsOptions,
  ) {
    this.meter = meter;
    this.observables = observables;
    this.ask = ask;
    this.clock = clock;
    this.age = Math.min(...observables.map(({ name }) => age(name)));
    this.totals = ownTotals ? new OwnTotals() : undefined;
  }

  turn(on: boolean): void {
    const real = this.observables.map((observable) => observable.real);
    this.told = [];
    this.turns++;
    this.totals?.pause();
    if (on) this.meter.addBatchObservableCallback(this.run, real);
    else this.meter.removeBatchObservableCallback(this.run, real);
  }

  private readonly run: BatchObservableCallback = (result) => {
    if (this.told.length > 0 && this.clock.monotonic() - this.toldAt < this.age) return this.tell(result);
    return this.askAnew(result);
  };

  private async askAnew(result: BatchObservableResult): Promise<void> {
    // Not at once: where a process is given little CPU, a collector of half a millisecond would pass for one that holds it for long.
    await undefined;
    const told: Told[] = [];
    // What failed is asked again by the next who reads.
    this.told = [];
    const { turns } = this;
    const now = this.clock.monotonic();
    await this.ask((observable, value, attributes) => {
      // A utilization of no time is no number.
      if (observable instanceof CollectedObservable && Number.isFinite(value)) {
        told.push({ observable, value, attributes });
      }
    });
    if (turns !== this.turns) return;
    this.told = this.totals === undefined ? told : this.counted(told, this.totals);
    this.toldAt = now;
    this.tell(result);
  }

  private tell(result: BatchObservableResult): void {
    for (const { observable, value, attributes } of this.told) result.observe(observable.real, value, attributes);
  }

  private counted(told: readonly Told[], totals: OwnTotals): Told[] {
    const counted = told.map((one) =>
      one.observable.isTotal ? { ...one, value: totals.count(one.observable.name, one.value, one.attributes) } : one,
    );
    totals.resume();
    return counted;
  }
}
