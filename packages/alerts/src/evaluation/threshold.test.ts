import { describe, expect, it } from 'vitest';
import type { Threshold } from '../index.ts';
import { rule, Snapshots } from './snapshots.test-support.ts';

describe('a threshold', () => {
  const depth = (more: Partial<Threshold> = {}): Threshold => ({
    ...{ type: 'threshold', metric: 'queue.depth', is: '>', value: 10 },
    ...more,
  });

  it('is about values as they are now, one alert per service', async () => {
    const feed = new Snapshots([rule(depth())]);
    feed.set('queue.depth', 11, { type: 'gauge', service: 'a', queue: 'one' });
    feed.set('queue.depth', 3, { type: 'gauge', service: 'a', queue: 'two' });
    feed.set('queue.depth', 10, { type: 'gauge', service: 'b', queue: 'one' });
    await feed.after(15);
    expect(feed.states()).toEqual(['a firing']);
    expect(feed.alerts()[0]).toMatchObject({ value: 11, summary: '11', since: 1_700_000_015, firedAt: 1_700_000_015 });
    feed.set('queue.depth', 2, { type: 'gauge', service: 'a', queue: 'one' });
    await feed.after(15);
    expect(feed.states()).toEqual(['a resolved']);
    expect(feed.alerts()[0]).toMatchObject({ value: 3, summary: '11', resolvedAt: 1_700_000_030 });
  });

  it('makes one value of several series: the greatest of gauges, the sum of others, or as it says', async () => {
    const values = async (type: 'gauge' | 'counter' | 'upDownCounter', aggregate?: Threshold['aggregate']) => {
      const feed = new Snapshots([rule(depth({ value: -1, ...(aggregate && { aggregate }) }))]);
      for (const [i, value] of [1, 2, 6].entries()) feed.set('queue.depth', value, { type, i });
      return (await feed.after(15))[0]?.value;
    };
    expect(await values('gauge')).toBe(6);
    expect(await values('upDownCounter')).toBe(9);
    expect(await values('counter')).toBe(9);
    expect(await values('gauge', 'sum')).toBe(9);
    expect(await values('counter', 'min')).toBe(1);
    expect(await values('gauge', 'avg')).toBe(3);
  });

  it('does not hold for what is no number, or not there any more', async () => {
    const feed = new Snapshots([rule(depth({ is: '<', value: 10 }))]);
    feed.set('queue.depth', Number.NaN, { type: 'gauge' });
    expect(await feed.after(15)).toEqual([]);
    feed.set('queue.depth', 1, { type: 'gauge' });
    await feed.after(15);
    expect(feed.states()).toEqual(['a firing']);
    feed.drop('queue.depth');
    await feed.after(15);
    expect(feed.states()).toEqual(['a resolved']);
  });

  it('compares as it says', async () => {
    for (const [is, firing] of [
      ['>', [11]],
      ['>=', [10, 11]],
      ['<', [9]],
      ['<=', [9, 10]],
    ] as const) {
      const feed = new Snapshots([rule(depth({ is, by: ['queue'] }))]);
      for (const value of [9, 10, 11]) feed.set('queue.depth', value, { type: 'gauge', queue: `${value}` });
      await feed.after(15);
      expect(
        feed
          .alerts()
          .map(({ value }) => value)
          .sort(),
      ).toEqual([...firing].sort());
    }
  });

  it('groups by attributes of series and of the service, and leaves out labels that are not there', async () => {
    const feed = new Snapshots([rule(depth({ by: ['service.name', 'job.queue'] }))]);
    feed.set('queue.depth', 11, { type: 'gauge', 'job.queue': 'one' });
    feed.set('queue.depth', 12, { type: 'gauge', service: 'b' });
    await feed.after(15);
    expect(feed.alerts().map(({ labels }) => labels)).toEqual([
      { alertname: 'Rule', severity: 'warning', service_name: 'a', job_queue: 'one' },
      { alertname: 'Rule', severity: 'warning', service_name: 'b' },
    ]);
  });

  it('chooses series by what their attributes are', async () => {
    const chosen = async (where: Threshold['where'] & object) => {
      const feed = new Snapshots([rule(depth({ value: 0, where, by: ['n'] }))]);
      feed.set('queue.depth', 1, { type: 'gauge', n: 1, status: 500, path: '/cart/1' });
      feed.set('queue.depth', 1, { type: 'gauge', n: 2, status: 404, path: '/cart' });
      feed.set('queue.depth', 1, { type: 'gauge', n: 3, path: '' });
      feed.set('queue.depth', 1, { type: 'gauge', n: 4, service: 'b' });
      return (await feed.after(15)).map(({ labels }) => Number(labels.n)).sort();
    };
    expect(await chosen({ status: '5*' })).toEqual([1]);
    expect(await chosen({ status: 500 })).toEqual([1]);
    expect(await chosen({ status: '500' })).toEqual([1]);
    expect(await chosen({ status: ['404', '5*'] })).toEqual([1, 2]);
    expect(await chosen({ status: true })).toEqual([1, 2]);
    expect(await chosen({ status: { not: '4*' } })).toEqual([1, 3, 4]);
    expect(await chosen({ status: { not: ['4*', 500] } })).toEqual([3, 4]);
    expect(await chosen({ status: { not: '4*' }, path: true })).toEqual([1, 3]);
    expect(await chosen({ path: '/*t' })).toEqual([2]);
    expect(await chosen({ path: '*a*t*' })).toEqual([1, 2]);
    expect(await chosen({ path: '*' })).toEqual([1, 2, 3]);
    expect(await chosen({ path: '' })).toEqual([3]);
    expect(await chosen({ path: '.*' })).toEqual([]);
    expect(await chosen({ 'service.name': 'b' })).toEqual([4]);
    expect(await chosen({})).toEqual([1, 2, 3, 4]);
  });
});
