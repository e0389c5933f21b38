import { describe, expect, it, vi } from 'vitest';
import { measure } from './programs.test-support.ts';
import { rule, Snapshots } from './snapshots.test-support.ts';

describe('a rule with more groups than there may be', () => {
  it('tells a thousand apart, says what it leaves out, and takes others in when some are gone', async () => {
    const feed = new Snapshots([
      rule({ type: 'threshold', metric: 'depth', is: '>', value: 0, by: ['queue'] }, { name: 'Deep' }),
    ]);
    for (let queue = 0; queue < 1500; queue++) feed.set('depth', 1, { type: 'gauge', queue });
    await feed.after(15);
    expect(feed.alerts()).toHaveLength(1000);
    expect(feed.told).toEqual([
      'alerts.Deep.groups: The alert rule Deep has 1000 combinations of queue: 500 series with further ones are left out. Let it tell fewer apart (`by`), or choose fewer (`where`).',
    ]);
    feed.drop('depth');
    feed.set('depth', 1, { type: 'gauge', queue: 'late' });
    await feed.during(60);
    expect(feed.alerts().find(({ labels }) => labels.queue === 'late')?.state).toBe('firing');
  });

  it('cuts values that are long, in labels and texts', async () => {
    const feed = new Snapshots([
      rule({ type: 'threshold', metric: 'depth', is: '>', value: 0, by: ['queue'] }, { summary: '{{queue}}' }),
    ]);
    feed.set('depth', 1, { type: 'gauge', queue: 'x'.repeat(1e6) });
    const [alert] = await feed.after(15);
    expect(alert?.labels.queue).toHaveLength(256);
    expect(alert?.summary).toHaveLength(256);
  });

  it('takes no attribute for what an object has by nature', async () => {
    const feed = new Snapshots([
      rule({ type: 'threshold', metric: 'depth', is: '>', value: 0, by: ['constructor', '__proto__'] }),
    ]);
    feed.set('depth', 1, { type: 'gauge' });
    expect((await feed.after(15))[0]?.labels).toEqual({ alertname: 'Rule', severity: 'warning' });
  });
});

describe('memory', () => {
  it('stays flat while series come and go, and is bounded for the widest rules', async () => {
    const { growth, widest } = await measure();
    // Bytes. 1,000 groups, their windows of 5 minutes to 3 days full.
    expect(growth).toBeLessThan(1_000_000);
    expect(widest).toBeLessThan(16_000_000);
  });
});

describe('a rule that throws', () => {
  it('is told, and disturbs no other', async () => {
    const when = { type: 'threshold', metric: 'depth', is: '>', value: 0 } as const;
    const feed = new Snapshots([rule(when, { name: 'Bad' }), rule(when, { name: 'Good' })]);
    // No rule can be written that does; a mistake of ours could.
    const [bad] = Reflect.get(feed.evaluation, 'watches') as readonly { condition: object }[];
    Object.assign(bad?.condition ?? {}, {
      verdict: () => {
        throw new Error('a mistake');
      },
    });
    feed.set('depth', 1, { type: 'gauge' });
    await feed.after(15);
    expect(feed.alerts().map((alert) => alert.rule)).toEqual(['Good']);
    expect(feed.told).toEqual(['alerts.Bad.failed: The alert rule Bad could not be evaluated (a mistake).']);
  });
});

describe('an evaluation of many series', () => {
  it('lets others have their turn', async () => {
    const when = { type: 'threshold', metric: 'depth', is: '>', value: 0, by: ['queue'] } as const;
    const feed = new Snapshots([rule(when)]);
    for (let queue = 0; queue < 1000; queue++) feed.set('depth', 1, { type: 'gauge', queue });
    let now = 0;
    // Each look at the time finds that a slice is over.
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => {
      now += 5;
      return now;
    });
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns++;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    await feed.after(15);
    isOver = true;
    clock.mockRestore();
    expect(feed.alerts()).toHaveLength(1000);
    expect(turns).toBeGreaterThan(3);
  });
});
