import type { SeriesAttributes } from '../attributes.ts';
import type { Instrument, Series } from './instrument.ts';
import type { NumberPoint } from './snapshot.ts';

/** A series that is one number. */
export abstract class NumberSeries implements Series<NumberPoint> {
  readonly attributes: SeriesAttributes;
  // Numbers begin where they are declared: a field that was undefined for a moment holds fractions in memory of their own, anew with each record.
  value = 0;
  bound = false;
  touched = 0;
  protected readonly instrument: Instrument;
  protected start: number;

  constructor(attributes: SeriesAttributes, start: number, instrument: Instrument) {
    this.attributes = attributes;
    this.instrument = instrument;
    this.start = start;
  }

  abstract activity(): number;

  expendable(): boolean {
    return true;
  }

  read(time: number): NumberPoint {
    return {
      attributes: this.attributes,
      startTime: this.instrument.startTime(this.start),
      time,
      value: this.value,
    };
  }
}
