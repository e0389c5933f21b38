import type { Reading } from '../frame.ts';
import type { Form } from './form.ts';

/** Values that were counted in buckets. */
export interface Counted {
  readonly form: Form;
  /** One more than there are bounds. */
  readonly counts: ArrayLike<number>;
}

/**
 * The values below which these shares (0 to 1, rising) of all values lie, by interpolation within a bucket, as Prometheus' `histogram_quantile`
 * does: what is beyond the last bound counts as that bound. `null` for all without values. Buckets may be divided differently.
 */
export function quantilesOf(parts: readonly Counted[], shares: readonly number[]): Reading[] {
  const some = parts.filter(({ counts }) => totalOf(counts) > 0);
  const [first] = some;
  if (first === undefined) return shares.map(() => null);
  return some.length === 1 ? within(first, shares) : across(some, shares);
}

function totalOf(counts: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < counts.length; i++) total += counts[i] as number;
  return total;
}

function within({ form: { bounds }, counts }: Counted, shares: readonly number[]): Reading[] {
  const total = totalOf(counts);
  let below = 0;
  let bucket = 0;
  return shares.map((share) => {
    const rank = share * total;
    while (bucket < counts.length - 1 && below + (counts[bucket] as number) < rank) {
      below += counts[bucket] as number;
      bucket++;
    }
    const to = bounds[bucket];
    if (to === undefined) return bounds.at(-1) ?? null;
    const from = bucket === 0 ? Math.min(0, to) : (bounds[bucket - 1] as number);
    const count = counts[bucket] as number;
    return count === 0 ? from : from + (to - from) * Math.min(1, Math.max(0, (rank - below) / count));
  });
}

/** Where the sum of all distributions, each straight within its buckets, reaches the rank. */
function across(parts: readonly Counted[], shares: readonly number[]): Reading[] {
  const edges = [...new Set([0, ...parts.flatMap(({ form }) => form.bounds)])].sort((a, b) => a - b);
  const below = edges.map((edge) => parts.reduce((sum, part) => sum + countBelow(part, edge), 0));
  const total = parts.reduce((sum, { counts }) => sum + totalOf(counts), 0);
  return shares.map((share) => {
    const rank = share * total;
    const at = below.findIndex((count) => count >= rank);
    if (at <= 0) return edges[at === 0 ? 0 : edges.length - 1] ?? null;
    const [from, to] = [edges[at - 1] as number, edges[at] as number];
    const [low, high] = [below[at - 1] as number, below[at] as number];
    return high === low ? from : from + ((to - from) * (rank - low)) / (high - low);
  });
}

function countBelow({ form: { bounds }, counts }: Counted, edge: number): number {
  // What is beyond the last bound counts as that.
  if (edge >= (bounds.at(-1) ?? Number.POSITIVE_INFINITY)) return totalOf(counts);
  let below = 0;
  for (let i = 0; i < bounds.length; i++) {
    const to = bounds[i] as number;
    const from = i === 0 ? Math.min(0, to) : (bounds[i - 1] as number);
    const count = counts[i] as number;
    if (to <= edge) below += count;
    else return from >= edge ? below : below + (count * (edge - from)) / (to - from);
  }
  return below;
}
