import type { Attributes, SeriesAttributes } from '../attributes.ts';
import { Instrument } from './instrument.ts';
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
  /** Adds `value` to the series of these attributes. Negative and non-finite values are counted as rejected and change nothing. Never throws. */
  add(value: number, attributes?: Attributes): void;
  /** The series of these attributes, to be kept and recorded on. */
  bind(attributes?: Attributes): BoundCounter;
}

class CounterSeries extends NumberSeries implements BoundCounter {
  add(value = 1): void {
    if (Number.isFinite(value) && value >= 0) this.value += value;
    else
      this.instrument.reject(
        value,
        'a counter takes finite numbers from 0 up; use an up-down counter for what can fall',
      );
  }

  override activity(): number {
    return this.value;
  }
}

export class CounterInstrument extends Instrument<NumberPoint, CounterSeries> implements Counter {
  add(value: number, attributes?: Attributes): void {
    this.seriesOf(attributes).add(value);
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
