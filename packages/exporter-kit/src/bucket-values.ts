import type { ExponentialHistogramPoint, HistogramPoint } from '@telltale/core';

/** A value that stands for all of a bucket, and how many fell into it. */
export type BucketValue = readonly [value: number, count: number];

export interface BucketValuesOptions {
  /** Significant digits that values keep, for short payloads; default: all. */
  readonly digits?: number;
}

interface Bucket {
  /** -Infinity and Infinity where a bucket has no end. */
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/**
 * A histogram as values with counts, rising, for backends that take values and no buckets: one within each bucket that is not empty. Counts add up
 * to the point's `count`, and counts times values to its `sum`, but for the last digit of a double; where the sum is not finite, they are middles.
 */
export function bucketValues(
  point: HistogramPoint | ExponentialHistogramPoint,
  boundaries: readonly number[] = [],
  { digits }: BucketValuesOptions = {},
): readonly BucketValue[] {
  const buckets = 'counts' in point ? explicitBuckets(point, boundaries) : exponentialBuckets(point);
  const sum = Number.isFinite(point.sum) ? point.sum : undefined;
  const values = placed(buckets, sum).map((value, i) => rounded(value, buckets[i] as Bucket, digits));
  if (sum !== undefined) settleRest(values, buckets, sum);
  return joined(values.map((value, i) => [value, (buckets[i] as Bucket).count]));
}

/** Bucket i holds values in (boundary i-1, boundary i]; the outermost end where `min` and `max` say, else nowhere. */
function explicitBuckets({ counts, min, max }: HistogramPoint, boundaries: readonly number[]): readonly Bucket[] {
  const within = limiter(min, max);
  return counts
    .map((count, i) => ({
      low: within(boundaries[i - 1] ?? Number.NEGATIVE_INFINITY),
      high: within(boundaries[i] ?? Number.POSITIVE_INFINITY),
      count,
    }))
    .filter(({ count }) => count > 0);
}

function exponentialBuckets(point: ExponentialHistogramPoint): readonly Bucket[] {
  const { scale, zeroCount, positive, negative, min, max } = point;
  const within = limiter(min, max);
  const bound = (index: number): number => Math.min(Number.MAX_VALUE, 2 ** (index * 2 ** -scale));
  const below = negative.counts.map((count, i) => ({
    low: within(-bound(negative.offset + i + 1)),
    high: within(-bound(negative.offset + i)),
    count,
  }));
  const above = positive.counts.map((count, i) => ({
    low: within(bound(positive.offset + i)),
    high: within(bound(positive.offset + i + 1)),
    count,
  }));
  return [...below.reverse(), { low: 0, high: 0, count: zeroCount }, ...above].filter(({ count }) => count > 0);
}

function limiter(min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY): (bound: number) => number {
  return (bound) => Math.min(max, Math.max(min, bound));
}

/**
 * A place for each bucket: all at the same share of their width, such that the sum comes out. What the buckets that end nowhere hold is known only
 * by what the sum leaves for them.
 */
function placed(buckets: readonly Bucket[], sum: number | undefined): readonly number[] {
  const first = buckets[0];
  const last = buckets.at(-1);
  if (first === undefined || last === undefined) return [];
  if (buckets.length === 1 && sum !== undefined) return [limiter(first.low, first.high)(sum / first.count)];
  const closed = buckets.map(({ low, high, count }) => ({
    // Most of what is measured is not negative.
    low: low === Number.NEGATIVE_INFINITY ? Math.min(0, high) : low,
    high: high === Number.POSITIVE_INFINITY ? Math.max(0, low) : high,
    count,
  }));
  const at = (share: number): readonly number[] => closed.map(({ low, high }) => low + share * (high - low));
  const middle = at(0.5);
  if (sum === undefined) return middle;
  if (last.high === Number.POSITIVE_INFINITY) {
    const value = leftFor(middle, closed, sum, closed.length - 1);
    if (value >= last.low) return middle.with(-1, value);
  }
  const least = sumOf(at(0), closed);
  if (sum < least && first.low === Number.NEGATIVE_INFINITY) return middle.with(0, leftFor(middle, closed, sum, 0));
  const width = sumOf(at(1), closed) - least;
  return width > 0 && Number.isFinite(width) ? at(limiter(0, 1)((sum - least) / width)) : middle;
}

/** No digits are worth another bucket. */
function rounded(value: number, { low, high }: Bucket, digits: number | undefined): number {
  if (digits === undefined) return value;
  const short = Number(value.toPrecision(digits));
  return short >= low && short <= high ? short : value;
}

/** Rounding took or gave a little: the value with the greatest part in the sum takes it, where it moves least; what its bucket has no room for, the next. */
function settleRest(values: number[], buckets: readonly Bucket[], sum: number): void {
  const size = values.reduce((total, value, i) => total + Math.abs(value) * (buckets[i] as Bucket).count, 0);
  // The last digit of a double is no reason to write all of them.
  if (Math.abs(sum - sumOf(values, buckets)) <= 2 * Number.EPSILON * size) return;
  const part = (i: number): number => Math.abs((values[i] as number) * (buckets[i] as Bucket).count);
  const byPart = [...values.keys()].sort((a, b) => part(b) - part(a));
  for (const i of byPart) {
    const { low, high } = buckets[i] as Bucket;
    const wanted = leftFor(values, buckets, sum, i);
    if (!Number.isFinite(wanted)) return;
    values[i] = limiter(low, high)(wanted);
    if (values[i] === wanted) return;
  }
}

/** What value of this bucket makes the sum come out. */
function leftFor(values: readonly number[], buckets: readonly Bucket[], sum: number, i: number): number {
  return (sum - sumOf(values.with(i, 0), buckets)) / (buckets[i] as Bucket).count;
}

/** Rising, each value once: neighbours may have met at the boundary between them. */
function joined(pairs: readonly BucketValue[]): readonly BucketValue[] {
  if (pairs.every(([value], i) => i === 0 || value > (pairs[i - 1] as BucketValue)[0])) return pairs;
  const byValue = new Map<number, number>();
  for (const [value, count] of pairs) byValue.set(value, (byValue.get(value) ?? 0) + count);
  return [...byValue].sort(([a], [b]) => a - b);
}

function sumOf(values: readonly number[], buckets: readonly Bucket[]): number {
  return values.reduce((sum, value, i) => sum + value * (buckets[i] as Bucket).count, 0);
}
