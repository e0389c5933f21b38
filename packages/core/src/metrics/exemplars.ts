import type { Context } from '@opentelemetry/api';
import { type Attributes, type AttributeValue, MAX_ATTRIBUTE_LENGTH, type SeriesAttributes } from '../attributes.ts';
import type { Clock } from '../clock.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { messageOf } from '../errors.ts';
import { type AttributeRules, cleanValue, frozenAttributes } from './attribute-rules.ts';
import type { Exemplar } from './snapshot.ts';

/** The ids of a span that is certain to be exported. */
export interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
}

/** Which measurements may become exemplars, by OpenTelemetry's names: those in sampled spans, all, none. */
export type ExemplarFilter = 'trace_based' | 'always_on' | 'always_off';

/** Chooses, for one series, which measurements are kept as exemplars. */
export interface ExemplarReservoir {
  /** A measurement that the filter let through. `time` is in seconds since the Unix epoch; `attributes` are all it was recorded with. */
  offer(value: number, time: number, attributes: Attributes, context: Context): void;
  /** What was kept, whenever the series is read. Attributes that the series has are taken out of `filteredAttributes`. */
  collect(): readonly Exemplar[];
}

/** Where exemplars come from. */
export interface ExemplarSource {
  /** Whether there may be any at all; asked when an instrument is made and when it is read, never per record. */
  awake(): boolean;
  /** The span of `context`, or of the active one. Without ids: there is none, but the filter takes all. `undefined`: not this measurement. */
  find(context: Context | undefined): Partial<SpanIds> | undefined;
  active(): Context;
}

/** A number of measurements that no series sees. The largest small integer, which takes no memory of its own. */
export const NEVER = 2 ** 30 - 1;

/** Attributes that an exemplar has beyond those of its series. */
const MAX_LEFT_OUT = 32;

/** How an instrument's series choose exemplars: what they have in common. */
export class ExemplarSampling {
  /** How many measurements a series lets pass after its making and after each read: 0, or `NEVER` while there are none to be had. */
  firstSkip = NEVER;
  /** Made for each series where a view says so. */
  readonly reservoir: ((attributes: SeriesAttributes) => ExemplarReservoir) | undefined;
  private readonly source: ExemplarSource | undefined;
  private readonly clock: Clock;
  private readonly diagnostics: Diagnostics;
  private readonly subject: string;
  private readonly rules: AttributeRules;
  /** Whether a view leaves attributes out. */
  private readonly leavesOut: boolean;

  constructor(
    subject: string,
    source: ExemplarSource | undefined,
    clock: Clock,
    diagnostics: Diagnostics,
    rules: AttributeRules,
    leavesOut: boolean,
    reservoir?: (attributes: SeriesAttributes) => ExemplarReservoir,
  ) {
    this.subject = subject;
    this.source = source;
    this.clock = clock;
    this.diagnostics = diagnostics;
    this.reservoir = reservoir;
    this.rules = rules;
    this.leavesOut = leavesOut;
    this.refresh();
  }

  /** Looks again whether there are any to be had: a tracer may have been registered since. */
  refresh(): void {
    this.firstSkip = this.source?.awake() ? 0 : NEVER;
  }

  /** This measurement as an exemplar, if it may be one. */
  take(
    value: number,
    span: SpanIds | undefined,
    context: Context | undefined,
    given: Attributes | undefined,
    own: SeriesAttributes,
  ): Exemplar | undefined {
    const ids = span ?? this.source?.find(context);
    if (ids === undefined) return undefined;
    const { traceId, spanId } = ids;
    const filteredAttributes =
      given === undefined || !this.leavesOut ? undefined : attributesBeyond(given, own, this.rules);
    return Object.freeze({
      value,
      time: this.clock.now(),
      ...(traceId !== undefined && spanId !== undefined && { traceId, spanId }),
      ...(filteredAttributes && { filteredAttributes }),
    });
  }

