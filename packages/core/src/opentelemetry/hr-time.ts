import type { HrTime } from '@opentelemetry/api';

/** Seconds since the Unix epoch in whole microseconds, as OTLP gets them: what is below is noise of the number. */
export function hrTimeOf(seconds: number): HrTime {
  const micros = Math.round(seconds * 1e6);
  const whole = Math.floor(micros / 1e6);
  return [whole, (micros - whole * 1e6) * 1000];
}

/** The time between two; zero where the end is before the start. */
export function hrTimeBetween([startSeconds, startNanos]: HrTime, [endSeconds, endNanos]: HrTime): HrTime {
  const seconds = endSeconds - startSeconds;
  const nanos = endNanos - startNanos;
  if (seconds < 0 || (seconds === 0 && nanos < 0)) return [0, 0];
  return nanos < 0 ? [seconds - 1, nanos + 1e9] : [seconds, nanos];
}
