import type { SummaryPoint } from '@telltale/core';
import type { Buckets } from './samples.ts';

// Series whose attributes differ but whose labels do not (`1` and "1", '' and none). Prometheus refuses a scrape that has the same series twice.

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
