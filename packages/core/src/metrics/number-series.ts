import type { SeriesAttributes } from '../attributes.ts';
import type { Instrument, Series } from './instrument.ts';
import type { NumberPoint } from './snapshot.ts';

/** A series that is one number. */
export abstract class NumberSeries implements Series<NumberPoint> {
  readonly attributes: SeriesAttributes;
  value: number;
  bound: boolean;
  touched: number;
  protected readonly instrument: Instrument;
  private readonly start: number;

  constructor(attributes: SeriesAttributes, start: number, instrument: Instrument) {
    this.attributes = attributes;
    this.value = 0;
    this.bound = false;
    this.touched = 0;
    this.instrument = instrument;
    this.start = start;
  }

  abstract activity(): number;

  expendable(): boolean {
    return true;
  }

  read(time: number): NumberPoint {
    return Object.freeze({
      attributes: this.attributes,
      startTime: this.instrument.startTime(this.start),
      time,
      value: this.value,
    });
  }
}
