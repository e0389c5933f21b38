import { downscale, type Exemplar, type ExponentialHistogramPoint, type HistogramPoint } from '@telltale/core';
import { bucketValues } from '@telltale/exporter-kit';
import { timestamp } from './timestamp.ts';

/** "Quotas and limits" of Cloud Monitoring: buckets of a distribution. */
const MAX_BUCKETS = 200;
/** google.api.Distribution.Exemplar.attachments */
const SPAN_CONTEXT = 'type.googleapis.com/google.monitoring.v3.SpanContext';
const DROPPED_LABELS = 'type.googleapis.com/google.monitoring.v3.DroppedLabels';

/** google.api.Distribution as JSON. 64-bit whole numbers are texts there. */
export interface Distribution {
  readonly count: string;
  readonly mean?: number;
  readonly sumOfSquaredDeviation?: number;
  readonly bucketOptions: BucketOptions;
  readonly bucketCounts?: readonly string[];
  readonly exemplars?: readonly DistributionExemplar[];
}

type BucketOptions =
  | { readonly explicitBuckets: { readonly bounds: readonly number[] } }
  | {
      readonly exponentialBuckets: {
        readonly numFiniteBuckets: number;
        readonly growthFactor: number;
        readonly scale: number;
      };
    };

interface DistributionExemplar {
  readonly value: number;
  readonly timestamp: string;
  readonly attachments?: readonly Attachment[];
}

type Attachment =
  | { readonly '@type': typeof SPAN_CONTEXT; readonly spanName: string }
  | { readonly '@type': typeof DROPPED_LABELS; readonly label: Readonly<Record<string, string>> };

interface Buckets {
  readonly options: BucketOptions;
  readonly counts: readonly number[];
}

/**
 * A histogram as a distribution: count and mean are exact, the squared deviation is estimated from a value in each bucket, whose mean is the exact one. Each bucket there
 * holds its lower bound and not its upper; ours are the other way round, so each bound is moved to the next number above it, which is exact.
 */
export function distributionOf(
  point: HistogramPoint | ExponentialHistogramPoint,
  boundaries: readonly number[],
  projectId: string,
): Distribution {
  const { options, counts } = 'counts' in point ? explicitBuckets(point, boundaries) : exponentialBuckets(point);
  const { count, sum } = point;
  // A distribution of nothing must have neither mean nor counts.
  if (count === 0) return { count: '0', bucketOptions: options };
  const mean = sum / count;
  const deviation = bucketValues(point, boundaries).reduce((total, [value, n]) => total + n * (value - mean) ** 2, 0);
  return {
    count: String(count),
    mean,
    sumOfSquaredDeviation: Number.isFinite(deviation) ? deviation : 0,
    bucketOptions: options,
    bucketCounts: counts.map(String),
    ...(point.exemplars.length > 0 && { exemplars: exemplarsOf(point.exemplars, projectId) }),
  };
}

function explicitBuckets({ counts, sum }: HistogramPoint, boundaries: readonly number[]): Buckets {
  if (boundaries.length === 0) {
    // There must be a bound. All lies on one side of it, as far as the sum can tell.
    const all = counts[0] ?? 0;
    return { options: { explicitBuckets: { bounds: [0] } }, counts: sum < 0 ? [all, 0] : [0, all] };
  }
  const step = Math.ceil((boundaries.length + 1) / MAX_BUCKETS);
  const kept = boundaries.filter((_, i) => (i + 1) % step === 0 || step === 1);
  return { options: { explicitBuckets: { bounds: kept.map(numberAbove) } }, counts: merged(counts, boundaries, kept) };
}

/** Counts of the buckets that are left when only `kept` of the boundaries are. */
function merged(counts: readonly number[], boundaries: readonly number[], kept: readonly number[]): readonly number[] {
  if (kept.length === boundaries.length) return counts;
  const sums = new Array<number>(kept.length + 1).fill(0);
  let to = 0;
  for (const [i, n] of counts.entries()) {
    sums[to] = (sums[to] as number) + n;
    if (boundaries[i] === kept[to] && to < kept.length) to++;
  }
  return sums;
}

