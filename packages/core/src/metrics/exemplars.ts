import type { Context } from '@opentelemetry/api';
import type { Clock } from '../clock.ts';
import type { Exemplar } from './snapshot.ts';

/** The ids of a span that is certain to be exported. */
export interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
}

/** The span that a measurement is made in, if it is certain to be exported. `undefined` when spans are off. */
export type ExemplarSource = ((context?: Context) => SpanIds | undefined) | undefined;

/**
 * How many measurements of a series are looked at between two reads. Finding the current span costs more than recording does, so a busy
 * series takes its examples from the first measurements after each read and pays nothing for the rest.
 */
const LOOKS_PER_READ = 32;

/** The examples of one histogram series: at most one per place, the newest that was looked at. */
export class Exemplars {
  /** Above 0: the next measurement is looked at. Checked by the series before anything else is done. */
  looks: number;
  private readonly kept: (Exemplar | undefined)[] = [];
  private readonly source: ExemplarSource;
  private readonly clock: Clock;

  constructor(source: ExemplarSource, clock: Clock) {
    this.source = source;
    this.clock = clock;
    this.looks = source === undefined ? 0 : LOOKS_PER_READ;
  }

  offer(place: number, value: number, span: SpanIds | undefined, context: Context | undefined): void {
    const ids = span ?? this.source?.(context);
    // Not finding one in a given context costs little, and few traces may be sampled: that is no look.
    if (ids !== undefined || context === undefined) this.looks--;
    if (ids === undefined) return;
    this.kept[place] = Object.freeze({ value, time: this.clock.now(), traceId: ids.traceId, spanId: ids.spanId });
  }

  read(): readonly Exemplar[] {
    if (this.source === undefined) return NONE;
    this.looks = LOOKS_PER_READ;
    return this.kept.length === 0 ? NONE : Object.freeze(this.kept.filter((exemplar) => exemplar !== undefined));
  }
}

const NONE: readonly Exemplar[] = Object.freeze([]);
