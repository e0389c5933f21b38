import { afterEach, describe, expect, it, vi } from 'vitest';
import { SystemClock } from './clock.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('the system clock', () => {
  it('has the time of day, finer than a millisecond, and follows corrections', () => {
    const clock = new SystemClock();
    expect(Math.abs(clock.now() - Date.now() / 1000)).toBeLessThan(0.06);
    const real = Date.now;
    vi.spyOn(Date, 'now').mockImplementation(() => real() + 3_600_000);
    expect(Math.abs(clock.now() - real() / 1000 - 3600)).toBeLessThan(0.06);
  });

  it('never goes back where it measures durations', () => {
    const clock = new SystemClock();
    const before = clock.monotonic();
    expect(clock.monotonic()).toBeGreaterThanOrEqual(before);
  });

  it('waits as long as a timer can when asked for more, rather than not at all', () => {
    vi.useFakeTimers();
    const callback = vi.fn();
    const cancel = new SystemClock().schedule(callback, Number.POSITIVE_INFINITY);
    vi.advanceTimersByTime(1e9);
    expect(callback).not.toHaveBeenCalled();
    cancel();
    cancel();
    vi.advanceTimersByTime(3e9);
    expect(callback).not.toHaveBeenCalled();
  });
});
