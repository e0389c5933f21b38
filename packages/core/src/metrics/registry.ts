import type { SeriesAttributes } from '../attributes.ts';
import { checkKeys } from '../check-keys.ts';
import type { Clock } from '../clock.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { TelemetryError } from '../errors.ts';
import type { InstrumentationScope, Resource } from '../resource.ts';
import { AttributeRules } from './attribute-rules.ts';
import type { CardinalityBudget } from './cardinality-budget.ts';
import { type Counter, CounterInstrument } from './counter.ts';
import type { ExemplarSource } from './exemplars.ts';
import type { Expiry } from './expiry.ts';
import { ExponentialHistogramInstrument } from './exponential-histogram.ts';
import { type Gauge, GaugeInstrument } from './gauge.ts';
import { checkBuckets, ExplicitHistogramInstrument, type Histogram, type HistogramOptions } from './histogram.ts';
import { checkName, type Instrument, type InstrumentContext, type InstrumentOptions } from './instrument.ts';
import type { MetricsSelection } from './metrics-options.ts';
import { NOOP_INSTRUMENT } from './noop.ts';
import { type Observable, type ObservableCallback, ObservableInstrument, type ObservableType } from './observable.ts';
import type { ObservableCallbacks } from './observable-callbacks.ts';
import type { MetricDescriptor, MetricReader } from './snapshot.ts';
import { checkSummary, type Summary, SummaryInstrument, type SummaryOptions } from './summary.ts';
import { type UpDownCounter, UpDownCounterInstrument } from './up-down-counter.ts';

/** What all registries of a process share. */
export interface RegistryContext {
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  readonly budget: CardinalityBudget;
  readonly expiry: Expiry | undefined;
  readonly selection: MetricsSelection;
  readonly callbacks: ObservableCallbacks;
  readonly exemplars: ExemplarSource;
  /** On every series. */
  readonly attributes: SeriesAttributes;
}

interface Entry {
  /** How it was defined, to tell a repetition from a conflict. */
  readonly kind: string;
  readonly options: InstrumentOptions;
  readonly instrument: Instrument;
}

const PLAIN_OPTIONS = ['unit', 'description'];

/**
 * The instruments of one service. Asking again for a name gives the same instrument; asking for it as something else throws.
 * Every method that makes an instrument throws a `TelemetryError` for a bad name, option or conflict.
 */
export class Registry {
  private readonly resource: Resource;
  private readonly context: RegistryContext;
  private readonly origin: number;
  private readonly entries = new Map<string, Entry>();

  constructor(resource: Resource, context: RegistryContext) {
    this.resource = resource;
    this.context = context;
    this.origin = Math.floor(context.clock.now());
  }

  counter(scope: InstrumentationScope, name: string, options: InstrumentOptions = {}): Counter {
    checkKeys(name, options, PLAIN_OPTIONS);
    return this.define('counter', scope, name, options, (...at) => new CounterInstrument(...at));
  }

  upDownCounter(scope: InstrumentationScope, name: string, options: InstrumentOptions = {}): UpDownCounter {
    checkKeys(name, options, PLAIN_OPTIONS);
    return this.define('up-down counter', scope, name, options, (...at) => new UpDownCounterInstrument(...at));
  }

  gauge(scope: InstrumentationScope, name: string, options: InstrumentOptions = {}): Gauge {
    checkKeys(name, options, PLAIN_OPTIONS);
    return this.define('gauge', scope, name, options, (...at) => new GaugeInstrument(...at));
  }

  histogram(scope: InstrumentationScope, name: string, options: HistogramOptions = {}): Histogram {
    checkKeys(name, options, [...PLAIN_OPTIONS, 'buckets']);
    const { buckets } = options;
    const { exemplars } = this.context;
    if (buckets === undefined) {
      // Asked for again without buckets, a histogram that has some is the same one.
      const known = this.entries.get(entryKey(scope, this.context.selection.nameOf(name)));
      return this.define<Histogram>(
        known?.instrument instanceof ExplicitHistogramInstrument ? known.kind : 'histogram with exponential buckets',
        scope,
        name,
        options,
        (descriptor, context) => new ExponentialHistogramInstrument(descriptor, context, exemplars),
      );
    }
    checkBuckets(name, buckets);
    return this.define<Histogram>(
      `histogram with buckets [${buckets.join(', ')}]`,
      scope,
      name,
      options,
      (descriptor, context) => new ExplicitHistogramInstrument(descriptor, context, buckets, exemplars),
    );
  }

