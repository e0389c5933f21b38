import { describe, expect, it } from 'vitest';
import type { Rate, Ratio } from '../index.ts';
import { rule, Snapshots } from './snapshots.test-support.ts';

const DAY = 86_400;

describe('a rate', () => {
  const orders = (more: Partial<Rate> = {}): Rate => ({
    ...{ type: 'rate', metric: 'orders', over: 300, is: '>', value: 1 },
    ...more,
  });

  it('is what came in the window, by the second', async () => {
    const feed = new Snapshots([rule(orders({ value: 0 }))]);
    await feed.during(600, () => feed.add('orders', 30));
    expect(feed.alerts()[0]?.value).toBeCloseTo(2, 10);
    // Nothing more comes: after the window, nothing is in it.
    await feed.during(150);
    expect(feed.alerts()[0]?.value).toBeCloseTo(1, 10);
    await feed.during(150);
    expect(feed.alerts()[0]).toMatchObject({ state: 'resolved', value: 0 });
  });

  it('takes no old total for something that came, and misses nothing of a series that is new', async () => {
    const feed = new Snapshots([rule(orders({ value: 0 }))]);
    feed.now = 10_000;
    feed.set('orders', 1_000_000, { startTime: 5 });
    expect(await feed.after(15)).toEqual([]);
    expect(await feed.after(15)).toEqual([]);
    feed.set('orders', 3, { startTime: 10_040, plan: 'pro' });
    await feed.after(15);
    expect(feed.alerts()[0]?.value).toBeCloseTo(3 / 300, 10);
  });

  it('counts a total that fell from zero, and is never below it', async () => {
    const feed = new Snapshots([rule(orders({ value: 0 }))]);
    feed.set('orders', 1000);
    await feed.after(15);
    feed.set('orders', 1010);
    await feed.after(15);
    feed.set('orders', 4);
    await feed.after(15);
    expect(feed.alerts()[0]?.value).toBeCloseTo((1000 + 10 + 4) / 300, 10);
  });

  it('goes on over a restart: another instance, another start', async () => {
    const feed = new Snapshots([rule(orders({ value: 0 }))]);
    await feed.during(300, () => feed.add('orders', 15));
    feed.drop('orders');
    await feed.during(300, () => feed.add('orders', 15, { startTime: 305 }));
    expect(feed.alerts()[0]?.value).toBeCloseTo(1, 10);
  });

  it('adds up instances, and tells services apart', async () => {
    const feed = new Snapshots([rule(orders({ value: 1 }))]);
    let total = 0;
    await feed.during(300, () => {
      total += 15;
      for (const instance of [1, 2]) feed.set('orders', total, { instance });
      feed.set('orders', total, { service: 'b' });
    });
    expect(feed.states()).toEqual(['a firing']);
    expect(feed.alerts()[0]?.value).toBeCloseTo(2, 10);
  });

  it('shares out what came while nobody looked', async () => {
    const feed = new Snapshots([rule(orders({ value: 1.5 }))]);
    await feed.during(300, () => feed.add('orders', 15));
    // An hour without an evaluation, in which it went on as before.
    feed.add('orders', 3600);
    await feed.after(3600);
    expect(feed.alerts()).toEqual([]);
    await feed.during(300, () => feed.add('orders', 15));
    expect(feed.alerts()).toEqual([]);
  });

  it('is not disturbed by a clock that is corrected', async () => {
    const feed = new Snapshots([
      rule(orders({ value: 1.01 })),
      rule(orders({ is: '<', value: 0.99 }), { name: 'Low' }),
    ]);
    for (const offset of [0, DAY, -DAY, 3, 0]) {
      feed.offset = offset;
      await feed.during(450, () => feed.add('orders', 15));
      expect(feed.alerts()).toEqual([]);
    }
  });

  it('is low only when the whole window was watched, and the series is still there', async () => {
    const feed = new Snapshots([rule(orders({ is: '<', value: 1 }))]);
    feed.set('orders', 5, { startTime: -1000 });
    await feed.during(285);
    expect(feed.alerts()).toEqual([]);
    await feed.during(30);
    expect(feed.states()).toEqual(['a firing']);
    feed.drop('orders');
    await feed.after(15);
    expect(feed.states()).toEqual(['a resolved']);
  });

  it('is not low because the process stood still for an hour, or another one watched', async () => {
    const feed = new Snapshots([rule(orders({ is: '<', value: 0.5 }))]);
    await feed.during(600, () => feed.add('orders', 15));
    await feed.after(3600);
    await feed.during(600, () => feed.add('orders', 15));
    expect(feed.alerts()).toEqual([]);
    feed.forget();
    await feed.during(270);
    expect(feed.alerts()).toEqual([]);
    await feed.during(60);
    expect(feed.states()).toEqual(['a firing']);
  });

  it('is the number of values of a histogram', async () => {
    const feed = new Snapshots([rule(orders({ value: 0 }))]);
    let slow = 0;
    await feed.during(300, () => {
      slow += 15;
      feed.setCounts('orders', [1], [100, slow]);
    });
    expect(feed.alerts()[0]?.value).toBeCloseTo((100 + slow) / 300, 10);
  });

  it('of what does not add up is told once, and nothing', async () => {
    const feed = new Snapshots([rule(orders({ value: 0 }))]);
    await feed.during(60, (now) => feed.set('orders', now, { type: 'gauge' }));
    expect(feed.alerts()).toEqual([]);
    expect(new Set(feed.told)).toEqual(
      new Set([
        'alerts.Rule.unusable: The alert rule Rule finds that "orders" is a gauge, which does not add up: use a threshold, or a counter.',
      ]),
    );
  });
});

describe('a ratio', () => {
  const failing = (more: Partial<Ratio> = {}): Ratio => ({
    type: 'ratio',
    part: { metric: 'calls', where: { error: true } },
    of: { metric: 'calls' },
    ...{ over: 300, is: '>', value: 0.1 },
    ...more,
  });

  it('is what part of what came is chosen', async () => {
    const feed = new Snapshots([rule(failing())]);
    feed.set('calls', 900, { startTime: -5000 });
    feed.set('calls', 900, { startTime: -5000, error: 'x' });
    await feed.after(15);
    feed.set('calls', 930, { startTime: -5000 });
    feed.set('calls', 910, { startTime: -5000, error: 'x' });
    await feed.after(15);
    expect(feed.alerts()[0]).toMatchObject({ value: 0.25, summary: '25 %' });
  });

  it('is nothing while too little came', async () => {
    const feed = new Snapshots([rule(failing({ atLeast: 10 })), rule(failing({ is: '<', value: 2 }), { name: 'Any' })]);
    feed.set('calls', 50, { startTime: -5000 });
    expect(await feed.after(15)).toEqual([]);
    feed.set('calls', 9, { error: 'x' });
    await feed.after(15);
    expect(feed.alerts().map(({ rule, value }) => [rule, value])).toEqual([['Any', 1]]);
    feed.set('calls', 10, { error: 'x' });
    await feed.after(15);
    expect(feed.alerts().map(({ rule, value }) => [rule, value])).toEqual([
      ['Rule', 1],
      ['Any', 1],
    ]);
  });

  it('may be more than one, where the part is no part', async () => {
    const feed = new Snapshots([rule(failing({ part: { metric: 'retries' }, value: 1 }))]);
    feed.set('calls', 10);
    feed.set('retries', 25);
    await feed.after(15);
    expect(feed.alerts()[0]).toMatchObject({ value: 2.5, summary: '250 %' });
  });
});
