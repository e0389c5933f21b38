import type { Context } from '@opentelemetry/api';
import type { Attributes } from '../attributes.ts';
import type { Clock } from '../clock.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { messageOf, TelemetryError } from '../errors.ts';
import { AttributeIndex, type IndexedSeries } from './attribute-index.ts';
import type { AttributeRules } from './attribute-rules.ts';
import type { SeriesBudget } from './cardinality-budget.ts';
import type { ExemplarSampling, SpanIds } from './exemplars.ts';
import { type Expiry, TICKS_PER_LIFE } from './expiry.ts';
import type { MetricDescriptor, MetricReader, Point } from './snapshot.ts';

/** What may be said of any instrument. */
export interface InstrumentOptions {
  /** UCUM, in base units: `s`, `By`, `1`, `{order}`. */
  readonly unit?: string;
  readonly description?: string;
}

/** What the series of an instrument have in common, and what surrounds them. */
export interface InstrumentContext {
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  readonly budget: SeriesBudget;
  readonly rules: AttributeRules;
  readonly expiry: Expiry | undefined;
  readonly exemplars: ExemplarSampling;
  /** Seconds since the Unix epoch; the start times of series are kept as milliseconds after it. */
  readonly origin: number;
}

/** A series as its instrument handles it. */
export interface Series<P extends Point = Point> extends IndexedSeries {
  /** The tick of the last record, where series expire. */
  touched: number;
  /** A number that is another one after a record. */
  activity(): number;
  /** Whether it may be forgotten: an up-down counter that is not back at zero may not. */
  expendable(): boolean;
  read(time: number): P;
}

/** A series that is recorded on. */
export interface SyncSeries<P extends Point = Point> extends Series<P> {
  /** Takes a value that was checked. `given` is what it was recorded with, where that may be more than the series has. */
  measure(value: number, span?: SpanIds, context?: Context, given?: Attributes): void;
}

/** What all synchronous and observable instruments share: their series, how they are read and how they expire. */
export abstract class Instrument<P extends Point = Point, S extends Series<P> = Series<P>> {
  descriptor: MetricDescriptor;
  readonly exemplars: ExemplarSampling;
  protected readonly context: InstrumentContext;
  protected readonly index: AttributeIndex<S>;
  private readonly expiry: Expiry | undefined;
  /** Series that someone holds, and their activity when they were last looked at: they are never taken out, only left out of snapshots while idle. */
  private readonly bound = new Map<S, number>();

  constructor(descriptor: MetricDescriptor, context: InstrumentContext) {
    this.descriptor = descriptor;
    this.context = context;
    this.expiry = context.expiry;
    this.exemplars = context.exemplars;
    this.index = new AttributeIndex(descriptor.name, context.rules, context.budget, (attributes) =>
      this.create(attributes),
    );
  }

  /** For exporters: what the instrument is, and its points one by one. */
  abstract reader(): MetricReader;

  protected abstract create(attributes: S['attributes']): S;

  protected readerBase(): MetricDescriptor & {
    temporality: 'cumulative';
    size: number;
    read: () => IterableIterator<P>;
  } {
    return {
      ...this.descriptor,
      temporality: 'cumulative',
      size: this.index.series.length,
      read: () => this.read(),
    };
  }

  /** Milliseconds since the origin, for a new series: a small integer takes no memory of its own. */
  protected startOffset(): number {
    return Math.max(0, Math.floor((this.context.clock.now() - this.context.origin) * 1000));
  }

  /** Seconds since the Unix epoch. */
  startTime(offset: number): number {
    return this.context.origin + offset / 1000;
  }

  protected seriesOf(attributes: Attributes = NO_ATTRIBUTES): S {
    let series: S;
    try {
      series = this.index.resolve(attributes);
    } catch (error) {
      // A null, or a getter that throws: recording goes on without attributes, so that totals stay right.
      this.context.diagnostics.problem(
        'ERR_ATTRIBUTE',
        this.descriptor.name,
        () => `The attributes of "${this.descriptor.name}" could not be read (${messageOf(error)}) and were left out.`,
      );
      series = this.index.resolve(NO_ATTRIBUTES);
    }
    if (this.expiry !== undefined) series.touched = this.expiry.tick;
    return series;
  }

  protected boundSeries(attributes?: Attributes): S {
    const series = this.seriesOf(attributes);
    if (this.expiry !== undefined) this.bound.set(series, series.activity());
    return series;
  }

  /** Takes another description where it still has the one it was defined with: a view's stays. */
  describe(before: string, now: string): void {
    if (this.descriptor.description === before) this.descriptor = { ...this.descriptor, description: now };
  }

  /** Stops what runs on a timer. */
  stop(): void {}

  /** Takes out series that were idle too long. */
  expire(): void {
    const { expiry } = this;
    if (expiry === undefined) return;
    for (const [series, activity] of this.bound) {
      const now = series.activity();
      if (now === activity) continue;
      this.bound.set(series, now);
      series.touched = expiry.tick;
    }
    this.index.remove((series) => !this.bound.has(series) && this.isIdle(series));
  }

  /** Counts a value that cannot be recorded; tells of it once. */
  reject(value: unknown, mend: string): void {
    const { name } = this.descriptor;
    this.context.diagnostics.problem(
      'ERR_VALUE',
      name,
      () => `"${name}" was given ${describe(value)}, which was ignored; ${mend}.`,
    );
  }

  /** Whether a series that is there is left out of what is read. */
  protected isHidden(series: S): boolean {
    return this.isIdle(series) && this.bound.get(series) === series.activity();
  }

  private isIdle(series: S): boolean {
    return this.expiry !== undefined && this.expiry.tick - series.touched >= TICKS_PER_LIFE && series.expendable();
  }

  private *read(): IterableIterator<P> {
    const time = this.context.clock.now();
    const { series } = this.index;
    this.exemplars.refresh();
    for (let at = 0; at < series.length; at++) {
      const one = series[at] as S;
      if (this.isHidden(one)) continue;
      yield one.read(time);
    }
  }
}

/** An instrument that is recorded on. */
export abstract class SyncInstrument<
  P extends Point = Point,
  S extends SyncSeries<P> = SyncSeries<P>,
> extends Instrument<P, S> {
  /** Takes a value that was checked, of an instrument whose series are here. */
  measure(value: number, attributes: Attributes | undefined, context: Context | undefined, given: Attributes): void {
    this.seriesOf(attributes).measure(value, undefined, context, given);
  }

  /** The series of these attributes, to be kept. */
  hold(attributes: Attributes | undefined): SyncSeries<P> {
    return this.boundSeries(attributes);
  }
}

const NO_ATTRIBUTES: Attributes = Object.freeze({});

/** What was given in place of a number, short: objects may have no text, or a very long one. */
function describe(value: unknown): string {
  return typeof value === 'object' || typeof value === 'function' || typeof value === 'string'
    ? `a value of type ${typeof value}`
    : String(value);
}

/** OpenTelemetry's rule for instrument names. */
const NAME = /^[a-z][a-z0-9_.\-/]{0,254}$/i;

/** Throws for names that OpenTelemetry's specification does not allow. */
export function checkName(name: string): void {
  if (typeof name === 'string' && NAME.test(name)) return;
  throw new TelemetryError(
    'ERR_METRIC_NAME',
    `"${String(name)}" is not a metric name; start with a letter, then use letters, digits, "_", ".", "-" or "/", 255 characters at most, such as "orders.shipped".`,
  );
}
