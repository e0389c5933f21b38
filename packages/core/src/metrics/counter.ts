import type { Context } from '@opentelemetry/api';
import type { Attributes, SeriesAttributes } from '../attributes.ts';
import type { SpanIds } from './exemplars.ts';
import { SyncInstrument } from './instrument.ts';
import { NumberSeries } from './number-series.ts';
import type { MetricReader, NumberPoint } from './snapshot.ts';

/** One series of a counter, held: recording on it costs an addition. */
export interface BoundCounter {
  /** Adds `value`, 1 if not given. Negative and non-finite values are counted as rejected and change nothing. Never throws. */
  add(value?: number): void;
  /** The sum so far. */
  readonly value: number;
}

/** A sum that only grows. */
export interface Counter {
  /**
   * Adds `value` to the series of these attributes. Negative and non-finite values are counted as rejected and change nothing. Never throws.
   * The span of `context`, or the active one, may be kept as an exemplar.
   */
  add(value: number, attributes?: Attributes, context?: Context): void;
  /** The series of these attributes, to be kept and recorded on. */
  bind(attributes?: Attributes): BoundCounter;
}

export const COUNTER_MEND = 'a counter takes finite numbers from 0 up; use an up-down counter for what can fall';

class CounterSeries extends NumberSeries implements BoundCounter {
  add(value = 1): void {
    if (Number.isFinite(value) && value >= 0) this.measure(value);
    else this.instrument.reject(value, COUNTER_MEND);
  }

  measure(value: number, span?: SpanIds, context?: Context, given?: Attributes): void {
    this.value += value;
    if (--this.skip < 0) this.look(value, span, context, given);
  }

  override activity(): number {
    return this.value;
  }
}

export class CounterInstrument extends SyncInstrument<NumberPoint, CounterSeries> implements Counter {
  add(value: number, attributes?: Attributes, context?: Context): void {
    if (Number.isFinite(value) && value >= 0) this.seriesOf(attributes).measure(value, undefined, context, attributes);
    else this.reject(value, COUNTER_MEND);
  }

  bind(attributes?: Attributes): BoundCounter {
    return this.boundSeries(attributes);
  }

  override reader(): MetricReader {
    return { ...this.readerBase(), type: 'counter' };
  }

  protected override create(attributes: SeriesAttributes): CounterSeries {
    return new CounterSeries(attributes, this.startOffset(), this);
  }
}
