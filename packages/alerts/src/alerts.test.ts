import { createTelemetry, type Gathering, type GatheringHost, type MetricsSnapshot } from '@telltale/core';
import { ManualClock } from '@telltale/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { type AlertRule, alerts, type Notification, type Notifier } from './index.ts';
import { type WatchedService, watchedService } from './watched-service.test-support.ts';

const DEEP: AlertRule = {
  name: 'Deep',
  when: { type: 'threshold', metric: 'depth', is: '>', value: 10, by: ['queue'] },
  summary: '{{queue}} has {{value}}',
};
const DOWN: AlertRule = {
  name: 'Down',
  when: { type: 'threshold', metric: 'up', is: '<', value: 1 },
  severity: 'critical',
  summary: 'down',
};

let service: WatchedService;
afterEach(() => service?.telemetry.shutdown());

function watched(options: Parameters<typeof watchedService>[0] = {}): WatchedService {
  service = watchedService({ rules: [DEEP, DOWN], ...options });
  return service;
}

/** Keeps what it is told. */
function listener(name = 'listener'): Notifier & { readonly got: Notification[] } {
  const got: Notification[] = [];
  return { name, got, send: async (notification) => void got.push(notification) };
}

describe('alerts', () => {
  it('are evaluated every 15 seconds, as an exporter that health shows', async () => {
    const { telemetry, clock, alerts: watching } = watched();
    telemetry.gauge('depth').record(11, { queue: 'one' });
    expect(watching.current()).toEqual([]);
    await clock.advance(17);
    expect(watching.current()).toMatchObject([
      { rule: 'Deep', state: 'firing', summary: 'one has 11', silenced: false },
    ]);
    telemetry.gauge('depth').record(1, { queue: 'one' });
    await clock.advance(17);
    expect(watching.current()).toMatchObject([{ rule: 'Deep', state: 'resolved' }]);
    expect(telemetry.health().exporters).toMatchObject([{ name: 'alerts', status: 'ok' }]);
  });

  it('are evaluated when asked to, and as often as they are told to', async () => {
    const { telemetry, clock, alerts: watching } = watched({ interval: 300 });
    telemetry.gauge('depth').record(11, { queue: 'one' });
    await clock.advance(100);
    expect(watching.current()).toEqual([]);
    await Promise.all([watching.evaluate(), watching.evaluate()]);
    expect(watching.current()).toHaveLength(1);
  });

  it('are the default rules’ unless there are others', async () => {
    service = watchedService();
    service.telemetry.job('nightly').end('failed', new Error('no disk'));
    await service.pass(20);
    expect(service.firing()).toEqual(['FailingJobs']);
  });

  it('are about what is observed, too: a total that somebody else keeps, and that begins anew', async () => {
    const when = { type: 'rate', metric: 'pool.opened', over: 60, is: '>', value: 1 } as const;
    const { telemetry, pass, alerts: watching } = watched({ rules: [{ name: 'Opens', when, summary: '{{value}}' }] });
    let total = 1e6;
    telemetry.observableCounter('pool.opened', {}, async ({ observe }) => observe(total));
    const open = (count: number) => () => {
      total += count;
    };
    await pass(300, open(1));
    total = 0;
    await pass(120, open(1));
    expect(watching.current()).toEqual([]);
    await pass(120, open(20));
    expect(watching.current()).toMatchObject([
      { state: 'firing', summary: expect.stringMatching(/^(3\.\d+|4(\.\d+)?)\/s$/) },
    ]);
  });

  it('come with the most severe first, then the newest', async () => {
    const { telemetry, pass, alerts: watching } = watched();
    telemetry.gauge('depth').record(11, { queue: 'one' });
    await pass(20);
    telemetry.gauge('depth').record(11, { queue: 'two' });
    telemetry.gauge('up').record(0);
    await pass(20);
    expect(watching.current().map(({ rule, labels }) => labels.queue ?? rule)).toEqual(['Down', 'two', 'one']);
  });

  it('are told, and told to be over, to all notifiers', async () => {
    const [one, two] = [listener('one'), listener('two')];
    const { telemetry, pass } = watched({ notify: [one, two] });
    telemetry.gauge('up').record(0);
    await pass(60);
    telemetry.gauge('up').record(1);
    await pass(120);
    for (const { got } of [one, two]) expect(got.map(({ status }) => status)).toEqual(['firing', 'resolved']);
    expect(telemetry.health().exporters.map(({ name }) => name)).toEqual(['alerts', 'alerts-one', 'alerts-two']);
  });

  it('that are silenced are shown and not told', async () => {
    const one = listener();
    const {
      telemetry,
      pass,
      alerts: watching,
    } = watched({
      notify: [one],
      silences: [{ match: { alertname: 'Down' }, seconds: 90, comment: 'deployment' }],
    });
    telemetry.gauge('up').record(0);
    await pass(80);
    expect(watching.current()).toMatchObject([{ rule: 'Down', state: 'firing', silenced: true }]);
    expect(watching.silences()).toMatchObject([{ comment: 'deployment', until: 1_700_000_090 }]);
    expect(one.got).toEqual([]);
    await pass(80);
    expect(watching.current()).toMatchObject([{ silenced: false }]);
    expect(one.got).toHaveLength(1);
    const end = watching.silence({ match: { alertname: '*' }, seconds: 60 });
    expect(watching.current()).toMatchObject([{ silenced: true }]);
    end();
    expect(watching.current()).toMatchObject([{ silenced: false }]);
  });

  it('end: nothing is evaluated, nothing told, no timer left', async () => {
    const one = listener();
    const { telemetry, clock, pass, alerts: watching } = watched({ notify: [one] });
    const before = clock.pending;
    expect(before).toBeGreaterThan(0);
    await watching.stop();
    await watching.stop();
    telemetry.gauge('up').record(0);
    await pass(120);
    await watching.evaluate();
    expect(watching.current()).toEqual([]);
    expect(one.got).toEqual([]);
    expect(telemetry.health().exporters).toEqual([]);
    expect(clock.pending).toBe(0);
    expect(() => alerts(undefined as never)).toThrow('alerts needs a telemetry');
    expect(() => alerts(telemetry)).not.toThrow();
  });

  it('are there once, and leave nothing behind where they cannot be', async () => {
    const { telemetry } = watched();
    expect(() => alerts(telemetry)).toThrow('Two exporters are called "alerts"');
    const other = createTelemetry({ service: { name: 'a' }, clock: new ManualClock(), shutdown: { signals: false } });
    expect(() => alerts(other, { notify: [{ name: 'x' } as Notifier] })).toThrow();
    await other.flush();
    expect(other.health().exporters).toEqual([]);
    await other.shutdown();
  });

  it('tell what the last metrics say before the service ends', async () => {
    const one = listener();
    const { telemetry } = watched({ notify: [one] });
    telemetry.gauge('up').record(0);
    await telemetry.shutdown();
    expect(one.got).toMatchObject([{ status: 'firing', alerts: [{ rule: 'Down' }] }]);
  });

  it('are another process’s when that one exports: what was known here is forgotten', async () => {
    let host: GatheringHost | undefined;
    const gather: Gathering = {
      join: (given) => {
        host = given;
        return {
          role: 'gatherer',
          open: () => given.open(),
          readers: () => given.readers(),
          offerSpan: () => {},
          offerEvent: () => {},
          flush: async () => {},
          announceEnd: () => {},
          handOver: async () => {},
          leave: async () => {},
          health: () => ({ role: 'gatherer', group: 'g', members: 1, series: 1 }),
          acknowledged: async () => [],
          keepAcknowledged: async () => {},
        };
      },
    };
    service = watchedService({ rules: [DEEP] }, { gather });
    const { telemetry, pass, alerts: watching } = service;
    telemetry.gauge('depth').record(11, { queue: 'one' });
    await pass(60);
    expect(watching.current()).toEqual([]);
    host?.lead(true);
    await pass(60);
    expect(watching.current()).toHaveLength(1);
    host?.lead(false);
    expect(watching.current()).toEqual([]);
    await pass(60);
    expect(watching.current()).toEqual([]);
  });

  it('hold while metrics cannot be had', async () => {
    const { telemetry, alerts: watching } = watched();
    const broken = {
      addExporter: () => async () => {},
      collect: async (): Promise<MetricsSnapshot> => {
        throw new Error('gone');
      },
      snapshot: () => telemetry.snapshot(),
      monotonic: () => telemetry.monotonic(),
      problem: () => {},
      resource: telemetry.resource,
    };
    await expect(alerts(broken).evaluate()).resolves.toBeUndefined();
    expect(watching.current()).toEqual([]);
  });
});
