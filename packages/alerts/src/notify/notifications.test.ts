import { ExportError } from '@telltale/core';
import { describe, expect, it } from 'vitest';
import { alerts } from '../index.ts';
import { alertOf, memoryNotifier, Stage } from './stage.test-support.ts';

describe('what breaks together', () => {
  it('is told together, once, when the group has waited', async () => {
    const receiver = memoryNotifier();
    const stage = new Stage([receiver]);
    stage.fire('a');
    await stage.pass(6);
    stage.fire('b');
    expect(receiver.told()).toEqual([]);
    await stage.pass(12);
    expect(receiver.told()).toEqual([['firing a', 'firing b']]);
    await stage.pass(3600);
    expect(receiver.notifications).toHaveLength(1);
    expect(receiver.notifications[0]).toMatchObject({
      status: 'firing',
      groupLabels: { alertname: 'SlowCalls', service_name: 'pay' },
      stillFiring: 0,
      repeated: false,
    });
  });

  it('is told by group: other rules and services by themselves', async () => {
    const receiver = memoryNotifier();
    const stage = new Stage([receiver]);
    stage.fire('a');
    stage.fire('b', { service_name: 'mail' });
    stage.fire('c', { alertname: 'HighCpu' });
    await stage.pass(20);
    expect(receiver.told()).toEqual([['firing a'], ['firing b'], ['firing c']]);
    expect(new Set(receiver.notifications.map(({ groupKey }) => groupKey)).size).toBe(3);
  });

  it('is told all together with no labels to group by', async () => {
    const receiver = memoryNotifier();
    const stage = new Stage([receiver], { groupBy: [] });
    stage.fire('a');
    stage.fire('b', { alertname: 'HighCpu' }, { severity: 'critical' });
    await stage.pass(20);
    expect(receiver.told()).toEqual([['firing b', 'firing a']]);
  });
});

describe('a change of a group', () => {
  it('is told, and only it, not before the interval has passed', async () => {
    const receiver = memoryNotifier();
    const stage = new Stage([receiver], { groupInterval: 60 });
    stage.fire('a');
    await stage.pass(20);
    stage.fire('b');
    stage.fire('c');
    await stage.pass(30);
    expect(receiver.told()).toEqual([['firing a']]);
    await stage.pass(60);
    expect(receiver.told()).toEqual([['firing a'], ['firing b', 'firing c']]);
    expect(receiver.notifications[1]?.stillFiring).toBe(1);
    stage.resolve('a');
    await stage.pass(120);
    expect(receiver.notifications[2]).toMatchObject({ status: 'resolved', stillFiring: 2 });
    stage.resolve('b');
    stage.resolve('c');
    await stage.pass(120);
    expect(receiver.told().slice(2)).toEqual([['resolved a'], ['resolved b', 'resolved c']]);
    await stage.pass(3600);
    expect(receiver.notifications).toHaveLength(4);
  });

  it('is no news when it was undone before it was told', async () => {
    const receiver = memoryNotifier();
    const stage = new Stage([receiver]);
    stage.fire('a');
    await stage.pass(6);
    stage.resolve('a');
    await stage.pass(3600);
    expect(receiver.told()).toEqual([]);
  });

  it('is told as resolved when an alert is gone without a word', async () => {
    const receiver = memoryNotifier();
    const stage = new Stage([receiver]);
    stage.fire('a');
    await stage.pass(20);
    stage.vanish('a');
    await stage.pass(120);
    expect(receiver.told()).toEqual([['firing a'], ['resolved a']]);
    expect(receiver.notifications[1]?.alerts[0]?.resolvedAt).toBeGreaterThan(1_700_000_020);
  });

  it('is the end of one alert and the beginning of another when it fires again', async () => {
    const receiver = memoryNotifier();
    const stage = new Stage([receiver]);
    stage.fire('a');
    await stage.pass(20);
    stage.resolve('a');
    await stage.pass(120);
    stage.fire('a');
    await stage.pass(120);
    stage.resolve('a');
    await stage.pass(6);
    stage.fire('a');
    await stage.pass(120);
    expect(receiver.told()).toEqual([['firing a'], ['resolved a'], ['firing a'], ['firing a', 'resolved a']]);
    stage.vanish('a');
    await stage.pass(120);
    expect(receiver.told()[4]).toEqual(['resolved a']);
  });
});

