import type { MetricReader, Point, SeriesAttributes } from '@telltale/core';
import type { ReadingTime } from './growth.ts';

/** What follows one metric of one service from reading to reading. */
export interface Tracked {
  /** Takes a point. */
  take(point: Point, reading: ReadingTime): void;
  /** Before the points: what does not change within a reading. */
  begin(reader: MetricReader): void;
  /** After the points: forgets the series that are no more. */
  end(reading: ReadingTime): void;
}

interface Entry {
  /** The reading in which it was there last. */
  reading: number;
}

/** The series of a metric, by their attributes: the same object as long as a series lives. */
export abstract class TrackedSeries<S extends Entry> implements Tracked {
  protected readonly series = new Map<SeriesAttributes, S>();
  private taken = 0;

  abstract take(point: Point, reading: ReadingTime): void;

  begin(_reader: MetricReader): void {
    this.taken = 0;
  }

  end({ slots }: ReadingTime): void {
    if (this.series.size <= this.taken) return;
    for (const [attributes, { reading }] of this.series) {
      if (reading !== slots.current) this.series.delete(attributes);
    }
  }

  /** The state of a series, made by `make` when it is seen for the first time. */
  protected stateOf(attributes: SeriesAttributes, reading: number, make: (attributes: SeriesAttributes) => S): S {
    let state = this.series.get(attributes);
    if (state === undefined) {
      state = make(attributes);
      this.series.set(attributes, state);
    }
    state.reading = reading;
    this.taken++;
    return state;
  }
}
