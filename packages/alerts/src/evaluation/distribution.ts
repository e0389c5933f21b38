import {
  type ExponentialBuckets,
  type ExponentialHistogramPoint,
  type HistogramPoint,
  sumOfBuckets,
} from '@telltale/core';
import { type Bucket, quantileOf } from './quantile.ts';

/** As many as core's histograms have on a side. */
const MAX_BUCKETS = 160;

/** What a number of histograms recorded together, whatever their buckets are: services of one name need not have the same. */
export class Distribution {
  count = 0;
  private readonly explicit: Explicit[] = [];
  private exponential: Exponential | undefined = undefined;

  addExplicit(
    { counts, count }: Pick<HistogramPoint, 'counts' | 'count'>,
    boundaries: readonly number[],
    share = 1,
  ): void {
    this.count += count * share;
    const known = this.explicit.find((one) => isSame(one.boundaries, boundaries));
    if (known === undefined) {
      this.explicit.push({ boundaries, counts: share === 1 ? [...counts] : counts.map((one) => one * share) });
      return;
    }
    for (let i = 0; i < counts.length; i++) {
      known.counts[i] = (known.counts[i] ?? 0) + (counts[i] as number) * share;
    }
  }

  addExponential(point: Exponential, share = 1): void {
    this.count += point.count * share;
    const scaled = share === 1 ? point : scaledBy(point, share);
    this.exponential = this.exponential === undefined ? partsOf(scaled) : sumOf(this.exponential, scaled);
  }

  addAll(other: Distribution, share: number): void {
    for (const { boundaries, counts } of other.explicit.values()) {
      this.addExplicit({ counts, count: counts.reduce((sum, one) => sum + one, 0) }, boundaries, share);
    }
    if (other.exponential !== undefined) this.addExponential(other.exponential, share);
  }

  /** `undefined` when nothing was recorded. */
  quantile(quantile: number): number | undefined {
    return quantileOf([...this.buckets()], quantile);
  }

  private *buckets(): Generator<Bucket> {
    for (const { boundaries, counts } of this.explicit) {
      for (let i = 0; i < counts.length; i++) {
        const to = boundaries[i] ?? Number.POSITIVE_INFINITY;
        // Where a first bucket begins nobody knows: at 0 if it can, as in Prometheus.
        const from = boundaries[i - 1] ?? (to > 0 ? 0 : Number.NEGATIVE_INFINITY);
        yield { from: Math.min(from, to), to, count: counts[i] as number };
      }
    }
    if (this.exponential !== undefined) yield* exponentialBuckets(this.exponential);
  }
}

/** Mostly they are the very same. */
function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((one, i) => one === b[i]));
}

interface Explicit {
  readonly boundaries: readonly number[];
  readonly counts: number[];
}

type Exponential = Pick<
  ExponentialHistogramPoint,
  'count' | 'scale' | 'zeroCount' | 'zeroThreshold' | 'positive' | 'negative'
>;

function* exponentialBuckets({ scale, zeroCount, zeroThreshold, positive, negative }: Exponential): Generator<Bucket> {
  const bound = (index: number): number => 2 ** (index * 2 ** -scale);
  for (const [i, count] of negative.counts.entries()) {
    yield { from: -bound(negative.offset + i + 1), to: -bound(negative.offset + i), count };
  }
  // Without values below it, zero is where the first bucket is.
  const low = negative.counts.length === 0 ? 0 : -zeroThreshold;
  yield { from: low, to: zeroThreshold, count: zeroCount };
  for (const [i, count] of positive.counts.entries()) {
    yield { from: bound(positive.offset + i), to: bound(positive.offset + i + 1), count };
  }
}

/** Without what else a point has, which must not be kept. */
function partsOf({ count, scale, zeroCount, zeroThreshold, positive, negative }: Exponential): Exponential {
  return { count, scale, zeroCount, zeroThreshold, positive, negative };
}

function scaledBy(point: Exponential, share: number): Exponential {
  const scaled = ({ offset, counts }: ExponentialBuckets) => ({ offset, counts: counts.map((one) => one * share) });
  return {
    ...partsOf(point),
    count: point.count * share,
    zeroCount: point.zeroCount * share,
    positive: scaled(point.positive),
    negative: scaled(point.negative),
  };
}

function sumOf(a: Exponential, b: Exponential): Exponential {
  return {
    ...sumOfBuckets([a, b], MAX_BUCKETS),
    count: a.count + b.count,
    zeroCount: a.zeroCount + b.zeroCount,
    zeroThreshold: Math.max(a.zeroThreshold, b.zeroThreshold),
  };
}
