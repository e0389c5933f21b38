/** `count` values, evenly between `from` and `to`. */
export interface Bucket {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Rounding must not push a rank that lies on the edge of a bucket into the next. */
const TOLERANCE = 1e-9;

/**
 * The value below which the share `quantile` of all lie, by linear interpolation within a bucket as Prometheus' `histogram_quantile` does: a bucket
 * without an end counts as its one edge. Buckets may overlap, where histograms of different boundaries come together. `undefined` when all are empty.
 */
export function quantileOf(buckets: readonly Bucket[], quantile: number): number | undefined {
  const edges = edgesOf(buckets);
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  if (!(total > 0)) return undefined;
  const rank = quantile * total - TOLERANCE * total;
  let below = 0;
  let density = 0;
  let before = edges[0]?.at ?? 0;
  for (const { at, rises, mass } of edges) {
    const until = below + density * (at - before);
    if (density > 0 && rank <= until) return Math.min(at, Math.max(before, before + (rank - below) / density));
    below = until + mass;
    if (mass > 0 && rank <= below) return at;
    // What is left of a density when all buckets are over is rounding.
    density = Math.max(0, density + rises);
    before = at;
  }
  return before;
}

/** Where the density of values changes, in rising order, and where values lie at one place. */
function edgesOf(buckets: readonly Bucket[]) {
  return buckets
    .filter(({ count }) => count > 0)
    .flatMap(({ from, to, count }) => {
      const low = Number.isFinite(from) ? from : to;
      const high = Number.isFinite(to) ? to : from;
      if (!(high > low)) return [{ at: low, rises: 0, mass: count }];
      const density = count / (high - low);
      return [
        { at: low, rises: density, mass: 0 },
        { at: high, rises: -density, mass: 0 },
      ];
    })
    .sort((a, b) => a.at - b.at);
}