describe('a notifier', () => {
  it('hears only of what it asked for', async () => {
    const all = memoryNotifier();
    const pager = memoryNotifier({ name: 'pager', only: { severity: 'critical' }, resolved: false });
    const stage = new Stage([all, pager]);
    stage.fire('a');
    stage.fire('b', {}, { severity: 'critical' });
    await stage.pass(20);
    stage.resolve('a');
    stage.resolve('b');
    await stage.pass(120);
    expect(all.told()).toEqual([
      ['firing b', 'firing a'],
      ['resolved b', 'resolved a'],
    ]);
    expect(pager.told()).toEqual([['firing b']]);
  });

  it('is told again what still fires when it wants to be, and is told at once when it waits by itself', async () => {
    const receiver = memoryNotifier({ immediate: true, repeatEvery: 60 });
    const stage = new Stage([receiver], { groupWait: 30, groupInterval: 300 });
    stage.fire('a');
    await stage.pass(7);
    expect(receiver.told()).toEqual([['firing a']]);
    stage.fire('b');
    await stage.pass(7);
    expect(receiver.told()).toEqual([['firing a'], ['firing b']]);
    await stage.pass(130);
    expect(receiver.told().slice(2)).toEqual([
      ['firing a', 'firing b'],
      ['firing a', 'firing b'],
    ]);
    expect(receiver.notifications.map(({ repeated }) => repeated)).toEqual([false, false, true, true]);
    expect(new Set(receiver.notifications.map(({ id }) => id)).size).toBe(4);
    stage.resolve('a');
    stage.resolve('b');
    await stage.pass(300);
    expect(receiver.told().slice(4)).toEqual([['resolved a', 'resolved b']]);
  });

  it('that fails does not keep others from being told', async () => {
    const receiver = memoryNotifier();
    const dead = memoryNotifier({ name: 'dead', send: () => Promise.reject(new Error('connect ECONNREFUSED')) });
    const hangs = memoryNotifier({ name: 'hangs', send: () => new Promise(() => {}) });
    const stage = new Stage([dead, hangs, receiver]);
    stage.answers = () => false;
    stage.fire('a');
    await stage.pass(600);
    expect(receiver.told()).toEqual([['firing a']]);
    expect(stage.health('dead')).toMatchObject({ status: 'failing', accepted: 0, circuit: 'open' });
    expect(stage.health('hangs').status).toBe('failing');
  });
});

