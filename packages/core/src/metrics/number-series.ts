import type { Context } from '@opentelemetry/api';
import type { Attributes, SeriesAttributes } from '../attributes.ts';
import { type ExemplarReservoir, gapAfterKept, gapAfterMiss, NEVER, NO_EXEMPLARS, type SpanIds } from './exemplars.ts';
import type { Instrument, Series } from './instrument.ts';
import type { Exemplar, NumberPoint } from './snapshot.ts';

/** A series that is one number, with at most one exemplar. */
export abstract class NumberSeries implements Series<NumberPoint> {
  readonly attributes: SeriesAttributes;
  // Numbers begin where they are declared: a field that was undefined for a moment holds fractions in memory of their own, anew with each record.
  value = 0;
  touched = 0;
  /** How many measurements pass before one is looked at as an exemplar; recording counts down, and looks below 0. */
  protected skip = 0;
  /** Which measurement since the last read that one is, from 1. */
  private seen = 1;
  protected start: number;
  private kept: Exemplar | ExemplarReservoir | undefined;
  protected readonly instrument: Instrument;

  constructor(attributes: SeriesAttributes, start: number, instrument: Instrument) {
    this.attributes = attributes;
    this.instrument = instrument;
    this.start = start;
    this.skip = instrument.exemplars.firstSkip;
    this.kept = instrument.exemplars.make(attributes);
  }

  abstract activity(): number;

  expendable(): boolean {
    return true;
  }

  read(time: number): NumberPoint {
    const { attributes, value, kept, instrument } = this;
    const startTime = instrument.startTime(this.start);
    this.skip = instrument.exemplars.firstSkip;
    this.seen = 1;
    if (kept === undefined) return { attributes, startTime, time, value };
    const exemplars = isReservoir(kept) ? instrument.exemplars.collect(kept, attributes) : Object.freeze([kept]);
    return exemplars === NO_EXEMPLARS || exemplars.length === 0
      ? { attributes, startTime, time, value }
      : { attributes, startTime, time, value, exemplars };
  }

  protected look(
    value: number,
    span: SpanIds | undefined,
    context: Context | undefined,
    given: Attributes | undefined,
  ): void {
    const { exemplars } = this.instrument;
    this.skip = exemplars.firstSkip;
    if (exemplars.firstSkip === NEVER) return;
    if (this.kept !== undefined && isReservoir(this.kept)) {
      exemplars.offer(this.kept, value, span, context, given, this.attributes);
      return;
    }
    const found = exemplars.take(value, span, context, given, this.attributes);
    if (found !== undefined) this.kept = found;
    const gap = found === undefined ? gapAfterMiss(this.seen) : gapAfterKept(this.seen, 1);
    this.skip = gap - 1;
    this.seen = Math.min(NEVER, this.seen + gap);
  }
}

function isReservoir(kept: Exemplar | ExemplarReservoir): kept is ExemplarReservoir {
  return 'collect' in kept;
}
