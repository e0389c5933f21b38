import { checkKeys } from '../check-keys.ts';
import { TelemetryError } from '../errors.ts';
import type { InstrumentationScope, Resource } from '../resource.ts';
import { scopeKey } from '../scope-key.ts';
import type { Counter } from './counter.ts';
import type { Definition } from './definition.ts';
import { DEFAULT_MAX_SIZE } from './exponential-histogram.ts';
import type { Gauge } from './gauge.ts';
import { checkBuckets, type Histogram, type HistogramOptions } from './histogram.ts';
import { checkName, type Instrument, type InstrumentOptions } from './instrument.ts';
import { makeInstrument } from './make-instrument.ts';
import { NOOP_INSTRUMENT } from './noop.ts';
import type { Observable, ObservableCallback, ObservableType } from './observable.ts';
import type { RegistryContext } from './registry-context.ts';
import type { MetricReader } from './snapshot.ts';
import type { InstrumentKind, StreamForm } from './stream-form.ts';
import { checkSummary, type Summary, type SummaryOptions } from './summary.ts';
import type { UpDownCounter } from './up-down-counter.ts';

interface Entry {
  /** Under the name that counts, which may be another one than was given. */
  readonly definition: Definition;
  /** How it was defined, to tell a repetition from a conflict. */
  readonly text: string;
  readonly instrument: unknown;
  readonly streams: readonly Instrument[];
  /** The longest it was defined with. */
  description: string;
}

const PLAIN_OPTIONS = ['unit', 'description'];

const OBSERVABLE_KINDS: Readonly<Record<ObservableType, InstrumentKind>> = {
  counter: 'observableCounter',
  upDownCounter: 'observableUpDownCounter',
  gauge: 'observableGauge',
};

/**
 * The instruments of one service. Asking again for a name gives the same instrument; asking for it as something else throws.
 * Every method that makes an instrument throws a `TelemetryError` for a bad name, option or conflict; only `adopt` tells of conflicts.
 */
export class Registry {
  private readonly resource: Resource;
  private readonly context: RegistryContext;
  private readonly origin: number;
  /** By scope and name. Several only where conflicting ones came through OpenTelemetry's API. */
  private readonly entries = new Map<string, Entry[]>();
  /** Who has the name of a stream. */
  private readonly streams = new Map<string, Instrument>();

  constructor(resource: Resource, context: RegistryContext) {
    this.resource = resource;
    this.context = context;
    this.origin = Math.floor(context.clock.now());
  }

  counter(scope: InstrumentationScope, name: string, options: InstrumentOptions = {}): Counter {
    checkKeys(name, options, PLAIN_OPTIONS);
    return this.define({ kind: 'counter', scope, name, options, form: { type: 'counter' } });
  }

  upDownCounter(scope: InstrumentationScope, name: string, options: InstrumentOptions = {}): UpDownCounter {
    checkKeys(name, options, PLAIN_OPTIONS);
    return this.define({ kind: 'upDownCounter', scope, name, options, form: { type: 'upDownCounter' } });
  }

  gauge(scope: InstrumentationScope, name: string, options: InstrumentOptions = {}): Gauge {
    checkKeys(name, options, PLAIN_OPTIONS);
    return this.define({ kind: 'gauge', scope, name, options, form: { type: 'gauge' } });
  }

  histogram(scope: InstrumentationScope, name: string, options: HistogramOptions = {}): Histogram {
    checkKeys(name, options, [...PLAIN_OPTIONS, 'buckets']);
    const { buckets } = options;
    if (buckets === undefined) {
      // Asked for again without buckets, a histogram that has some is the same one.
      const known = this.known(scope, this.context.selection.nameOf(name))[0]?.definition;
      const form: StreamForm =
        known?.form.type === 'histogram'
          ? known.form
          : { type: 'exponentialHistogram', maxSize: DEFAULT_MAX_SIZE, minMax: true };
      return this.define({ kind: 'histogram', scope, name, options, form });
    }
    checkBuckets(name, buckets);
    const form: StreamForm = { type: 'histogram', boundaries: [...buckets], minMax: true };
    return this.define({ kind: 'histogram', scope, name, options, form });
  }