/** As few steps coarser as brings the buckets within the limit. The base may be too great for a number then, or values negative: explicit bounds can say that. */
function exponentialBuckets(point: ExponentialHistogramPoint): Buckets {
  let { scale, positive, negative } = point;
  const used = (): number => positive.counts.length + negative.counts.length + 4;
  while (used() > MAX_BUCKETS) {
    positive = downscale(positive, 1);
    negative = downscale(negative, 1);
    scale--;
  }
  const bound = (index: number): number => 2 ** (index * 2 ** -scale);
  const growthFactor = bound(1);
  const lowest = bound(positive.offset);
  const hasNegative = negative.counts.some((n) => n > 0);
  // There is one bucket at least.
  const highest = bound(positive.offset + Math.max(1, positive.counts.length));
  if (hasNegative || ![growthFactor, lowest, highest].every(isPositive)) {
    return signedBuckets({ ...point, positive, negative }, bound);
  }
  return {
    options: {
      exponentialBuckets: { numFiniteBuckets: Math.max(1, positive.counts.length), growthFactor, scale: lowest },
    },
    counts: [point.zeroCount, ...(positive.counts.length === 0 ? [0] : positive.counts), 0],
  };
}

/** Negative buckets from the far end inwards, zero, positive ones outwards. Those whose bound no number can hold are one with the next. */
function signedBuckets(point: ExponentialHistogramPoint, bound: (index: number) => number): Buckets {
  const { positive, negative, zeroCount, zeroThreshold } = point;
  const inwards = negative.counts.map((n, i) => [-bound(negative.offset + i), n] as const).reverse();
  const zero = positive.counts.length > 0 ? bound(positive.offset) : zeroThreshold;
  const outwards = positive.counts.map((n, i) => [numberAbove(bound(positive.offset + i + 1)), n] as const);
  const bounds: number[] = [];
  const counts: number[] = [];
  let pending = 0;
  for (const [upper, n] of [
    [-bound(negative.offset + negative.counts.length), 0] as const,
    ...inwards,
    [numberAbove(zero), zeroCount] as const,
    ...outwards,
  ]) {
    pending += n;
    if (!Number.isFinite(upper) || upper <= (bounds.at(-1) ?? Number.NEGATIVE_INFINITY)) continue;
    bounds.push(upper);
    counts.push(pending);
    pending = 0;
  }
  // All of it is beyond what numbers can hold, but there must be a bound.
  if (bounds.length === 0) return { options: { explicitBuckets: { bounds: [0] } }, counts: [0, pending] };
  return { options: { explicitBuckets: { bounds } }, counts: [...counts, pending] };
}

function isPositive(value: number): boolean {
  return value > 0 && Number.isFinite(value);
}

function exemplarsOf(exemplars: readonly Exemplar[], projectId: string): readonly DistributionExemplar[] {
  return exemplars
    .toSorted((a, b) => a.value - b.value)
    .map((exemplar) => {
      const attachments = attachmentsOf(exemplar, projectId);
      return {
        value: exemplar.value,
        timestamp: timestamp(exemplar.time),
        ...(attachments.length > 0 && { attachments }),
      };
    });
}

function attachmentsOf({ traceId, spanId, filteredAttributes }: Exemplar, projectId: string): readonly Attachment[] {
  const attachments: Attachment[] = [];
  if (traceId !== undefined && spanId !== undefined) {
    const spanName = `projects/${projectId}/traces/${traceId}/spans/${spanId}`;
    attachments.push({ '@type': SPAN_CONTEXT, spanName });
  }
  if (filteredAttributes !== undefined) {
    const entries = Object.entries(filteredAttributes).map(([key, value]) => [key, String(value).toWellFormed()]);
    attachments.push({ '@type': DROPPED_LABELS, label: Object.fromEntries(entries) });
  }
  return attachments;
}

/** The least number that is greater. */
export function numberAbove(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  if (!Number.isFinite(value)) return value;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + (value > 0 ? 1n : -1n));
  return view.getFloat64(0);
}
