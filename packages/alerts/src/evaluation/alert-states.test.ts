import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AlertRule } from '../index.ts';
import { rule, Snapshots } from './snapshots.test-support.ts';

const broken = (more: Partial<AlertRule> = {}): AlertRule =>
  rule({ type: 'threshold', metric: 'broken', is: '>', value: 0 }, more);

/** Evaluates every 15 seconds; gives the state after each. */
async function statesOf(feed: Snapshots, values: readonly number[]): Promise<readonly string[]> {
  const states: string[] = [];
  for (const value of values) {
    feed.set('broken', value, { type: 'gauge' });
    states.push((await feed.after(15))[0]?.state ?? '');
  }
  return states;
}

describe('an alert', () => {
  it('is pending until the condition has held for as long as it says', async () => {
    const feed = new Snapshots([broken({ for: 30 })]);
    expect(await statesOf(feed, [0, 1, 1, 1, 1, 0])).toEqual([
      '',
      'pending',
      'pending',
      'firing',
      'firing',
      'resolved',
    ]);
    expect(feed.alerts()).toEqual([
      {
        fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
        rule: 'Rule',
        severity: 'warning',
        state: 'resolved',
        labels: { alertname: 'Rule', severity: 'warning', service_name: 'a' },
        summary: '1',
        value: 0,
        since: 1_700_000_030,
        firedAt: 1_700_000_060,
        resolvedAt: 1_700_000_090,
        silenced: false,
      },
    ]);
  });

  it('begins anew when the condition did not hold for a moment', async () => {
    const feed = new Snapshots([broken({ for: 30 })]);
    expect(await statesOf(feed, [1, 1, 0, 1, 1, 0])).toEqual(['pending', 'pending', '', 'pending', 'pending', '']);
  });

  it('goes on firing for as long as it says: what flaps is one alert', async () => {
    const feed = new Snapshots([broken({ keepFiringFor: 60 })]);
    expect(await statesOf(feed, [1, 0, 0, 1, 0, 0, 0, 0])).toEqual([...Array(7).fill('firing'), 'resolved']);
    expect(feed.alerts()[0]?.firedAt).toBe(1_700_000_015);
  });

  it('is shown for a quarter of an hour after it was over', async () => {
    const feed = new Snapshots([broken()]);
    await statesOf(feed, [1, 0]);
    await feed.during(885);
    expect(feed.states()).toEqual(['a resolved']);
    await feed.after(15);
    expect(feed.alerts()).toEqual([]);
  });

  it('that is over is still shown when it nearly came back', async () => {
    const feed = new Snapshots([broken({ for: 30 })]);
    expect(await statesOf(feed, [1, 1, 1, 0, 1, 0])).toEqual([
      ...['pending', 'pending', 'firing', 'resolved', 'pending', 'resolved'],
    ]);
    const { fingerprint } = feed.alerts()[0] ?? {};
    await statesOf(feed, [1, 1, 1]);
    expect(feed.alerts()).toMatchObject([{ state: 'firing', fingerprint, firedAt: 1_700_000_135 }]);
  });

  it('has times of its own clock, whatever becomes of the time of day', async () => {
    const feed = new Snapshots([broken({ for: 30, keepFiringFor: 30 })]);
    feed.set('broken', 1, { type: 'gauge' });
    await feed.after(15);
    feed.offset = 1e6;
    await feed.after(15);
    expect(feed.states()).toEqual(['a pending']);
    feed.offset = -1e6;
    await feed.after(15);
    expect(feed.states()).toEqual(['a firing']);
    feed.set('broken', 0, { type: 'gauge' });
    feed.offset = 1e6;
    await feed.after(15);
    expect(feed.states()).toEqual(['a firing']);
    await feed.after(15);
    expect(feed.states()).toEqual(['a resolved']);
  });

  it('has the same fingerprint in every process, and another one for other labels', async () => {
    const prints = async (name: string, service: string) => {
      const feed = new Snapshots([broken({ name, labels: { team: 'pay', area: 'eu' } })]);
      feed.set('broken', 1, { type: 'gauge', service });
      return (await feed.after(15))[0]?.fingerprint;
    };
    expect(await prints('One', 'a')).toBe(await prints('One', 'a'));
    expect(new Set([await prints('One', 'a'), await prints('Two', 'a'), await prints('One', 'b')]).size).toBe(3);
    expect(await prints('One', 'a')).toMatchInlineSnapshot(`"18ef3bb965ec7172"`);
  });

  it('says labels and value in its texts, and has the rule’s labels', async () => {
    const feed = new Snapshots([
      broken({
        severity: 'error',
        labels: { team: 'pay' },
        summary: '{{ service_name }} of {{team}}: {{value}}, {{alertname}}',
        description: 'See {{service_name}}.',
        runbook: 'https://runbooks.example.com/{{alertname}}',
      }),
    ]);
    feed.set('broken', 0.123456, { type: 'gauge', service: '<script>{{team}}' });
    expect(await feed.after(15)).toMatchObject([
      {
        severity: 'error',
        labels: { alertname: 'Rule', severity: 'error', team: 'pay', service_name: '<script>{{team}}' },
        summary: '<script>{{team}} of pay: 0.123, Rule',
        description: 'See <script>{{team}}.',
        runbook: 'https://runbooks.example.com/Rule',
      },
    ]);
  });

  it('is what a plain reading of the rule says, for any history', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { maxLength: 60 }),
        fc.integer({ min: 0, max: 5 }),
        fc.integer({ min: 0, max: 5 }),
        async (held, forTurns, keepTurns) => {
          const feed = new Snapshots([broken({ for: forTurns * 15, keepFiringFor: keepTurns * 15 })]);
          const states = await statesOf(feed, held.map(Number));
          let firing = false;
          for (let i = 0; i < held.length; i++) {
            const run = held
              .slice(0, i + 1)
              .reverse()
              .findIndex((one) => !one);
            const heldFor = run === -1 ? i + 1 : run;
            const gap = held
              .slice(0, i + 1)
              .reverse()
              .indexOf(true);
            if (!firing) firing = heldFor > forTurns;
            else firing = gap < Math.max(1, keepTurns);
            expect(states[i] === 'firing').toBe(firing);
            if (!firing) expect(states[i] === 'pending').toBe(heldFor > 0);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
