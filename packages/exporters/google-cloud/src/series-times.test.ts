import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Interval, SeriesTimes, type TimedPoint } from './series-times.ts';

const T = 1_700_000_000;
const attributes = {};

function pointOf(startTime: number, time: number, total = 1, series: object = attributes): TimedPoint {
  return { attributes: series, startTime, time, total };
}

/** What Cloud Monitoring asks of the intervals of a cumulative series, one after the other. */
function checkOrder(intervals: readonly Interval[]): void {
  for (const [i, { start = Number.NaN, end }] of intervals.entries()) {
    expect(start).toBeLessThan(end);
    const last = intervals[i - 1];
    if (last === undefined) continue;
    expect(end - last.end).toBeGreaterThanOrEqual(5000);
    if (start !== last.start) expect(start).toBeGreaterThan(last.end);
  }
}

it('keeps to the times that are given where it can', () => {
  const times = new SeriesTimes();
  const intervals = [10, 70, 130].map((after) => {
    const point = pointOf(T, T + after);
    const interval = times.intervalOf('a', true, point) as Interval;
    times.written('a', point, interval);
    return interval;
  });
  expect(intervals).toEqual([10, 70, 130].map((after) => ({ start: T * 1000, end: (T + after) * 1000 })));
});

it('gives gauges no start', () => {
  expect(new SeriesTimes().intervalOf('a', false, pointOf(T, T + 10))).toEqual({
    start: undefined,
    end: (T + 10) * 1000,
  });
});

it('moves the end by a millisecond where a series begins at the time it is read', () => {
  expect(new SeriesTimes().intervalOf('a', true, pointOf(T, T))).toEqual({ start: T * 1000, end: T * 1000 + 1 });
});

it('moves the start where the clock has gone back since, as no end may be far in the future', () => {
  const interval = new SeriesTimes().intervalOf('a', true, pointOf(T + 3600, T));
  expect(interval).toEqual({ start: T * 1000 - 1, end: T * 1000 });
});

it('tells a point that comes too soon as of 5 s after the last, for a minute; then it waits', () => {
  const times = new SeriesTimes();
  const point = pointOf(T - 60, T);
  const ends: (number | undefined)[] = [];
  for (let i = 0; i < 15; i++) {
    const interval = times.intervalOf('a', true, point);
    ends.push(interval && interval.end / 1000 - T);
    if (interval !== undefined) times.written('a', point, interval);
  }
  expect(ends).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, undefined, undefined]);
});

it('does not count what was not written', () => {
  const times = new SeriesTimes();
  const point = pointOf(T - 60, T);
  expect(times.intervalOf('a', true, point)).toEqual(times.intervalOf('a', true, point));
});

it('keeps the start of a series that goes on, when the clock was corrected since', () => {
  const times = new SeriesTimes();
  times.written('a', pointOf(T, T + 60, 5), { start: T * 1000, end: (T + 60) * 1000 });
  expect(times.intervalOf('a', true, pointOf(T + 300, T + 420, 6))?.start).toBe(T * 1000);
  expect(times.intervalOf('a', true, pointOf(T - 1, T + 119, 5))?.start).toBe(T * 1000);
});

for (const [how, again] of [
  ['has a smaller total', pointOf(T, T + 120, 4)],
  ['is another series that began since', pointOf(T + 90, T + 120, 9, {})],
] as const) {
  it(`lets counting begin after the last interval when a series ${how}`, () => {
    const times = new SeriesTimes();
    times.written('a', pointOf(T, T + 60, 5), { start: T * 1000, end: (T + 60) * 1000 });
    const start = Math.max((T + 60) * 1000 + 1, again.startTime * 1000);
    expect(times.intervalOf('a', true, again)).toEqual({ start, end: (T + 120) * 1000 });
  });
}

it('keeps all series in order, whatever the clock does and however often they begin anew', () => {
  const step = fc.record({
    series: fc.constantFrom('a', 'b'),
    // Seconds that pass, at times backwards, and by a lot.
    pass: fc.oneof(
      fc.double({ min: 0, max: 70, noNaN: true }),
      fc.double({ min: -100_000, max: 100_000, noNaN: true }),
    ),
    restart: fc.boolean(),
    taken: fc.boolean(),
    total: fc.nat(3),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const times = new SeriesTimes();
      const written: Record<string, Interval[]> = { a: [], b: [] };
      const objects: Record<string, object> = { a: {}, b: {} };
      const starts: Record<string, number> = { a: T, b: T };
      let now = T;
      for (const { series, pass, restart, taken, total } of steps) {
        now += pass;
        if (restart) {
          starts[series] = now;
          objects[series] = {};
        }
        const point = pointOf(starts[series] as number, now, total, objects[series]);
        const interval = times.intervalOf(series, true, point);
        if (interval === undefined || !taken) continue;
        expect(interval.end - now * 1000).toBeLessThanOrEqual(60_001);
        times.written(series, point, interval);
        written[series]?.push(interval);
      }
      for (const intervals of Object.values(written)) checkOrder(intervals);
    }),
  );
});

it('forgets series that are gone for long, when they are many', () => {
  const times = new SeriesTimes();
  const interval = { start: T * 1000, end: T * 1000 + 1 };
  for (let i = 0; i < 5000; i++) times.written(`gone ${i}`, pointOf(T, T), interval);
  for (let i = 0; i < 100; i++) {
    times.written('stays', pointOf(T, T), interval);
    times.nextSnapshot(1);
  }
  expect(times.intervalOf('gone 1', false, pointOf(T, T))?.end).toBe(T * 1000);
  expect(times.intervalOf('stays', false, pointOf(T, T))?.end).toBe(T * 1000 + 5001);
});