  /** Hands the measurement to a view's reservoir if it may be an exemplar. */
  offer(
    reservoir: ExemplarReservoir,
    value: number,
    span: SpanIds | undefined,
    context: Context | undefined,
    given: Attributes | undefined,
    own: SeriesAttributes,
  ): void {
    if (span === undefined && this.source?.find(context) === undefined) return;
    try {
      reservoir.offer(
        value,
        this.clock.now(),
        { ...(given ?? own) },
        context ?? (this.source as ExemplarSource).active(),
      );
    } catch (error) {
      this.failed(error);
    }
  }

  collect(reservoir: ExemplarReservoir, own: SeriesAttributes): readonly Exemplar[] {
    try {
      return reservoir.collect().map((exemplar) => cleaned(exemplar, own, this.rules));
    } catch (error) {
      this.failed(error);
      return NO_EXEMPLARS;
    }
  }

  /** A view's reservoir for a new series; `undefined` where there is none, or it cannot be made. */
  make(attributes: SeriesAttributes): ExemplarReservoir | undefined {
    if (this.reservoir === undefined || this.source === undefined) return undefined;
    try {
      return this.reservoir(attributes);
    } catch (error) {
      this.failed(error);
      return undefined;
    }
  }

  private failed(error: unknown): void {
    this.diagnostics.problem(
      'ERR_CALLBACK',
      `exemplar reservoir ${this.subject}`,
      () =>
        `The exemplar reservoir of "${this.subject}" failed (${messageOf(error)}); it keeps no exemplars until it works again.`,
    );
  }
}

export const NO_EXEMPLARS: readonly Exemplar[] = Object.freeze([]);

function attributesBeyond(
  given: Attributes,
  own: SeriesAttributes,
  rules: AttributeRules,
): SeriesAttributes | undefined {
  const entries: [string, AttributeValue][] = [];
  try {
    for (const [key, value] of Object.entries(given)) {
      const name = rules.nameBeforeView(key);
      const inSeries = rules.nameOf(key);
      if (value === undefined || value === null || name === undefined) continue;
      if (inSeries !== undefined && Object.hasOwn(own, inSeries)) continue;
      const clean = cleanValue(value);
      if (clean !== undefined && entries.length < MAX_LEFT_OUT)
        entries.push([name.slice(0, MAX_ATTRIBUTE_LENGTH), clean]);
    }
  } catch {
    // A getter that throws: told when the series was looked for.
  }
  return entries.length === 0 ? undefined : frozenAttributes(entries);
}

/** What a reservoir gave, as a snapshot may carry it. */
function cleaned(exemplar: Exemplar, own: SeriesAttributes, rules: AttributeRules): Exemplar {
  const { value, time, traceId, spanId, filteredAttributes } = exemplar;
  const beyond = filteredAttributes && attributesBeyond(filteredAttributes, own, rules);
  return Object.freeze({
    value,
    time,
    ...(traceId !== undefined && spanId !== undefined && { traceId, spanId }),
    ...(beyond && { filteredAttributes: beyond }),
  });
}

/**
 * How far to go on from the `seen`th measurement of an interval, which was kept, such that in the end each measurement has had the same
 * chance for one of `places`: the next one that the reservoir would replace one of them with (Vitter 1985, algorithm X; for one place
 * about seen / u).
 */
export function gapAfterKept(seen: number, places: number): number {
  const chance = 1 - Math.random();
  if (places === 1) return Math.min(NEVER, Math.floor(seen / chance) + 1 - seen);
  if (seen > 20 * places) {
    // The exact product below, as if its factors were all taken at the middle; right within a thousandth here.
    const middle = (places - 1) / 2;
    return Math.min(NEVER, Math.floor((seen - middle) / chance ** (1 / places) + middle) + 1 - seen);
  }
  let gap = 1;
  let none = (seen + 1 - places) / (seen + 1);
  while (none > chance) {
    gap++;
    none *= (seen + gap - places) / (seen + gap);
  }
  return gap;
}

/**
 * The same where the measurement was in no sampled span. Looking costs more than recording, so the gaps grow: of n measurements
 * about 2 √n are looked at. Rare sampled spans are found, and a busy series hardly pays for those that are not.
 */
export function gapAfterMiss(seen: number): number {
  return Math.floor(Math.sqrt(seen));
}
