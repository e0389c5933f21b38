import type { ExponentialHistogramPoint, HistogramPoint } from '@telltale/core';
import { type BucketValue, bucketValues } from '@telltale/exporter-kit';
import { MAX_VALUE } from './limits.ts';

/** The property that has them. */
export const BUCKETS = 'histogram.buckets';

/** Digits of a value that stands for a bucket: more than any bucket is narrow. */
const DIGITS = 6;

/**
 * The buckets of a histogram as JSON, `[[value, count], …]` with a value in each that is not empty: what `percentilesw` of KQL needs.
 * Counts add up to the point's count. Where that is longer than a property may be, neighbours are taken together.
 */
export function bucketProperty(
  point: HistogramPoint | ExponentialHistogramPoint,
  boundaries: readonly number[] = [],
): string {
  let values = bucketValues(point, boundaries, { digits: DIGITS });
  for (;;) {
    const text = JSON.stringify(values);
    if (text.length <= MAX_VALUE) return text;
    values = paired(values);
  }
}

function paired(values: readonly BucketValue[]): BucketValue[] {
  const pairs: BucketValue[] = [];
  for (let i = 0; i < values.length; i += 2) {
    const [value, count] = values[i] as BucketValue;
    const next = values[i + 1];
    if (next === undefined) pairs.push([value, count]);
    else {
      const total = count + next[1];
      pairs.push([rounded((value * count + next[0] * next[1]) / total), total]);
    }
  }
  return pairs;
}

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}
