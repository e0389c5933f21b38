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

/**
 * The finest scale at which the sum of these has at most so many buckets on either side. To be known before anything is added: each may be at its finest
 * scale, with its few values far from those of the others, and a sum at that scale would be millions of empty buckets.
 */
export function scaleOfSum(points: readonly ExponentialHistogramPoint[], maxBuckets: number): number {
  const filled = points.filter(({ count }) => count > 0);
  let scale = filled.reduce((lowest, point) => Math.min(lowest, point.scale), (filled[0] ?? points[0])?.scale ?? 0);
  while (
    widthAt(scale, points, ({ positive }) => positive) > maxBuckets ||
    widthAt(scale, points, ({ negative }) => negative) > maxBuckets
  ) {
    scale--;
  }
  return scale;
}

/** How many buckets the sum would have on one side. */
function widthAt(
  scale: number,
  points: readonly ExponentialHistogramPoint[],
  side: (point: ExponentialHistogramPoint) => ExponentialBuckets,
): number {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const point of points) {
    const { offset, counts } = side(point);
    if (counts.length === 0) continue;
    const width = 2 ** Math.max(0, point.scale - scale);
    first = Math.min(first, Math.floor(offset / width));
    last = Math.max(last, Math.floor((offset + counts.length - 1) / width));
  }
  return last < first ? 0 : last - first + 1;
}