  summary(scope: InstrumentationScope, name: string, options: SummaryOptions = {}): Summary {
    checkKeys(name, options, [...PLAIN_OPTIONS, 'quantiles', 'window']);
    checkSummary(name, options);
    return this.define({ kind: 'summary', scope, name, options, form: { type: 'summary', options } });
  }

  observable(
    type: ObservableType,
    scope: InstrumentationScope,
    name: string,
    options: InstrumentOptions = {},
    callback?: ObservableCallback,
  ): Observable {
    checkKeys(name, options, PLAIN_OPTIONS);
    const kind = OBSERVABLE_KINDS[type];
    const observable = this.define<Observable>({ kind, scope, name, options, form: { type } });
    if (callback !== undefined) observable.addCallback(callback);
    return observable;
  }

  /**
   * The way in of OpenTelemetry's API: a definition that conflicts with an earlier one gives an instrument that works beside it, and is told.
   * Of names that differ in case, of boundaries, the first count; of descriptions, the longest.
   */
  adopt<I>(given: Definition): I {
    const definition = this.named(given);
    if (definition === undefined) return NOOP_INSTRUMENT as unknown as I;
    const known = this.known(definition.scope, definition.name);
    const [first] = known;
    const same = known.find((entry) => isIdentical(entry.definition, definition));
    if (first === undefined) return this.add(definition, given.name, false).instrument as I;
    if (same === undefined) {
      this.tell(
        definition,
        `"${first.definition.name}" was defined as a ${first.text} and now as a ${textOf(definition)}; both are exported under this name. Give one of them another name, by a view that fits only one (instrumentType or instrumentUnit).`,
      );
      return this.add({ ...definition, name: first.definition.name }, given.name, true).instrument as I;
    }
    this.tellDifferences(same, definition);
    return same.instrument as I;
  }

  /** One per stream that has series. */
  readers(): MetricReader[] {
    return this.instruments()
      .map((instrument) => instrument.reader())
      .filter((reader) => reader.size > 0);
  }

  expire(): void {
    for (const instrument of this.instruments()) instrument.expire();
  }

  stop(): void {
    for (const instrument of this.instruments()) instrument.stop();
  }

  private instruments(): Instrument[] {
    return [...this.entries.values()].flatMap((entries) => entries.flatMap(({ streams }) => streams));
  }

  private known(scope: InstrumentationScope, name: string): readonly Entry[] {
    return this.entries.get(streamKey(scope, name)) ?? [];
  }

  private define<I>(given: Definition): I {
    const definition = this.named(given);
    if (definition === undefined) return NOOP_INSTRUMENT as unknown as I;
    const [known] = this.known(definition.scope, definition.name);
    if (known === undefined) return this.add(definition, given.name, false).instrument as I;
    checkSame(known, definition);
    return known.instrument as I;
  }

  /** Under the name that counts; `undefined` when it is switched off: the shared instrument that does nothing has the methods of all kinds. */
  private named(given: Definition): Definition | undefined {
    checkName(given.name);
    const { selection } = this.context;
    if (selection.isDisabled(given.name)) return undefined;
    const name = selection.nameOf(given.name);
    checkName(name);
    checkTexts(name, given.options);
    return { ...given, name };
  }

  /** `given` is the name by which views and options know it. */
  private add(definition: Definition, given: string, told: boolean): Entry {
    const { instrument, streams } = makeInstrument(definition, given, {
      ...this.context,
      resource: this.resource,
      origin: this.origin,
    });
    const { description = '' } = definition.options;
    const entry: Entry = { definition, text: textOf(definition), instrument, streams, description };
    const key = streamKey(definition.scope, definition.name);
    this.entries.set(key, [...(this.entries.get(key) ?? []), entry]);
    for (const stream of streams) this.claim(stream, definition, told);
    return entry;
  }

