import type { Traffic } from '../../../src/frame.ts';

/** What share of so many calls fails, 0 to 1; unknown where there were none. */
export function errorShare({ rate, errorRate }: Pick<Traffic, 'rate' | 'errorRate'>): number | null {
  return rate === null || errorRate === null || rate <= 0 ? null : Math.min(1, errorRate / rate);
}

/** Above this a share is marked. */
const MARKED = 0.05;

/** A rate of errors of very few is none: one of two requests is no outage. */
const ENOUGH = 0.2;

/** Whether so many of so much fail that it should be marked. */
export function isFailing(traffic: Pick<Traffic, 'rate' | 'errorRate'>): boolean {
  return (errorShare(traffic) ?? 0) >= MARKED && (traffic.rate ?? 0) >= ENOUGH;
}
