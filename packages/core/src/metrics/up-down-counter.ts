import type { Context } from '@opentelemetry/api';
import type { Attributes, SeriesAttributes } from '../attributes.ts';
import type { SpanIds } from './exemplars.ts';
import { SyncInstrument } from './instrument.ts';
import { NumberSeries } from './number-series.ts';
import type { MetricReader, NumberPoint } from './snapshot.ts';

/** One series of an up-down counter, held. */
export interface BoundUpDownCounter {
  /** Adds `value`, which may be negative. Non-finite values are counted as rejected and change nothing. Never throws. */
  add(value: number): void;
  /** The sum so far. */
  readonly value: number;
}

/** A sum that can fall: what is in flight, what is in stock. */
export interface UpDownCounter {
  /**
   * Adds `value`, which may be negative, to the series of these attributes. Non-finite values are counted as rejected and change nothing. Never throws.
   * The span of `context`, or the active one, may be kept as an exemplar.
   */
  add(value: number, attributes?: Attributes, context?: Context): void;
  /** The series of these attributes, to be kept and recorded on. */
  bind(attributes?: Attributes): BoundUpDownCounter;
}

export const UP_DOWN_COUNTER_MEND = 'an up-down counter takes finite numbers';

class UpDownCounterSeries extends NumberSeries implements BoundUpDownCounter {
  private records = 0;

  add(value: number): void {
    if (Number.isFinite(value)) this.measure(value);
    else this.instrument.reject(value, UP_DOWN_COUNTER_MEND);
  }

  measure(value: number, span?: SpanIds, context?: Context, given?: Attributes): void {
    this.value += value;
    this.records++;
    if (--this.skip < 0) this.look(value, span, context, given);
  }

  override activity(): number {
    return this.records;
  }

  /** Forgetting what is in flight would make the count wrong for ever. */
  override expendable(): boolean {
    return this.value === 0;
  }
}

export class UpDownCounterInstrument extends SyncInstrument<NumberPoint, UpDownCounterSeries> implements UpDownCounter {
  add(value: number, attributes?: Attributes, context?: Context): void {
    if (Number.isFinite(value)) this.seriesOf(attributes).measure(value, undefined, context, attributes);
    else this.reject(value, UP_DOWN_COUNTER_MEND);
  }

  bind(attributes?: Attributes): BoundUpDownCounter {
    return this.boundSeries(attributes);
  }

  override reader(): MetricReader {
    return { ...this.readerBase(), type: 'upDownCounter' };
  }

  protected override create(attributes: SeriesAttributes): UpDownCounterSeries {
    return new UpDownCounterSeries(attributes, this.startOffset(), this);
  }
}
