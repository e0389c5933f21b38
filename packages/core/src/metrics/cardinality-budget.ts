import type { Diagnostics } from '../diagnostics.ts';
import { TelemetryError } from '../errors.ts';

export interface CardinalityOptions {
  /** Series an instrument may have in its life; default 2,000, as in OpenTelemetry. */
  readonly perInstrument?: number;
  /** Series the process may have; default 50,000. Past it each instrument may still have one series that stands for many. */
  readonly total?: number;
  /**
   * Seconds without a record after which a series is forgotten and its place is free again; default never. Bound series are only hidden,
   * until recorded on. Choose it longer than the longest export interval: what was recorded since the last export goes with the series.
   */
  readonly expireAfter?: number;
}

/** An instrument that ran out of places. */
export interface Overflow {
  readonly instrument: string;
  /** The attribute whose new values are now `other`; missing when attributes of ever new keys used up the budget. */
  readonly attribute?: string;
  /** How many values the attribute had by then, or the instrument series. */
  readonly values: number;
}

/** The places that the series of an instrument take. */
export interface SeriesBudget {
  /** How many more series an instrument that has `length` may make. */
  room(length: number): number;
  take(): void;
  release(count: number): void;
  /** Notes and tells that there is no more room. */
  exceeded(instrument: string, attribute: string | undefined, values: number): void;
}

/** How many series there may be: one object for all instruments of a process. */
export class CardinalityBudget implements SeriesBudget {
  readonly perInstrument: number;
  readonly total: number;
  readonly expireAfter: number | undefined;
  readonly overflows: Overflow[] = [];
  private used = 0;
  private readonly diagnostics: Diagnostics;

  constructor(options: CardinalityOptions, diagnostics: Diagnostics) {
    this.perInstrument = positiveInteger('cardinality.perInstrument', options.perInstrument ?? 2000);
    this.total = positiveInteger('cardinality.total', options.total ?? 50_000);
    if (options.expireAfter !== undefined && !(options.expireAfter > 0)) {
      throw new TelemetryError(
        'ERR_OPTION',
        `cardinality.expireAfter is ${options.expireAfter}; give seconds above 0, or leave it out to keep series for ever.`,
      );
    }
    this.expireAfter = options.expireAfter;
    this.diagnostics = diagnostics;
  }

  /** All series of the process. */
  get series(): number {
    return this.used;
  }

  room(length: number): number {
    return this.roomWithin(this.perInstrument, length);
  }

  /** The same places, but with another limit for an instrument than `perInstrument`. */
  limitedTo(limit: number): SeriesBudget {
    return {
      room: (length) => this.roomWithin(limit, length),
      take: () => this.take(),
      release: (count) => this.release(count),
      exceeded: (...of) => this.exceededOf(...of, 'aggregationCardinalityLimit of its view'),
    };
  }

  take(): void {
    this.used++;
  }

  release(count: number): void {
    this.used -= count;
  }

  exceeded(instrument: string, attribute: string | undefined, values: number): void {
    this.exceededOf(instrument, attribute, values, 'cardinality.perInstrument');
  }

  private roomWithin(limit: number, length: number): number {
    return Math.min(limit - length, this.total - this.used);
  }

  private exceededOf(instrument: string, attribute: string | undefined, values: number, limit: string): void {
    const overflow: Overflow = attribute === undefined ? { instrument, values } : { instrument, attribute, values };
    if (!this.overflows.some((known) => known.instrument === instrument && known.attribute === attribute)) {
      this.overflows.push(Object.freeze(overflow));
    }
    this.diagnostics.problem('ERR_CARDINALITY', `${instrument} ${attribute ?? ''}`, () =>
      attribute === undefined
        ? `"${instrument}" has used up its budget of series (${values}); further attributes are counted under otel.metric.overflow. Use fewer attribute keys, or raise ${limit} or cardinality.total.`
        : `Attribute "${attribute}" of "${instrument}" has had ${values} values and has used up the budget of series; further values are counted as "other". Leave it out, use fewer values, or raise ${limit} or cardinality.total.`,
    );
  }
}

export function positiveInteger(option: string, value: number): number {
  if (Number.isInteger(value) && value > 0) return value;
  throw new TelemetryError(
    'ERR_OPTION',
    `${option} is ${typeof value === 'number' ? value : `of type ${typeof value}`}; give a whole number above 0.`,
  );
}
