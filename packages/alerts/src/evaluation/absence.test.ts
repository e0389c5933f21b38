import { describe, expect, it } from 'vitest';
import type { Absence } from '../index.ts';
import { rule, Snapshots } from './snapshots.test-support.ts';

const DAY = 86_400;

describe('an absence', () => {
  const absent = (more: Partial<Absence> = {}): Absence => ({ type: 'absence', metric: 'beat', over: 60, ...more });

  it('without groups is expected from the start', async () => {
    const feed = new Snapshots([rule(absent())]);
    await feed.during(45);
    expect(feed.alerts()).toEqual([]);
    await feed.after(15);
    expect(feed.alerts()[0]).toMatchObject({ state: 'firing', labels: { alertname: 'Rule', severity: 'warning' } });
    expect(feed.alerts()[0]).not.toHaveProperty('value');
    feed.set('beat', 1, { type: 'gauge' });
    await feed.after(15);
    expect(feed.states()).toEqual([' resolved']);
    await feed.during(600);
    expect(feed.states()).toEqual([' resolved']);
  });

  it('with groups, each from when it was first seen', async () => {
    const feed = new Snapshots([rule(absent({ by: ['service.name'] }))]);
    await feed.during(600);
    feed.set('beat', 1, { type: 'gauge', service: 'a' });
    feed.set('beat', 1, { type: 'gauge', service: 'b' });
    await feed.during(60);
    expect(feed.alerts()).toEqual([]);
    feed.drop('beat', 'b');
    await feed.during(45);
    expect(feed.alerts()).toEqual([]);
    await feed.after(15);
    expect(feed.states()).toEqual(['b firing']);
    // After a day it is taken to be meant: a service that was renamed.
    await feed.during(DAY + 300, () => feed.set('beat', 1, { type: 'gauge' }), 60);
    expect(feed.states()).toEqual(['b resolved']);
  });

  it('is that of growth where something counts', async () => {
    const feed = new Snapshots([rule(absent({ by: ['service.name'] }))]);
    let total = 7;
    await feed.during(120, () => feed.set('beat', total++));
    expect(feed.alerts()).toEqual([]);
    await feed.during(60);
    expect(feed.states()).toEqual(['a firing']);
    feed.set('beat', total++);
    await feed.after(15);
    expect(feed.states()).toEqual(['a resolved']);
  });

  it('is not because nobody looked', async () => {
    const feed = new Snapshots([rule(absent({ by: ['service.name'] }))]);
    feed.set('beat', 1);
    await feed.after(15);
    await feed.after(3600);
    expect(feed.alerts()).toEqual([]);
  });
});
