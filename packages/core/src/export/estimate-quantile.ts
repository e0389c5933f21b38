import type { ExponentialHistogramPoint, HistogramPoint } from '../metrics/snapshot.ts';

interface Bucket {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/**
 * The value below which about the share `quantile` (0 to 1) of the recorded values lie, by interpolation within a bucket, as Prometheus'
 * `histogram_quantile` does; never beyond a known minimum or maximum. `undefined` when nothing was recorded.
 */
export function estimateQuantile(buckets: Iterable<Bucket>, point: Range, quantile: number): number | undefined {
  if (point.count === 0) return undefined;
  const rank = quantile * point.count;
  let below = 0;
  let value: number | undefined;
  for (const { from, to, count } of buckets) {
    if (count === 0) continue;
    const share = Math.min(1, Math.max(0, (rank - below) / count));
    // The outermost buckets have no end of their own.
    const low = Number.isFinite(from) ? from : (point.min ?? to);
    const high = Number.isFinite(to) ? to : (point.max ?? from);
    value = low + (high - low) * share;
    below += count;
    if (below >= rank) break;
  }
  if (value === undefined) return undefined;
  return Math.min(point.max ?? value, Math.max(point.min ?? value, value));
}

interface Range {
  readonly count: number;
  readonly min: number | undefined;
  readonly max: number | undefined;
}

/** The buckets of a histogram with boundaries, the lowest first. The first begins at 0 unless its boundary or the minimum is below. */
export function* bucketsOf(point: HistogramPoint, boundaries: readonly number[]): Generator<Bucket> {
  for (let i = 0; i < point.counts.length; i++) {
    const to = boundaries[i] ?? Number.POSITIVE_INFINITY;
    const from = boundaries[i - 1] ?? (to > 0 && (point.min ?? 0) >= 0 ? 0 : Number.NEGATIVE_INFINITY);
    yield { from, to, count: point.counts[i] ?? 0 };
  }
}

/** The buckets of an exponential histogram, the lowest first. */
export function* exponentialBucketsOf(point: ExponentialHistogramPoint): Generator<Bucket> {
  const { scale, positive, negative, zeroCount, zeroThreshold } = point;
  const bound = (index: number): number => 2 ** (index * 2 ** -scale);
  for (let i = negative.counts.length - 1; i >= 0; i--) {
    const index = negative.offset + i;
    yield { from: -bound(index + 1), to: -bound(index), count: negative.counts[i] ?? 0 };
  }
  yield { from: -zeroThreshold, to: zeroThreshold, count: zeroCount };
  for (let i = 0; i < positive.counts.length; i++) {
    const index = positive.offset + i;
    yield { from: bound(index), to: bound(index + 1), count: positive.counts[i] ?? 0 };
  }
}
