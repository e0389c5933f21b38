import type { Reading } from '../frame.ts';
import type { Slots } from './slots.ts';

/** A value that several series tell of; forgotten with each reading. */
export class Gauge {
  private readonly slots: Slots;
  private readonly join: (one: number, other: number) => number;
  private current = 0;
  private reading = -1;

  constructor(slots: Slots, join: (one: number, other: number) => number = sum) {
    this.slots = slots;
    this.join = join;
  }

  readonly set = (value: number): void => {
    this.current = this.reading === this.slots.current ? this.join(this.current, value) : value;
    this.reading = this.slots.current;
  };

  /** `null`: nobody tells of it. */
  get value(): Reading {
    return this.reading === this.slots.current ? this.current : null;
  }
}

function sum(one: number, other: number): number {
  return one + other;
}
