import type { Traffic } from './traffic.ts';

/** Rows with traffic now come before all others; among those, the one that had most in all. */
export function scoreOf(traffic: Traffic): number {
  const rate = traffic.rate ?? 0;
  return rate > 0 ? 1e15 + rate * 1e6 : traffic.count;
}
