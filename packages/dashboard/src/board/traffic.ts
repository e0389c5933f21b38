import type { Traffic as Row } from '../frame.ts';
import type { Form } from './form.ts';
import { type Counted, quantilesOf } from './quantiles.ts';
import { type Slots, WindowedSums } from './slots.ts';
import { tidy } from './tidy.ts';

const COUNT = 0;
const ERRORS = 1;
const SHARES = [0.5, 0.95, 0.99];

/** What many calls of one kind have in common, summed up from any number of series. */
export class Traffic {
  /** Since the start: the sum of what the series say now. */
  count = 0;
  errors = 0;
  /** Whether quantiles are wanted: only where somebody sees them, as buckets take memory. */
  detailed: boolean;
  private readonly slots: Slots;
  private readonly window: WindowedSums;
  private readonly buckets = new Map<Form, WindowedSums>();
  /** Per second, of series that tell more seldom than the window is long. */
  private heldCount = 0;
  private heldErrors = 0;
  private readonly heldBuckets = new Map<Form, Float64Array>();
  /** The reading that `count` and what is held are of. */
  private reading = -1;

  constructor(slots: Slots, detailed: boolean) {
    this.slots = slots;
    this.detailed = detailed;
    this.window = new WindowedSums(slots, 2);
  }

  /** What a series has in all. */
  total(count: number, failed: boolean): void {
    if (this.reading !== this.slots.current) this.begin();
    this.count += count;
    if (failed) this.errors += count;
  }

  /** What came since the reading before. */
  add(count: number, failed: boolean): void {
    this.window.add(COUNT, count);
    if (failed) this.window.add(ERRORS, count);
  }

  addBucket(form: Form, bucket: number, count: number): void {
    if (!this.detailed) return;
    let sums = this.buckets.get(form);
    if (sums === undefined) {
      sums = new WindowedSums(this.slots, form.bounds.length + 1);
      this.buckets.set(form, sums);
    }
    sums.add(bucket, count);
  }

  /** What comes per second, by a series that said so some time ago. After `total`. */
  hold(perSecond: number, failed: boolean, form: Form | undefined, buckets: Readonly<Float64Array> | undefined): void {
    this.heldCount += perSecond;
    if (failed) this.heldErrors += perSecond;
    if (!this.detailed || form === undefined || buckets === undefined) return;
    let held = this.heldBuckets.get(form);
    if (held === undefined) {
      held = new Float64Array(buckets.length);
      this.heldBuckets.set(form, held);
    }
    for (let i = 0; i < buckets.length; i++) held[i] = (held[i] as number) + (buckets[i] as number);
  }

  /** Per second; `null` as long as there are no two readings. */
  get rate(): number | null {
    return this.perSecond(COUNT, this.isCurrent ? this.heldCount : 0);
  }

  read(): Row {
    const { covered } = this.slots;
    const [p50, p95, p99] = this.quantiles(SHARES);
    return {
      count: this.isCurrent ? this.count : 0,
      errors: this.isCurrent ? this.errors : 0,
      rate: tidy(this.rate),
      errorRate: tidy(covered === 0 ? null : this.perSecond(ERRORS, this.isCurrent ? this.heldErrors : 0)),
      p50: tidy(p50 ?? null),
      p95: tidy(p95 ?? null),
      p99: tidy(p99 ?? null),
    };
  }

  quantiles(shares: readonly number[]): (number | null)[] {
    const { covered } = this.slots;
    const parts: Counted[] = [];
    for (const [form, sums] of this.buckets) {
      const counts = sums.all();
      if (counts !== undefined) parts.push({ form, counts });
    }
    if (this.isCurrent) {
      for (const [form, counts] of this.heldBuckets)
        parts.push({ form, counts: counts.map((count) => count * covered) });
    }
    return quantilesOf(parts, shares);
  }

  /** Without series any more, and without anything in the window. */
  get isOver(): boolean {
    return !this.isCurrent && this.window.sum(COUNT) === 0;
  }

  /** From when on nobody sees quantiles. */
  forgetBuckets(): void {
    this.detailed = false;
    this.buckets.clear();
    this.heldBuckets.clear();
  }

  private get isCurrent(): boolean {
    return this.reading === this.slots.current;
  }

  private perSecond(channel: number, held: number): number | null {
    const { covered } = this.slots;
    return covered === 0 ? null : this.window.sum(channel) / covered + held;
  }

  private begin(): void {
    this.reading = this.slots.current;
    this.count = 0;
    this.errors = 0;
    this.heldCount = 0;
    this.heldErrors = 0;
    for (const counts of this.heldBuckets.values()) counts.fill(0);
  }
}
