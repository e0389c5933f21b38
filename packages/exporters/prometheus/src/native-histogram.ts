import { downscale, type ExponentialBuckets, type ExponentialHistogramPoint } from '@telltale/core';

/** Buckets in a row: so many after the end of the span before, or, of the first, the index of its first bucket. */
interface BucketSpan {
  readonly offset: number;
  readonly length: number;
}

/** Prometheus's form of exponential buckets: what lies between spans is empty. */
export interface NativeBuckets {
  readonly spans: readonly BucketSpan[];
  /** Each count less the one before it. */
  readonly deltas: readonly number[];
}

export interface NativeHistogram {
  readonly count: number;
  readonly sum: number;
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly positive: NativeBuckets;
  readonly negative: NativeBuckets;
}

/** The finest and coarsest schema that Prometheus has (prometheus.io/docs/specs/native_histograms). */
const MAX_SCHEMA = 8;
const MIN_SCHEMA = -4;
/** Up to so many empty buckets in a row are written rather than begin a new span, as Prometheus's own client does. */
const MAX_GAP = 2;

/** `undefined` for what is coarser than any schema: values over more than 2^±1024, which no double holds. */
export function nativeHistogram(point: ExponentialHistogramPoint): NativeHistogram | undefined {
  const { scale, count, sum, zeroCount, zeroThreshold, positive, negative } = point;
  if (scale < MIN_SCHEMA) return undefined;
  const schema = Math.min(scale, MAX_SCHEMA);
  const by = scale - schema;
  return {
    count,
    sum,
    schema,
    zeroThreshold,
    zeroCount,
    positive: nativeBuckets(downscale(positive, by)),
    negative: nativeBuckets(downscale(negative, by)),
  };
}

function nativeBuckets({ offset, counts }: ExponentialBuckets): NativeBuckets {
  const spans: { offset: number; length: number }[] = [];
  const deltas: number[] = [];
  // Prometheus numbers a bucket by its upper end, OpenTelemetry by its lower.
  let next = 0;
  let before = 0;
  for (const [i, count] of counts.entries()) {
    if (count === 0) continue;
    const index = offset + i + 1;
    const last = spans.at(-1);
    const gap = index - next;
    if (last === undefined || gap > MAX_GAP) {
      spans.push({ offset: gap, length: 1 });
    } else {
      for (let k = 0; k < gap; k++) {
        deltas.push(-before);
        before = 0;
      }
      last.length += gap + 1;
    }
    deltas.push(count - before);
    before = count;
    next = index + 1;
  }
  return { spans, deltas };
}

/** The same for what is coarser than any schema: a value counts at the upper end of its bucket, which stays an upper bound. */
export function atCoarsestSchema(point: ExponentialHistogramPoint): NativeHistogram {
  const { count, sum, scale, zeroCount, zeroThreshold, positive, negative } = point;
  const factor = 2 ** (MIN_SCHEMA - scale);
  return {
    count,
    sum,
    schema: MIN_SCHEMA,
    zeroThreshold,
    zeroCount,
    positive: nativeBuckets(atUpperEnds(positive, factor)),
    negative: nativeBuckets(atUpperEnds(negative, factor)),
  };
}

/** The last bucket of schema -4 that doubles reach is (2^1008, 2^1024], the first (2^-1088, 2^-1072]. */
const LAST_BUCKET = 63;
const FIRST_BUCKET = -68;

function atUpperEnds({ offset, counts }: ExponentialBuckets, factor: number): ExponentialBuckets {
  const finer: number[] = new Array(LAST_BUCKET - FIRST_BUCKET + 1).fill(0);
  for (const [i, count] of counts.entries()) {
    const last = (offset + i + 1) * factor - 1;
    finer[Math.min(Math.max(last, FIRST_BUCKET), LAST_BUCKET) - FIRST_BUCKET]! += count;
  }
  return { offset: FIRST_BUCKET, counts: finer };
}
