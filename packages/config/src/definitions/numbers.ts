import { z } from 'zod';

/** Node's timers cannot wait for longer than 2^31 − 1 ms (https://nodejs.org/api/timers.html). */
const MAX_SECONDS = 2_147_483;

/** They do not wait for less than a millisecond. */
const MIN_SECONDS = 0.001;

/** Seconds that timers can wait for several times. */
export const atLeastAMillisecond = z.number().min(MIN_SECONDS);
/** Of a timer. */
export const seconds = atLeastAMillisecond.max(MAX_SECONDS);
/** Of a duration that something is compared with. */
export const duration = z.number().min(0);
/** From 0 (none) to 1 (all). */
export const share = z.number().min(0).max(1);
/** 0 for any that is free. */
export const port = z.int().min(0).max(65_535);

export function countFrom(least: number, most?: number): z.ZodInt {
  const count = z.int().min(least);
  return most === undefined ? count : count.max(most);
}
