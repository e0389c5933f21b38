import { describe, expect, it } from 'vitest';
import type { Percentile } from '../index.ts';
import { rule, Snapshots } from './snapshots.test-support.ts';

describe('a percentile', () => {
  const slow = (more: Partial<Percentile> = {}): Percentile => ({
    ...{ type: 'percentile', metric: 'time', quantile: 0.9, over: 300, is: '>', value: 0 },
    ...more,
  });

  it('is that of what came in the window, as histogram_quantile has it', async () => {
    const feed = new Snapshots([rule(slow())]);
    feed.setCounts('time', [1, 2, 4], [1000, 0, 0, 0], { startTime: -5000 });
    await feed.after(15);
    feed.setCounts('time', [1, 2, 4], [1010, 20, 10, 0], { startTime: -5000 });
    await feed.after(15);
    // Of 40 values the 36th: the sixth of ten between 2 and 4.
    expect(feed.alerts()[0]?.value).toBeCloseTo(3.2, 6);
    await feed.during(300);
    expect(feed.states()).toEqual(['a resolved']);
  });

  it('beyond the last boundary is that boundary', async () => {
    const feed = new Snapshots([rule(slow())]);
    feed.setCounts('time', [1, 2, 4], [0, 0, 1, 9]);
    expect((await feed.after(15))[0]?.value).toBe(4);
  });

  it('is nothing of fewer values than it says', async () => {
    const feed = new Snapshots([rule(slow({ atLeast: 10 }))]);
    feed.setCounts('time', [1], [9, 0]);
    expect(await feed.after(15)).toEqual([]);
    feed.setCounts('time', [1], [10, 0]);
    expect((await feed.after(15))[0]?.value).toBeCloseTo(0.9, 6);
  });

  it('adds up histograms with other boundaries', async () => {
    const feed = new Snapshots([rule(slow({ quantile: 0.5 }))]);
    feed.setCounts('time', [1, 2], [10, 0, 0], { instance: 1 });
    feed.setCounts('time', [3], [10, 0], { instance: 2 });
    // Up to 1 there are 10 + 10/3; half of 20 is 10 of these.
    expect((await feed.after(15))[0]?.value).toBeCloseTo(0.75, 6);
  });

  it('counts a histogram that fell from zero', async () => {
    const feed = new Snapshots([rule(slow({ atLeast: 5 }))]);
    feed.setCounts('time', [1, 2], [100, 0, 0], { startTime: -5000 });
    await feed.after(15);
    feed.setCounts('time', [1, 2], [0, 5, 0], { startTime: -5000 });
    expect((await feed.after(15))[0]?.value).toBeCloseTo(1.9, 6);
  });

  it('of what has none is told once', async () => {
    const feed = new Snapshots([rule(slow())]);
    feed.set('time', 3);
    expect(await feed.after(15)).toEqual([]);
    expect(feed.told).toEqual([
      'alerts.Rule.unusable: The alert rule Rule finds that "time" is a counter, which has no percentiles of a window: use a histogram.',
    ]);
  });
});
