import type { Attributes, SeriesAttributes } from '../attributes.ts';
import { Instrument } from './instrument.ts';
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
  /** Adds `value`, which may be negative, to the series of these attributes. Non-finite values are counted as rejected and change nothing. Never throws. */
  add(value: number, attributes?: Attributes): void;
  /** The series of these attributes, to be kept and recorded on. */
  bind(attributes?: Attributes): BoundUpDownCounter;
}

class UpDownCounterSeries extends NumberSeries implements BoundUpDownCounter {
  private records = 0;

  add(value: number): void {
    if (Number.isFinite(value)) {
      this.value += value;
      this.records++;
    } else {
      this.instrument.reject(value, 'an up-down counter takes finite numbers');
    }
  }

  override activity(): number {
    return this.records;
  }

  /** Forgetting what is in flight would make the count wrong for ever. */
  override expendable(): boolean {
    return this.value === 0;
  }
}

export class UpDownCounterInstrument extends Instrument<NumberPoint, UpDownCounterSeries> implements UpDownCounter {
  add(value: number, attributes?: Attributes): void {
    this.seriesOf(attributes).add(value);
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