describe('after a failure', () => {
  it('what was told is not told again, and the rest is told as it is then', async () => {
    let fails = true;
    const receiver = memoryNotifier();
    const told: string[][] = [];
    const notifier = memoryNotifier({
      send: async (notification, context) => {
        const [first] = notification.alerts;
        if (fails && first !== undefined) {
          told.push([`${first.state} ${first.labels.instance}`]);
          context.told([first]);
          throw new ExportError('503', { retryAfter: 30 });
        }
        told.push(notification.alerts.map(({ state, labels }) => `${state} ${labels.instance}`));
      },
    });
    const stage = new Stage([{ ...notifier, name: 'partly' }, receiver]);
    stage.fire('a');
    stage.fire('b');
    stage.fire('c');
    await stage.pass(17);
    expect(told).toEqual([['firing a']]);
    fails = false;
    stage.resolve('b');
    await stage.pass(120);
    expect(told).toEqual([['firing a'], ['firing c']]);
    expect(stage.health('partly')).toMatchObject({ accepted: 1, unknown: 0, rejected: 0 });
    stage.resolve('a');
    stage.resolve('c');
    await stage.pass(120);
    expect(told[2]).toEqual(['resolved a', 'resolved c']);
  });

  it('of unknown outcome it counts as told, unless the receiver knows copies', async () => {
    for (const idempotent of [false, true]) {
      const told: string[] = [];
      let losses = 1;
      const notifier = memoryNotifier({
        idempotent,
        send: async ({ alerts, id }) => {
          told.push(`${id} ${alerts.map(({ state, labels }) => `${state} ${labels.instance}`).join()}`);
          if (losses-- > 0) throw new ExportError('no answer', { outcomeUnknown: true });
        },
      });
      const stage = new Stage([notifier]);
      stage.fire('a');
      await stage.pass(60);
      expect(told).toHaveLength(idempotent ? 2 : 1);
      expect(new Set(told).size).toBe(1);
      expect(stage.health('memory')).toMatchObject({ unknown: 1, accepted: idempotent ? 1 : 0 });
      stage.resolve('a');
      await stage.pass(120);
      expect(told.at(-1)).toContain('resolved a');
      expect(told).toHaveLength(idempotent ? 3 : 2);
    }
  });

  it('of unknown outcome, what is over meanwhile is told as resolved, since it may have been told', async () => {
    let lost = true;
    const receiver = memoryNotifier();
    const notifier = memoryNotifier({
      idempotent: true,
      send: async (notification) => {
        if (lost) throw new ExportError('no answer', { outcomeUnknown: true, retryAfter: 20 });
        receiver.notifications.push(notification);
      },
    });
    const stage = new Stage([notifier]);
    stage.fire('a');
    await stage.pass(18);
    stage.resolve('a');
    lost = false;
    await stage.pass(120);
    expect(receiver.told()).toEqual([['resolved a']]);
  });

  it('what is refused for good is counted, not told again, and not told as resolved', async () => {
    const tries: string[] = [];
    const notifier = memoryNotifier({
      send: async ({ alerts }) => {
        tries.push(alerts.map(({ state, labels }) => `${state} ${labels.instance}`).join());
        if (tries.length === 1) throw new ExportError('answered 400 (bad)', { retryable: false });
      },
    });
    const stage = new Stage([notifier]);
    stage.fire('a');
    await stage.pass(120);
    stage.fire('b');
    await stage.pass(120);
    stage.resolve('a');
    stage.resolve('b');
    await stage.pass(120);
    expect(tries).toEqual(['firing a', 'firing b', 'resolved b']);
    expect(stage.health('memory')).toMatchObject({ rejected: 1, accepted: 2 });
    expect(stage.problems.map(({ message }) => message)).toEqual([
      '1 of the metrics were refused (answered 400 (bad)) and given up. Further ones are counted in health().',
      'Exporting metrics failed (answered 400 (bad)). It is not tried again. Further failures are counted in health().',
      expect.stringContaining('works again'),
    ]);
  });
});

describe('at the end', () => {
  it('of the telemetry, what waits is told, and what the last evaluation finds', async () => {
    const receiver = memoryNotifier();
    let closed = 0;
    const stage = new Stage([{ ...receiver, close: () => void closed++ }], { groupWait: 3600 });
    stage.fire('a');
    await stage.pass(20);
    const ending = stage.telemetry.shutdown();
    stage.fire('b');
    stage.evaluate();
    stage.notifications.complete();
    await ending;
    expect(receiver.told()).toEqual([['firing a', 'firing b']]);
    expect(closed).toBe(1);
    stage.fire('c');
    stage.evaluate();
    await stage.pass(7200);
    expect(receiver.notifications).toHaveLength(1);
  });

  it('of alerting, what waits is told, and the exporters are taken off', async () => {
    const receiver = memoryNotifier();
    const stage = new Stage([receiver], { groupWait: 3600 });
    stage.fire('a');
    await stage.pass(20);
    await stage.notifications.stop();
    expect(receiver.told()).toEqual([['firing a']]);
    expect(stage.telemetry.health().exporters).toEqual([]);
    await stage.notifications.stop();
  });

  it('a receiver that does not answer keeps nobody', async () => {
    const hangs = memoryNotifier({ send: () => new Promise(() => {}) });
    const stage = new Stage([hangs]);
    stage.answers = () => false;
    stage.fire('a');
    await stage.pass(20);
    stage.notifications.complete();
    const ending = stage.telemetry.shutdown();
    await stage.clock.advance(60);
    await ending;
    expect(stage.health('memory')).toMatchObject({ unknown: 1 });
  });
});

