import { describe, expect, it } from 'vitest';
import type { BurnRate } from '../index.ts';
import { rule, Snapshots } from './snapshots.test-support.ts';

describe('a burn rate', () => {
  const burning = (more: Partial<BurnRate> = {}): BurnRate => ({
    type: 'burn-rate',
    bad: { metric: 'calls', where: { error: true } },
    of: { metric: 'calls' },
    objective: 0.99,
    windows: [{ long: 3600, short: 300, factor: 10 }],
    ...more,
  });

  /** One in `of` fails, at a call a second. */
  const calls = (feed: Snapshots, oneOf: number) => {
    let [good, bad] = [0, 0];
    return (ratio = oneOf) => {
      good += 15 * (1 - 1 / ratio);
      bad += 15 / ratio;
      feed.set('calls', good);
      feed.set('calls', bad, { error: 'x' });
    };
  };

  it('fires when both windows are over the limit, and ceases when the short one is not', async () => {
    const feed = new Snapshots([rule(burning())]);
    const call = calls(feed, 1000);
    await feed.during(3600, () => call());
    expect(feed.alerts()).toEqual([]);
    // A fifth fails: the long window is over a tenth after half an hour, the short one at once.
    await feed.during(1700, () => call(5));
    expect(feed.alerts()).toEqual([]);
    await feed.during(200, () => call(5));
    expect(feed.states()).toEqual(['a firing']);
    expect(feed.alerts()[0]?.value).toBeGreaterThan(0.1);
    await feed.during(300, () => call(1000));
    expect(feed.states()).toEqual(['a resolved']);
  });

  it('fires for any of its pairs, and not for the short window alone', async () => {
    const windows = [
      { long: 3600, short: 300, factor: 90 },
      { long: 6 * 3600, short: 1800, factor: 6 },
    ];
    const feed = new Snapshots([rule(burning({ windows }))]);
    const call = calls(feed, 1000);
    await feed.during(6 * 3600, () => call());
    await feed.during(600, () => call(2));
    expect(feed.alerts()).toEqual([]);
    await feed.during(6 * 3600, () => call(10));
    expect(feed.states()).toEqual(['a firing']);
  });

  it('is nothing while too little came', async () => {
    const feed = new Snapshots([rule(burning({ atLeast: 100 }))]);
    const call = calls(feed, 2);
    await feed.during(90, () => call());
    expect(feed.alerts()).toEqual([]);
    await feed.during(15, () => call());
    expect(feed.states()).toEqual(['a firing']);
  });
});
