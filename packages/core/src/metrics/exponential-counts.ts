import type { ExponentialBuckets } from './snapshot.ts';

/** The finest resolution OpenTelemetry's data model foresees. */
export const MAX_SCALE = 20;

/** Below the smallest normal number, logarithms lose their bits. */
const MIN_NORMAL = 2 ** -1022;

/**
 * Counts in base-2 exponential buckets: bucket `i` holds the values in (base^i, base^(i+1)], base = 2^(2^-scale).
 * Starts at `maxScale` and halves the resolution whenever the range needs more than `maxSize` buckets, so memory is bounded
 * and nothing is lost. Takes any finite number.
 */
export class ExponentialCounts {
  scale: number;
  zeroCount = 0;
  readonly positive = new BucketRange();
  readonly negative = new BucketRange();
  private factor: number;
  private readonly maxScale: number;
  private readonly maxSize: number;

  constructor(maxSize: number, maxScale: number) {
    this.maxSize = maxSize;
    this.maxScale = maxScale;
    this.scale = maxScale;
    this.factor = 2 ** maxScale;
  }

  record(value: number): void {
    if (value === 0) this.zeroCount++;
    else if (value > 0) this.count(this.positive, value, 1);
    else this.count(this.negative, -value, 1);
  }

  /** Adds all that `other` counted. */
  merge(other: ExponentialCounts): void {
    this.zeroCount += other.zeroCount;
    if (other.scale < this.scale) this.downscale(this.scale - other.scale);
    this.mergeRange(this.positive, other.positive, other.scale);
    this.mergeRange(this.negative, other.negative, other.scale);
  }

  clear(): void {
    this.scale = this.maxScale;
    this.factor = 2 ** this.maxScale;
    this.zeroCount = 0;
    this.positive.clear();
    this.negative.clear();
  }

  get total(): number {
    return this.zeroCount + this.positive.total + this.negative.total;
  }

  /**
   * The value below which the given part of all values lies, NaN when there are none. Off by a factor of at most
   * 1 ± (base - 1) / (base + 1): the estimate is the point of the bucket from which both ends are equally far, relatively.
   */
  quantile(q: number): number {
    const { total } = this;
    if (total === 0) return Number.NaN;
    // The rank, from 1, of the value looked for.
    let left = Math.max(1, Math.ceil(q * total));
    for (let at = this.negative.counts.length - 1; at >= 0; at--) {
      left -= this.negative.counts[at] as number;
      if (left <= 0) return -this.middle(this.negative.offset + at);
    }
    left -= this.zeroCount;
    if (left <= 0) return 0;
    for (let at = 0; at < this.positive.counts.length; at++) {
      left -= this.positive.counts[at] as number;
      if (left <= 0) return this.middle(this.positive.offset + at);
    }
    return Number.NaN;
  }

  private middle(index: number): number {
    const base = 2 ** (1 / this.factor);
    // 2 × lower × upper / (lower + upper), written so that nothing on the way leaves the range of numbers.
    return Math.min(Number.MAX_VALUE, 2 ** (index / this.factor) * (2 - 2 / (base + 1)));
  }

  private count(range: BucketRange, magnitude: number, times: number): void {
    this.countAt(range, this.indexOf(magnitude), times);
  }

  private countAt(range: BucketRange, index: number, times: number): void {
    const at = index - range.offset;
    if (at >= 0 && at < range.counts.length) {
      (range.counts[at] as number) += times;
      return;
    }
    const shift = range.shiftFor(index, this.maxSize);
    if (shift > 0) this.downscale(shift);
    range.add(index >> shift, times);
  }

  private mergeRange(into: BucketRange, from: BucketRange, scale: number): void {
    for (let at = 0; at < from.counts.length; at++) {
      const times = from.counts[at] as number;
      if (times > 0) this.countAt(into, (from.offset + at) >> (scale - this.scale), times);
    }
  }

  private indexOf(magnitude: number): number {
    const logarithm = Math.log2(Math.max(magnitude, MIN_NORMAL));
    return Math.ceil(logarithm * this.factor) - 1;
  }

  private downscale(by: number): void {
    this.scale -= by;
    this.factor = 2 ** this.scale;
    this.positive.downscale(by);
    this.negative.downscale(by);
  }
}

/** Neighbouring buckets without gaps: `counts[i]` belongs to bucket `offset + i`. */
class BucketRange {
  offset = 0;
  readonly counts: number[] = [];

  get total(): number {
    let total = 0;
    for (const count of this.counts) total += count;
    return total;
  }

  clear(): void {
    this.counts.length = 0;
  }

  /** By how much the scale must fall for `index` to fit beside what is there. */
  shiftFor(index: number, maxSize: number): number {
    if (this.counts.length === 0) return 0;
    let low = Math.min(index, this.offset);
    let high = Math.max(index, this.offset + this.counts.length - 1);
    let shift = 0;
    while (high - low >= maxSize) {
      low >>= 1;
      high >>= 1;
      shift++;
    }
    return shift;
  }

  add(index: number, times: number): void {
    if (this.counts.length === 0) this.offset = index;
    if (index < this.offset) {
      this.counts.unshift(...new Array<number>(this.offset - index).fill(0));
      this.offset = index;
    }
    while (index - this.offset >= this.counts.length) this.counts.push(0);
    (this.counts[index - this.offset] as number) += times;
  }

  downscale(by: number): void {
    if (by === 0 || this.counts.length === 0) return;
    const old = this.counts.slice();
    const first = this.offset;
    this.counts.length = 0;
    this.offset = first >> by;
    old.forEach((count, at) => {
      this.add((first + at) >> by, count);
    });
  }

  read(): ExponentialBuckets {
    return { offset: this.offset, counts: this.counts.slice() };
  }
}