  /** Two streams of one name are exported as they are, but told: backends will not keep them apart. */
  private claim(stream: Instrument, definition: Definition, told: boolean): void {
    const { scope, name } = stream.descriptor;
    const key = streamKey(scope, name);
    if (!this.streams.has(key)) this.streams.set(key, stream);
    else if (!told) {
      this.tell(
        definition,
        `Two streams are called "${name}", one of them of "${definition.name}"; both are exported. Give one of them another name in metrics.views.`,
      );
    }
  }

  private tellDifferences(entry: Entry, definition: Definition): void {
    const first = entry.definition;
    const { name } = definition;
    if (first.name !== name) {
      this.tell(
        definition,
        `"${name}" was defined as "${first.name}" before, and names are the same whatever their case; "${first.name}" is used.`,
      );
    }
    if (boundariesOf(first) !== boundariesOf(definition)) {
      this.tell(
        definition,
        `"${name}" is already defined with buckets [${boundariesOf(first)}] and again with [${boundariesOf(definition)}]; the first are used. Set them by a view instead.`,
      );
    }
    const { description: before } = entry;
    const { description = '' } = definition.options;
    if (description === '' || description === before) return;
    if (before !== '') {
      this.tell(
        definition,
        `"${name}" is defined with two descriptions, "${before}" and "${description}"; the longer is used. Set it by a view instead.`,
      );
    }
    if (description.length <= before.length) return;
    entry.description = description;
    for (const stream of entry.streams) stream.describe(before, description);
  }

  private tell(definition: Definition, message: string): void {
    const { diagnostics } = this.context;
    diagnostics.problem('ERR_METRIC_CONFLICT', `${definition.scope.name} ${definition.name} ${message}`, () => message);
  }
}

/** OpenTelemetry compares instrument names without regard to case. */
function streamKey(scope: InstrumentationScope, name: string): string {
  return `${scopeKey(scope)} ${String(name).toLowerCase()}`;
}

/** By what the specification tells instruments of one name apart; descriptions and advice are none of it. */
function isIdentical(one: Definition, other: Definition): boolean {
  return (
    one.kind === other.kind &&
    one.valueType === other.valueType &&
    (one.options.unit ?? '') === (other.options.unit ?? '') &&
    (one.form.type === other.form.type || one.kind === 'histogram')
  );
}

const KIND_TEXTS: Readonly<Record<InstrumentKind, string>> = {
  counter: 'counter',
  upDownCounter: 'up-down counter',
  gauge: 'gauge',
  histogram: 'histogram',
  summary: 'summary',
  observableCounter: 'observable counter',
  observableUpDownCounter: 'observable upDownCounter',
  observableGauge: 'observable gauge',
};

function textOf({ kind, options, valueType }: Definition): string {
  const unit = options.unit === undefined || options.unit === '' ? '' : ` in "${options.unit}"`;
  return `${KIND_TEXTS[kind]}${unit}${valueType === undefined ? '' : ' of whole numbers'}`;
}

function boundariesOf({ form }: Definition): string {
  return form.type === 'histogram' ? form.boundaries.join(', ') : '';
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

function checkSame({ definition: before }: Entry, now: Definition): void {
  const conflict = (what: string, was: string, is: string): TelemetryError =>
    new TelemetryError(
      'ERR_METRIC_CONFLICT',
      `"${now.name}" is already defined with ${what} ${was} and cannot be defined again with ${what} ${is}; give one of them another name, or define it once and share it.`,
    );
  if (before.name !== now.name) throw conflict('the name', `"${before.name}"`, `"${now.name}"`);
  const [was, is] = [kindOf(before), kindOf(now)];
  if (was !== is) throw conflict('the kind', `"${was}"`, `"${is}"`);
  const unit = before.options.unit ?? '';
  if (now.options.unit !== undefined && now.options.unit !== unit) {
    throw conflict('the unit', `"${unit}"`, `"${now.options.unit}"`);
  }
}

function kindOf(definition: Definition): string {
  const { kind, form } = definition;
  if (kind !== 'histogram') return KIND_TEXTS[kind];
  return form.type === 'histogram'
    ? `histogram with buckets [${form.boundaries.join(', ')}]`
    : 'histogram with exponential buckets';
}
