import type { Context } from '@opentelemetry/api';
import type { Attributes, SeriesAttributes } from '../attributes.ts';
import {
  type ExemplarReservoir,
  type ExemplarSampling,
  gapAfterKept,
  gapAfterMiss,
  NEVER,
  NO_EXEMPLARS,
  type SpanIds,
} from './exemplars.ts';
import type { Exemplar } from './snapshot.ts';

/**
 * Exemplars of one series in so many places, each measurement since the last read with the same chance for one. What was kept stays
 * until there is a newer one for its place.
 */
export class FixedExemplars {
  /** The count past which a measurement is looked at. */
  due: number;
  private began = 0;
  /** How many were kept since the last read. */
  private taken = 0;
  private kept: Exemplar[] | undefined = undefined;
  private readonly places: number;
  private readonly reservoir: ExemplarReservoir | undefined;
  private readonly sampling: ExemplarSampling;
  private readonly attributes: SeriesAttributes;

  constructor(sampling: ExemplarSampling, places: number, attributes: SeriesAttributes) {
    this.sampling = sampling;
    this.places = places;
    this.attributes = attributes;
    this.reservoir = sampling.make(attributes);
    this.due = sampling.firstSkip;
  }

  /** Called with the series' count with this measurement. */
  look(
    count: number,
    value: number,
    span: SpanIds | undefined,
    context: Context | undefined,
    given: Attributes | undefined,
  ): void {
    const { sampling, places, attributes } = this;
    if (sampling.firstSkip === NEVER) {
      this.due = count + NEVER;
      return;
    }
    if (this.reservoir !== undefined) {
      this.due = count;
      sampling.offer(this.reservoir, value, span, context, given, attributes);
      return;
    }
    const seen = count - this.began;
    const found = sampling.take(value, span, context, given, attributes);
    if (found === undefined) {
      this.due = count - 1 + gapAfterMiss(seen);
      return;
    }
    const place = this.taken < places ? this.taken : Math.floor(Math.random() * places);
    this.kept ??= [];
    this.kept[place] = found;
    this.taken++;
    this.due = this.taken < places ? count : count - 1 + gapAfterKept(seen, places);
  }

  /** What is kept; with the count as it is, a new interval begins. */
  read(count: number): readonly Exemplar[] {
    const { sampling } = this;
    this.began = count;
    this.taken = 0;
    this.due = count + sampling.firstSkip;
    if (this.reservoir !== undefined) return sampling.collect(this.reservoir, this.attributes);
    return this.kept === undefined ? NO_EXEMPLARS : Object.freeze(this.kept.slice());
  }
}
