import {
  downscale,
  type ExponentialBuckets,
  type ExponentialHistogramPoint,
  type NumberPoint,
  type SummaryPoint,
} from '@telltale/core';
import type { Buckets } from './series.ts';

// Series whose attributes differ but whose labels do not (`1` and "1", '' and none). Prometheus refuses a scrape that has the same series twice.

/** Two series of a counter or up-down counter as one. */
export function addNumbers(a: NumberPoint, b: NumberPoint): NumberPoint {
  const exemplars = [...(a.exemplars ?? []), ...(b.exemplars ?? [])];
  return {
    ...a,
    value: a.value + b.value,
    startTime: Math.min(a.startTime, b.startTime),
    ...(exemplars.length > 0 && { exemplars }),
  };
}

/** Two histogram series as one: exact at the boundaries that both have, and only those remain. */
export function addBuckets(a: Buckets, b: Buckets): Buckets {
  const rest = {
    sum: a.sum + b.sum,
    exemplars: [...a.exemplars, ...b.exemplars],
    startTime: Math.min(a.startTime, b.startTime),
  };
  if (a.bounds === b.bounds || equal(a.bounds, b.bounds)) {
    return { bounds: a.bounds, counts: a.counts.map((count, i) => count + b.counts[i]!), ...rest };
  }
  const others = accumulated(b);
  const own = accumulated(a);
  const bounds = a.bounds.filter((bound) => others.has(bound));
  const counts: number[] = [];
  let before = 0;
  for (const bound of [...bounds, Number.POSITIVE_INFINITY]) {
    const upTo = own.get(bound)! + others.get(bound)!;
    counts.push(upTo - before);
    before = upTo;
  }
  return { bounds, counts, ...rest };
}

/** Two summary series as one. Quantiles cannot be added: those of the one that has seen more remain. */
export function addSummaries(a: SummaryPoint, b: SummaryPoint): SummaryPoint {
  const main = b.count > a.count ? b : a;
  return { ...main, count: a.count + b.count, sum: a.sum + b.sum, startTime: Math.min(a.startTime, b.startTime) };
}

/** Two exponential histogram series as one: exact at the coarser of the two scales. Values up to the greater zero threshold count as zero. */
export function addExponentials(a: ExponentialHistogramPoint, b: ExponentialHistogramPoint): ExponentialHistogramPoint {
  const scale = Math.min(a.scale, b.scale);
  const zeroThreshold = Math.max(a.zeroThreshold, b.zeroThreshold);
  const sides = [a, b].flatMap(({ scale: from, positive, negative, zeroThreshold: own }) => {
    // A bucket whose values are not all above the threshold goes to zero as a whole.
    const threshold = own === zeroThreshold ? 0 : zeroThreshold;
    return [positive, negative].map((buckets) => above(downscale(buckets, from - scale), scale, threshold));
  });
  const [positive, negative, otherPositive, otherNegative] = sides as [Above, Above, Above, Above];
  return {
    ...a,
    count: a.count + b.count,
    sum: a.sum + b.sum,
    scale,
    zeroThreshold,
    zeroCount: sides.reduce((sum, { below }) => sum + below, a.zeroCount + b.zeroCount),
    positive: addCounts(positive.buckets, otherPositive.buckets),
    negative: addCounts(negative.buckets, otherNegative.buckets),
    exemplars: [...a.exemplars, ...b.exemplars],
    startTime: Math.min(a.startTime, b.startTime),
  };
}

interface Above {
  readonly buckets: ExponentialBuckets;
  /** How many values were not. */
  readonly below: number;
}

function above(buckets: ExponentialBuckets, scale: number, threshold: number): Above {
  if (threshold === 0) return { buckets, below: 0 };
  const first = Math.ceil(Math.log2(threshold) * 2 ** scale);
  const left = Math.min(Math.max(first - buckets.offset, 0), buckets.counts.length);
  return {
    buckets: { offset: buckets.offset + left, counts: buckets.counts.slice(left) },
    below: buckets.counts.slice(0, left).reduce((sum, count) => sum + count, 0),
  };
}

function addCounts(a: ExponentialBuckets, b: ExponentialBuckets): ExponentialBuckets {
  if (a.counts.length === 0) return b;
  if (b.counts.length === 0) return a;
  const offset = Math.min(a.offset, b.offset);
  const end = Math.max(a.offset + a.counts.length, b.offset + b.counts.length);
  const counts = Array.from(
    { length: end - offset },
    (_, i) => (a.counts[offset + i - a.offset] ?? 0) + (b.counts[offset + i - b.offset] ?? 0),
  );
  return { offset, counts };
}

function equal(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

function accumulated({ bounds, counts }: Buckets): Map<number, number> {
  const upTo = new Map<number, number>();
  let sum = 0;
  for (const [i, count] of counts.entries()) {
    sum += count;
    upTo.set(bounds[i] ?? Number.POSITIVE_INFINITY, sum);
  }
  return upTo;
}
