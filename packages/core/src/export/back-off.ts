/** Seconds: the widest first pause, and the least that any has. */
const FIRST = 1;
const LEAST = 0.1;
/** A backend that asks for a longer pause than an hour is asked again after an hour. */
const MAX_RETRY_AFTER = 3600;
/** Seconds up to which pauses grow, unless the interval is longer. */
const CEILING = 30;
/** How far, as a share, an interval is moved so that the instances of a service do not send at the same moments. */
const JITTER = 0.1;

/**
 * Seconds to wait after `failures` (1 or more) failed tries: exponential with full jitter, from 1 s up to 30 s or the interval.
 * `retryAfter` is honoured: the pause is that long, or up to a tenth longer. `random` is in [0, 1).
 */
export function backOff(failures: number, interval: number, retryAfter: number | undefined, random: number): number {
  if (retryAfter !== undefined && retryAfter >= 0) return Math.min(retryAfter, MAX_RETRY_AFTER) * (1 + JITTER * random);
  const ceiling = Math.max(interval, CEILING);
  return Math.max(LEAST, random * Math.min(ceiling, FIRST * 2 ** (failures - 1)));
}

/** The interval, moved by up to a tenth either way. `random` is in [0, 1). */
export function jittered(interval: number, random: number): number {
  return interval * (1 + JITTER * (2 * random - 1));
}

/** The interval, shortened by up to a tenth: for what must have left by then. `random` is in [0, 1). */
export function shortened(interval: number, random: number): number {
  return interval * (1 - JITTER * Math.abs(2 * random - 1));
}
