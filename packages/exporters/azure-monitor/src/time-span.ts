/** 100 ns, the smallest step of .NET's TimeSpan. */
const TICKS = 10_000_000;
/** The service takes durations below 1,000 days. */
const MAX_TICKS = 1000 * 24 * 3600 * TICKS - 1;

/** Seconds as `d.hh:mm:ss.fffffff`, without the days where there are none. Negative and unknown durations are 0. */
export function durationOf(seconds: number): string {
  const ticks = Math.min(MAX_TICKS, Math.max(0, Math.round((seconds || 0) * TICKS)));
  const whole = Math.floor(ticks / TICKS);
  const two = (n: number): string => String(n).padStart(2, '0');
  const days = Math.floor(whole / 86_400);
  const clock = `${two(Math.floor(whole / 3600) % 24)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return `${days > 0 ? `${days}.` : ''}${clock}.${String(ticks % TICKS).padStart(7, '0')}`;
}
