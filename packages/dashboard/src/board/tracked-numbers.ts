import type { MetricReader, Point, SeriesAttributes } from '@telltale/core';
import { growthOf, heldUntil, type ReadingTime, type Seen } from './growth.ts';
import { type Slots, WindowedSums } from './slots.ts';
import { TrackedSeries } from './tracked.ts';

/** A total of any number of series, and how it grows. */
export class Rate {
  private readonly slots: Slots;
  private readonly window: WindowedSums;
  private sum = 0;
  private held = 0;
  private reading = -1;

  constructor(slots: Slots) {
    this.slots = slots;
    this.window = new WindowedSums(slots, 1);
  }

  total(value: number): void {
    if (this.reading !== this.slots.current) {
      this.reading = this.slots.current;
      this.sum = 0;
      this.held = 0;
    }
    this.sum += value;
  }

  add(amount: number): void {
    this.window.add(0, amount);
  }

  /** After `total`. */
  hold(perSecond: number): void {
    this.held += perSecond;
  }

  /** Since the start. */
  get value(): number {
    return this.reading === this.slots.current ? this.sum : 0;
  }

  /** Whether anybody tells of it. */
  get isCurrent(): boolean {
    return this.reading === this.slots.current;
  }

  /** `null` when nobody tells of it, or as long as there are no two readings. */
  get perSecond(): number | null {
    const { covered, current } = this.slots;
    return covered === 0 || this.reading !== current ? null : this.window.sum(0) / covered + this.held;
  }
}

interface RateState extends Seen {
  reading: number;
  readonly rate: Rate | undefined;
  held: { readonly until: number; readonly perSecond: number } | undefined;
}

/** Counters, and the sums of histograms. */
export class TrackedRate extends TrackedSeries<RateState> {
  private readonly describe: (attributes: SeriesAttributes) => Rate | undefined;
  private observable = false;
  private unit = 1;

  constructor(describe: (attributes: SeriesAttributes) => Rate | undefined) {
    super();
    this.describe = describe;
  }

  override begin(reader: MetricReader): void {
    super.begin(reader);
    this.observable = reader.observable === true;
    this.unit = reader.unit === 'ms' ? 0.001 : 1;
  }

  override take(point: Point, reading: ReadingTime): void {
    const isNew = !this.series.has(point.attributes);
    const state = this.stateOf(point.attributes, reading.slots.current, (attributes) => ({
      reading: 0,
      rate: this.describe(attributes),
      count: 0,
      time: 0,
      startTime: 0,
      held: undefined,
    }));
    const { rate } = state;
    if (rate === undefined) return;
    const count = ('value' in point ? point.value : point.sum) * this.unit;
    const { time, startTime } = point;
    const growth = growthOf(isNew ? undefined : state, { count, time, startTime }, this.observable, reading);
    rate.total(count);
    if (growth !== undefined) {
      const { over, amount } = growth;
      state.held = over === undefined ? undefined : { until: heldUntil(reading, over), perSecond: amount / over };
      if (over === undefined) rate.add(amount);
      Object.assign(state, { count, time, startTime });
    }
    if (state.held === undefined) return;
    if (state.held.until < reading.now) state.held = undefined;
    else rate.hold(state.held.perSecond);
  }
}

interface ValueState {
  reading: number;
  readonly set: ((value: number) => void) | undefined;
}

/** Gauges and sums that can fall: what they are now. */
export class TrackedValue extends TrackedSeries<ValueState> {
  private readonly describe: (attributes: SeriesAttributes) => ((value: number) => void) | undefined;

  constructor(describe: (attributes: SeriesAttributes) => ((value: number) => void) | undefined) {
    super();
    this.describe = describe;
  }

  override take(point: Point, { slots }: ReadingTime): void {
    const { set } = this.stateOf(point.attributes, slots.current, (attributes) => ({
      reading: 0,
      set: this.describe(attributes),
    }));
    if ('value' in point && Number.isFinite(point.value)) set?.(point.value);
  }
}
