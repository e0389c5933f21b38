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
 * The exemplars of one histogram series: one per bucket, each of the bucket's measurements since the last read with the same chance.
 * What was kept stays until there is a newer one.
 */
export class BucketExemplars {
  /** By bucket: the count past which a measurement is looked at. Shared by all series until one is looked at for the first time. */
  due: number[];
  private began: number[];
  private kept: (Exemplar | undefined)[] | undefined = undefined;
  private readonly reservoir: ExemplarReservoir | undefined;
  private readonly sampling: ExemplarSampling;
  private readonly buckets: SharedCounts;
  private readonly attributes: SeriesAttributes;

  constructor(sampling: ExemplarSampling, buckets: SharedCounts, attributes: SeriesAttributes) {
    this.sampling = sampling;
    this.buckets = buckets;
    this.attributes = attributes;
    this.reservoir = sampling.make(attributes);
    this.began = buckets.none;
    this.due = sampling.firstSkip === NEVER ? buckets.never : buckets.none;
  }

  /** Called with what the bucket counts with this measurement. */
  look(
    bucket: number,
    count: number,
    value: number,
    span: SpanIds | undefined,
    context: Context | undefined,
    given: Attributes | undefined,
  ): void {
    const { sampling, attributes } = this;
    if (sampling.firstSkip === NEVER) {
      this.due = this.buckets.never;
      return;
    }
    if (this.reservoir !== undefined) {
      sampling.offer(this.reservoir, value, span, context, given, attributes);
      return;
    }
    if (this.began === this.buckets.none) {
      this.began = this.buckets.none.slice();
      this.due = this.buckets.none.slice();
    }
    const seen = count - (this.began[bucket] as number);
    const found = sampling.take(value, span, context, given, attributes);
    this.due[bucket] = count - 1 + (found === undefined ? gapAfterMiss(seen) : gapAfterKept(seen, 1));
    if (found === undefined) return;
    this.kept ??= [];
    this.kept[bucket] = found;
  }

  /** What is kept; with the counts as they are, a new interval begins. */
  read(counts: readonly number[]): readonly Exemplar[] {
    const { sampling, buckets, kept } = this;
    if (sampling.firstSkip === NEVER) this.due = buckets.never;
    else if (this.reservoir !== undefined) this.due = buckets.none;
    else this.begin(counts);
    if (this.reservoir !== undefined) return sampling.collect(this.reservoir, this.attributes);
    return kept === undefined ? NO_EXEMPLARS : Object.freeze(kept.filter((exemplar) => exemplar !== undefined));
  }

  private begin(counts: readonly number[]): void {
    // One that was recorded on while there was nothing to be had: its arrays must become its own.
    if (this.began === this.buckets.none) {
      if (this.due === this.buckets.none) return;
      this.began = counts.slice();
      this.due = counts.slice();
      return;
    }
    if (this.due === this.buckets.never) this.due = counts.slice();
    for (let bucket = 0; bucket < counts.length; bucket++) {
      const count = counts[bucket] as number;
      this.began[bucket] = count;
      this.due[bucket] = count;
    }
  }
}

/** Arrays with a number per bucket, for series that were not looked at. Not frozen: V8 reads such arrays more slowly. Never changed. */
export class SharedCounts {
  readonly none: number[];
  readonly never: number[];

  constructor(buckets: number) {
    this.none = new Array<number>(buckets).fill(0);
    this.never = new Array<number>(buckets).fill(NEVER);
  }
}
