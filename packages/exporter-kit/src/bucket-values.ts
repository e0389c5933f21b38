import type { ExponentialHistogramPoint, HistogramPoint } from '@telltale/core';

/** A value that stands for all of a bucket, and how many fell into it. */
export type BucketValue = readonly [value: number, count: number];

/**
 * A histogram as values with counts, rising, for backends that take values and no buckets: the middle of each bucket that is not empty. Outermost
 * buckets are closed by `min` and `max` where they are known, else by their own finite boundary. Counts add up to the point's `count`.
 */
export function bucketValues(
  point: HistogramPoint | ExponentialHistogramPoint,
  boundaries: readonly number[] = [],
): readonly BucketValue[] {
  return 'counts' in point ? explicitValues(point, boundaries) : exponentialValues(point);
}

function explicitValues(point: HistogramPoint, boundaries: readonly number[]): readonly BucketValue[] {
  const { counts, min, max } = point;
  const values: BucketValue[] = [];
  for (const [i, n] of counts.entries()) {
    if (n > 0) values.push([clamp(middleOf(point, boundaries[i - 1], boundaries[i]), min, max), n]);
  }
  return values;
}

function middleOf({ min, max, sum, count }: HistogramPoint, below?: number, above?: number): number {
  // All of what has no boundaries is one bucket: its mean says most.
  if (below === undefined && above === undefined) return sum / count;
  const low = below ?? Math.min(min ?? 0, above as number);
  const high = above ?? Math.max(max ?? low, low);
  return (low + high) / 2;
}

function exponentialValues(point: ExponentialHistogramPoint): readonly BucketValue[] {
  const { scale, zeroCount, positive, negative, min, max } = point;
  const middle = (index: number): number => (2 ** (index * 2 ** -scale) + 2 ** ((index + 1) * 2 ** -scale)) / 2;
  const values: BucketValue[] = [];
  for (let i = negative.counts.length - 1; i >= 0; i--) {
    const n = negative.counts[i] as number;
    if (n > 0) values.push([clamp(-middle(negative.offset + i), min, max), n]);
  }
  if (zeroCount > 0) values.push([0, zeroCount]);
  for (const [i, n] of positive.counts.entries()) {
    if (n > 0) values.push([clamp(middle(positive.offset + i), min, max), n]);
  }
  return values;
}

function clamp(value: number, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY): number {
  return Math.min(max, Math.max(min, value));
}