it('where another process leads, nothing is known any more, and nothing told', async () => {
  const receiver = memoryNotifier();
  let lead: (leads: boolean) => void = () => {};
  const stage = new Stage([receiver], {}, (listener) => {
    lead = listener;
    listener(true);
  });
  stage.fire('a');
  await stage.pass(20);
  lead(false);
  stage.vanish('a');
  await stage.pass(120);
  lead(true);
  stage.fire('a');
  await stage.pass(120);
  expect(receiver.told()).toEqual([['firing a'], ['firing a']]);
});

describe('costs', () => {
  it('nothing is looked at while there is nothing to tell', async () => {
    const receiver = memoryNotifier();
    const stage = new Stage([receiver]);
    let asked = 0;
    const covers = stage.silences.covers.bind(stage.silences);
    stage.silences.covers = (labels) => {
      asked++;
      return covers(labels);
    };
    stage.fire('a');
    await stage.pass(20);
    asked = 0;
    await stage.clock.advance(600);
    expect(asked).toBe(0);
  });

  it('no more than 20,000 alerts are told, and these once; more when others are over', async () => {
    const receiver = memoryNotifier();
    const stage = new Stage([receiver]);
    const alerts = Array.from({ length: 20_003 }, (_, i) => alertOf(`i${i}`));
    stage.notifications.update(alerts);
    await stage.clock.advance(300);
    expect(receiver.notifications.map(({ alerts: told }) => told.length)).toEqual([20_000]);
    stage.notifications.update(alerts.slice(2));
    await stage.clock.advance(300);
    expect(receiver.told().slice(1)).toEqual([
      ['resolved i0', 'resolved i1'],
      ['firing i20000', 'firing i20001'],
    ]);
  });

  it('more groups than 1,000 are told together', async () => {
    const receiver = memoryNotifier();
    const stage = new Stage([receiver]);
    const alerts = Array.from({ length: 1010 }, (_, i) => alertOf(`i${i}`, { service_name: `s${i}` }));
    stage.notifications.update(alerts);
    await stage.clock.advance(60);
    expect(receiver.notifications).toHaveLength(1001);
    expect(receiver.notifications.find(({ alerts: told }) => told.length > 1)).toMatchObject({ groupLabels: {} });
    expect(receiver.notifications.flatMap(({ alerts: told }) => told)).toHaveLength(1010);
  });
});

it('refuses what cannot be, with the mend', () => {
  const make =
    (more: object = {}) =>
    () =>
      new Stage([memoryNotifier()], more);
  expect(make({ groupWait: -1 })).toThrow(
    '"groupWait" is -1; give a number of seconds, 0 or more and at most 2147483.',
  );
  expect(make({ groupInterval: Number.NaN })).toThrow(/"groupInterval" is NaN/);
  expect(make({ groupBy: 'alertname' })).toThrow(/"groupBy" is "alertname"; give the names of labels/);
  expect(() => new Stage([memoryNotifier(), memoryNotifier()])).toThrow(
    /Two notifiers are called "memory".*give one another `name`/,
  );
  expect(() => new Stage([memoryNotifier({ name: 'a b' })])).toThrow(/"notify\[0\].name" is "a b"/);
  expect(() => alerts(make()().telemetry, { notify: [{ name: 'a' } as never] })).toThrow(
    /"notify\[0\]" is no notifier: it has no function `send`/,
  );
  expect(() => new Stage([memoryNotifier({ repeatEvery: 0 })])).toThrow(/"notify\[0\].repeatEvery" is 0/);
  expect(() => new Stage([memoryNotifier({ only: { severity: 3 } as never })])).toThrow(
    /"notify\[0\].only.severity" is 3/,
  );
});
