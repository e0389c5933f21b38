import type { ExponentialBuckets, ExponentialHistogramPoint } from '../metrics/snapshot.ts';

const EMPTY: ExponentialBuckets = Object.freeze({ offset: 0, counts: Object.freeze([]) });

/**
 * The same counts at a scale that is lower by `by`: 2^by neighbouring buckets become one. Exact, because every bucket of the finer scale
 * lies within one of the coarser; changes nothing for `by` = 0. Frozen.
 */
export function downscale(buckets: ExponentialBuckets, by: number): ExponentialBuckets {
  const { offset, counts } = buckets;
  if (by === 0 || counts.length === 0) return buckets;
  const width = 2 ** by;
  const first = Math.floor(offset / width);
  const last = Math.floor((offset + counts.length - 1) / width);
  const merged = new Array<number>(last - first + 1).fill(0);
  for (let i = 0; i < counts.length; i++) {
    const to = Math.floor((offset + i) / width) - first;
    merged[to] = (merged[to] as number) + (counts[i] as number);
  }
  return Object.freeze({ offset: first, counts: Object.freeze(merged) });
}

/** `later` − `earlier`, both of one scale, without the empty buckets at the ends. Frozen. */
export function subtractBuckets(later: ExponentialBuckets, earlier: ExponentialBuckets): ExponentialBuckets {
  const shift = later.offset - earlier.offset;
  const counts = later.counts.map((count, i) => count - (earlier.counts[i + shift] ?? 0));
  let from = 0;
  let to = counts.length;
  while (from < to && counts[from] === 0) from++;
  while (to > from && counts[to - 1] === 0) to--;
  if (from === to) return EMPTY;
  return Object.freeze({ offset: later.offset + from, counts: Object.freeze(counts.slice(from, to)) });
}

/** What of an exponential histogram adds up bucket by bucket. */
type Scaled = Pick<ExponentialHistogramPoint, 'count' | 'scale' | 'positive' | 'negative'>;

/** The buckets of all of these together, at the finest scale at which there are at most so many on either side. Frozen. */
export function sumOfBuckets(
  points: readonly Scaled[],
  maxBuckets: number,
): Pick<ExponentialHistogramPoint, 'scale' | 'positive' | 'negative'> {
  const scale = scaleOfSum(points, maxBuckets);
  const sum = (side: Side): ExponentialBuckets =>
    points.reduce((all, point) => addBuckets(all, downscale(point[side], Math.max(0, point.scale - scale))), EMPTY);
  return { scale, positive: sum('positive'), negative: sum('negative') };
}

type Side = 'positive' | 'negative';

/**
 * To be known before anything is added: each may be at its finest scale, with its few values far from those of the others, and a sum at that scale
 * would be millions of empty buckets.
 */
function scaleOfSum(points: readonly Scaled[], maxBuckets: number): number {
  const filled = points.filter(({ count }) => count > 0);
  let scale = filled.reduce((lowest, point) => Math.min(lowest, point.scale), (filled[0] ?? points[0])?.scale ?? 0);
  while (widthAt(scale, points, 'positive') > maxBuckets || widthAt(scale, points, 'negative') > maxBuckets) scale--;
  return scale;
}

/** How many buckets the sum would have on one side. */
function widthAt(scale: number, points: readonly Scaled[], side: Side): number {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const point of points) {
    const { offset, counts } = point[side];
    if (counts.length === 0) continue;
    const width = 2 ** Math.max(0, point.scale - scale);
    first = Math.min(first, Math.floor(offset / width));
    last = Math.max(last, Math.floor((offset + counts.length - 1) / width));
  }
  return last < first ? 0 : last - first + 1;
}

/** Both of one scale. */
function addBuckets(a: ExponentialBuckets, b: ExponentialBuckets): ExponentialBuckets {
  if (a.counts.length === 0) return b;
  if (b.counts.length === 0) return a;
  const offset = Math.min(a.offset, b.offset);
  const end = Math.max(a.offset + a.counts.length, b.offset + b.counts.length);
  const counts = new Array<number>(end - offset).fill(0);
  for (const one of [a, b]) {
    for (let i = 0; i < one.counts.length; i++) {
      const at = one.offset + i - offset;
      counts[at] = (counts[at] as number) + (one.counts[i] as number);
    }
  }
  return Object.freeze({ offset, counts: Object.freeze(counts) });
}
