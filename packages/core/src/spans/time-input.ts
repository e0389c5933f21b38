import type { TimeInput } from '@opentelemetry/api';
import type { Clock } from '../clock.ts';

/**
 * Seconds since the Unix epoch of a time as OpenTelemetry's API takes it: milliseconds since the epoch, milliseconds of the monotonic clock
 * (`performance.now()`), `[seconds, nanoseconds]` or a Date. NaN for anything else.
 */
export function secondsOf(input: TimeInput, clock: Clock): number {
  if (typeof input === 'number') return secondsOfNumber(input, clock);
  if (input instanceof Date) return input.getTime() / 1000;
  return isHrTime(input) ? finite(input[0] + input[1] / 1e9) : Number.NaN;
}

/** Whether this argument is meant as a time, valid or not. */
export function isTimeInput(value: unknown): value is TimeInput {
  return typeof value === 'number' || value instanceof Date || isHrTime(value);
}

function secondsOfNumber(milliseconds: number, clock: Clock): number {
  const seconds = milliseconds / 1000;
  const monotonic = clock.monotonic();
  // As in the OpenTelemetry SDK: nobody records what was in the first days of 1970, so what is within the monotonic clock is of it.
  return finite(seconds <= monotonic ? clock.now() - (monotonic - seconds) : seconds);
}

function isHrTime(value: unknown): value is [number, number] {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'number' && typeof value[1] === 'number';
}

function finite(seconds: number): number {
  return Number.isFinite(seconds) ? seconds : Number.NaN;
}
