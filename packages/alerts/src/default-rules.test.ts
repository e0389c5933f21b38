import type { QueueObserver, Telemetry } from '@telltale/core';
import { METRICS } from '@telltale/core/conventions';
import { afterEach, describe, expect, it } from 'vitest';
import { defaultRules, type Selector } from './index.ts';
import { type WatchedService, watchedService } from './watched-service.test-support.ts';

let service: WatchedService;
afterEach(() => service?.telemetry.shutdown());

/** Several minutes of it; gives the rules that fire, and what they say. */
async function after(seconds: number, work: (telemetry: Telemetry, turn: number) => unknown, more = {}) {
  service = watchedService({}, more);
  let turn = 0;
  await service.pass(seconds, () => work(service.telemetry, turn++));
  return service.alerts
    .current()
    .filter(({ state }) => state === 'firing')
    .map(({ rule, summary }) => `${rule}: ${summary}`)
    .sort();
}

function request(telemetry: Telemetry, { status = 200, seconds = 0.05 } = {}): void {
  const operation = telemetry.request({ method: 'GET' });
  service.clock.later(seconds, () => operation.end({ status, route: '/cart' }));
}

function call(telemetry: Telemetry, { status = 200, seconds = 0.05, error = undefined as Error | undefined } = {}) {
  const operation = telemetry.boundary({ to: 'payments', operation: 'charge' });
  if (status !== 200) operation.status(status);
  service.clock.later(seconds, () => operation.end(error));
}

let images: QueueObserver;

/** All that a service does on a good day, with the faults that belong to it. */
function healthy(telemetry: Telemetry, turn: number): void {
  for (let i = 0; i < 20; i++) {
    // One in a hundred fails, one in fifty is slow, some are the callers' fault.
    request(telemetry, { status: turn % 5 === 0 && i === 0 ? 500 : i === 1 ? 404 : 200 });
    if (turn % 3 === 0 && i === 0) request(telemetry, { seconds: 3 });
    call(telemetry, i === 0 ? { status: 404 } : {});
  }
  if (turn % 4 === 0) call(telemetry, { error: new Error('reset') });
  for (let i = 0; i < 10; i++) telemetry.job('resize', { queue: 'images' }, () => {});
  if (turn % 6 === 0) telemetry.job('resize', { queue: 'images' }).end('retried', new Error('again'));
  if (turn === 0) images = telemetry.queue('images');
  if (turn === 0) images.claim();
  images.sampled({ depth: { waiting: 20 }, oldestAge: 12, workers: 2, paused: false });
  telemetry.gauge('nodejs.eventloop.utilization', { unit: '1' }).record(0.6 + 0.35 * Number(turn % 12 === 0));
  telemetry.gauge('nodejs.eventloop.delay.p99', { unit: 's' }).record(turn % 12 === 0 ? 0.2 : 0.02);
  telemetry.gauge('system.memory.utilization').record(0.7, { 'system.memory.state': 'used' });
  telemetry.gauge('system.memory.utilization').record(0.3, { 'system.memory.state': 'free' });
}