  summary(scope: InstrumentationScope, name: string, options: SummaryOptions = {}): Summary {
    checkKeys(name, options, [...PLAIN_OPTIONS, 'quantiles', 'window']);
    checkSummary(name, options);
    return this.define('summary', scope, name, options, (...at) => new SummaryInstrument(...at, options));
  }

  observable(
    type: ObservableType,
    scope: InstrumentationScope,
    name: string,
    options: InstrumentOptions = {},
    callback?: ObservableCallback,
  ): Observable {
    checkKeys(name, options, PLAIN_OPTIONS);
    const { callbacks } = this.context;
    const observable = this.define<Observable>(
      `observable ${type}`,
      scope,
      name,
      options,
      (...at) => new ObservableInstrument(type, ...at, callbacks),
    );
    if (callback !== undefined) observable.addCallback(callback);
    return observable;
  }

  /** One per instrument that has series. */
  readers(): MetricReader[] {
    return [...this.entries.values()].map(({ instrument }) => instrument.reader()).filter((reader) => reader.size > 0);
  }

  expire(): void {
    for (const { instrument } of this.entries.values()) instrument.expire();
  }

  stop(): void {
    for (const { instrument } of this.entries.values()) instrument.stop();
  }

  private define<I>(
    kind: string,
    scope: InstrumentationScope,
    given: string,
    options: InstrumentOptions,
    make: (...at: MakeArguments) => I & Instrument,
  ): I {
    checkName(given);
    const { selection } = this.context;
    // Switched off, it is the shared instrument that does nothing, which has the methods of all kinds.
    if (selection.isDisabled(given)) return NOOP_INSTRUMENT as unknown as I;
    const name = selection.nameOf(given);
    checkName(name);
    checkTexts(name, options);
    const key = entryKey(scope, name);
    const known = this.entries.get(key);
    if (known !== undefined) {
      checkSame(name, known, kind, options);
      return known.instrument as I & Instrument;
    }
    const { unit = '', description = '' } = options;
    const descriptor: MetricDescriptor = { name, description, unit, scope, resource: this.resource };
    const instrument = make(descriptor, this.instrumentContext(given));
    this.entries.set(key, { kind, options, instrument });
    return instrument;
  }

  private instrumentContext(name: string): InstrumentContext {
    const { clock, diagnostics, budget, expiry, selection, attributes } = this.context;
    const rules = new AttributeRules(selection.attributesOf(name), attributes, diagnostics);
    return { clock, diagnostics, budget, rules, expiry, origin: this.origin };
  }
}

type MakeArguments = [descriptor: MetricDescriptor, context: InstrumentContext];

/** OpenTelemetry compares instrument names without regard to case. */
function entryKey(scope: InstrumentationScope, name: string): string {
  return JSON.stringify([scope.name, scope.version ?? '', String(name).toLowerCase()]);
}

function checkTexts(name: string, { unit, description }: InstrumentOptions): void {
  for (const [option, value] of Object.entries({ unit, description })) {
    if (value === undefined || typeof value === 'string') continue;
    throw new TelemetryError(
      'ERR_METRIC_OPTION',
      `The ${option} of "${name}" is of type ${typeof value}; give a text, or leave it out.`,
    );
  }
}

function checkSame(name: string, known: Entry, kind: string, options: InstrumentOptions): void {
  const conflict = (what: string, was: string, is: string): TelemetryError =>
    new TelemetryError(
      'ERR_METRIC_CONFLICT',
      `"${name}" is already defined with ${what} ${was} and cannot be defined again with ${what} ${is}; give one of them another name, or define it once and share it.`,
    );
  const before = known.instrument.descriptor;
  if (before.name !== name) throw conflict('the name', `"${before.name}"`, `"${name}"`);
  if (known.kind !== kind) throw conflict('the kind', `"${known.kind}"`, `"${kind}"`);
  if (options.unit !== undefined && options.unit !== before.unit) {
    throw conflict('the unit', `"${before.unit}"`, `"${options.unit}"`);
  }
}