describe('the default rules', () => {
  it('are silent on half an hour of healthy traffic', async () => {
    expect(await after(1800, healthy)).toEqual([]);
    expect(service.alerts.current().filter(({ state }) => state === 'resolved')).toEqual([]);
    expect(service.told).toEqual([]);
  });

  it('are silent where nothing happens', async () => {
    expect(await after(1800, () => {})).toEqual([]);
    expect(service.alerts.current()).toEqual([]);
  });

  it('name only metrics and attributes that Telltale has', () => {
    const resource = ['service.name'];
    for (const { when, name } of defaultRules()) {
      const selectors: readonly Selector[] =
        when.type === 'ratio' ? [when.part, when.of] : when.type === 'burn-rate' ? [] : [when];
      expect(selectors.length, name).toBeGreaterThan(0);
      for (const { metric, where = {} } of selectors) {
        const convention = METRICS.find((one) => one.name === metric);
        expect(convention, metric).toBeDefined();
        const known = [...(convention?.attributes ?? []), ...resource];
        expect(known, `${name}: ${metric}`).toEqual(
          expect.arrayContaining([...Object.keys(where), ...(when.by ?? [])]),
        );
      }
    }
  });

  it('HighErrorRate: more than one request in twenty fails', async () => {
    const firing = await after(420, (telemetry, turn) => {
      for (let i = 0; i < 9; i++) request(telemetry);
      request(telemetry, { status: turn < 12 ? 200 : 503 });
    });
    expect(firing).toEqual(['HighErrorRate: 10 % of the requests to checkout fail']);
    expect(service.alerts.current()[0]).toMatchObject({
      severity: 'critical',
      labels: { alertname: 'HighErrorRate', severity: 'critical', service_name: 'checkout' },
    });
  });

  it('HighErrorRate: not for a few requests', async () => {
    expect(await after(600, (telemetry, turn) => turn % 12 === 0 && request(telemetry, { status: 500 }))).toEqual([]);
  });

  it('SlowRequests: one in ten takes three seconds', async () => {
    const firing = await after(700, (telemetry) => {
      for (let i = 0; i < 9; i++) request(telemetry);
      request(telemetry, { seconds: 3 });
    });
    expect(firing).toEqual([
      expect.stringMatching(/^SlowRequests: One request in twenty to checkout takes over 3\.75 s$/),
    ]);
  });

  it('SlowCalls and FailingCalls: a service behind this one is slow, then gone', async () => {
    expect(await after(700, (telemetry) => call(telemetry, { seconds: 4 }))).toEqual([
      expect.stringMatching(/^SlowCalls: One call in twenty from checkout to payments takes over 4\.8\d s$/),
    ]);
    expect(await after(300, (telemetry) => call(telemetry, { error: new Error('refused') }))).toEqual([
      'FailingCalls: 100 % of the calls from checkout to payments fail',
    ]);
    expect(await after(300, (telemetry) => call(telemetry, { status: 503 }))).toHaveLength(1);
    expect(await after(300, (telemetry) => call(telemetry, { status: 404 }))).toEqual([]);
  });

  it('OldJobs, StalledJobs: nobody works a queue off, or the workers die', async () => {
    let queue: QueueObserver | undefined;
    const firing = await after(180, (telemetry, turn) => {
      queue ??= telemetry.queue('emails');
      if (turn === 0) queue.claim();
      queue.sampled({ oldestAge: 600 + 5 * turn });
      if (turn === 20) queue.stalled();
    });
    expect(firing).toEqual([
      expect.stringMatching(/^OldJobs: A job in the queue emails has waited for 1\d\.\d min$/),
      'StalledJobs: Jobs of the queue emails have stalled',
    ]);
  });

  it('FailingJobs: for good, also the one run of a nightly job, and not what is tried again', async () => {
    expect(
      await after(60, (telemetry, turn) => {
        if (turn === 2) telemetry.job('nightly').end('failed', new Error('no disk'));
      }),
    ).toEqual(['FailingJobs: 100 % of the jobs nightly fail for good']);
    expect(await after(60, (telemetry) => telemetry.job('resize').end('retried', new Error('again')))).toEqual([]);
  });

  it('HighCpu, EventLoopDelay, HighMemory: the process or its machine is at its limit', async () => {
    const firing = await after(400, (telemetry) => {
      telemetry.gauge('nodejs.eventloop.utilization', { unit: '1' }).record(0.97);
      telemetry.gauge('nodejs.eventloop.delay.p99', { unit: 's' }).record(0.25);
      telemetry.gauge('system.memory.utilization').record(0.95, { 'system.memory.state': 'used' });
      telemetry.gauge('system.memory.utilization').record(0.05, { 'system.memory.state': 'free' });
    });
    expect(firing).toEqual([
      'EventLoopDelay: The event loop of checkout is late by 250 ms',
      'HighCpu: The main thread of checkout is busy for 0.97 of the time',
      'HighMemory: The machine of checkout has 0.95 of its memory in use',
    ]);
  });

  it('ExporterFailing: a backend refuses all', async () => {
    const exporter = {
      name: 'backend',
      interval: 10,
      exportMetrics: async () => {
        throw new Error('403');
      },
    };
    expect(await after(600, (telemetry) => telemetry.counter('orders').add(1), { exporters: [exporter] })).toEqual([
      'ExporterFailing: The exporter backend of checkout has delivered nothing for 5 minutes',
    ]);
  });

  it('CardinalityOverflow: an attribute has ever new values', async () => {
    const firing = await after(
      60,
      (telemetry, turn) => {
        for (let i = 0; i < 10; i++) telemetry.counter('orders').add(1, { user: `${turn}-${i}` });
      },
      { cardinality: { perInstrument: 50 } },
    );
    expect(firing).toEqual(['CardinalityOverflow: The metric orders of checkout has more series than its budget']);
  });

  it('can be otherwise, or left out', () => {
    const rules = defaultRules({
      HighErrorRate: { value: 0.2, over: 60, for: 0, severity: 'error' },
      SlowCalls: false,
    });
    expect(rules.find(({ name }) => name === 'HighErrorRate')).toMatchObject({
      when: { type: 'ratio', value: 0.2, over: 60, atLeast: 20 },
      for: 0,
      severity: 'error',
    });
    expect(rules.map(({ name }) => name)).not.toContain('SlowCalls');
    const when = { type: 'threshold', metric: 'process.memory.usage', is: '>', value: 4e8 } as const;
    expect(defaultRules({ HighMemory: { when } }).find(({ name }) => name === 'HighMemory')?.when).toEqual(when);
    expect(defaultRules()).toHaveLength(12);
  });

  it('refuse what cannot be overridden', () => {
    expect(() => defaultRules({ HighErorRate: { value: 1 } } as object)).toThrow(
      'Unknown option "defaultRules.HighErorRate"; did you mean "HighErrorRate"?',
    );
    expect(() => defaultRules({ OldJobs: { over: 3 } } as object)).toThrow(
      'Unknown option "defaultRules.OldJobs.over"',
    );
    expect(() => defaultRules({ OldJobs: { value: '3' } } as never)).toThrow(
      '(OldJobs).when.value" is "3"; give a number.',
    );
  });
});
