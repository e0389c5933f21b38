import type { HistogramPoint, MetricReader, MetricsSource, Resource } from '@telltale/core';
import { describe, expect, it } from 'vitest';
import { boardOf, readBoard } from './board.test-support.ts';
import { Board } from './board.ts';
import type { ReadTables } from './lines.ts';

const START = 1_700_000_000;
const RESOURCE: Resource = { attributes: { 'service.name': 'far', 'service.instance.id': 'i1' } };
const ROUTE = { 'http.route': '/a', 'http.request.method': 'GET', 'http.response.status_code': 200 };

interface Given {
  readonly attributes: HistogramPoint['attributes'];
  readonly counts: readonly number[];
  readonly time: number;
  readonly startTime?: number;
  readonly boundaries?: readonly number[];
}

/** What a sidecar has of a service: cumulative totals that come when they come. */
function source(points: readonly Given[], resource = RESOURCE): MetricsSource {
  const boundaries = points[0]?.boundaries ?? [0.1, 1];
  const reader = {
    name: 'http.server.request.duration',
    description: '',
    unit: 's',
    type: 'histogram',
    temporality: 'cumulative',
    scope: { name: 'otel' },
    resource,
    boundaries,
    size: points.length,
    *read() {
      for (const { attributes, counts, time, startTime = START } of points) {
        const count = counts.reduce((sum, one) => sum + one, 0);
        yield { attributes, startTime, time, count, sum: 0, min: undefined, max: undefined, counts, exemplars: [] };
      }
    },
  } satisfies MetricReader;
  return { resource: { attributes: { 'service.name': 'sidecar' } }, open: async () => [reader], problem: () => {} };
}

/** Reads at each of these times what there was then. */
async function readings(steps: readonly (readonly [now: number, points: readonly Given[]])[]): Promise<ReadTables[]> {
  const board = new Board(200);
  const tables: ReadTables[] = [];
  for (const [now, points] of steps) tables.push(await readBoard(board, source(points), () => now));
  return tables;
}

const route = (tables: ReadTables | undefined) => tables?.routes.rows[0];

describe('series of others', () => {
  it('that are told every minute have the rate of that minute until the next, and then none', async () => {
    const at = (time: number, n: number): Given => ({
      attributes: ROUTE,
      counts: [n * 0.9, n * 0.1, 0],
      time: START + time,
    });
    const steps: [number, Given[]][] = [];
    for (let now = 0; now < 400; now++)
      steps.push([now, [at(Math.min(180, Math.floor(now / 60) * 60), 600 * Math.min(3, Math.floor(now / 60)))]]);
    const tables = await readings(steps);
    for (const now of [61, 100, 119, 121, 200, 320]) {
      expect(route(tables[now])).toMatchObject({ rate: 10, p50: expect.closeTo(0.055, 2) });
    }
    expect(route(tables[59])?.rate).toBe(0);
    // Two and a half minutes after the last word.
    expect(route(tables[380])).toMatchObject({ rate: 0, count: 1800 });
  });

  it('that begin anew have never less than nothing', async () => {
    const [, grown, fallen, again] = await readings([
      [0, [{ attributes: ROUTE, counts: [100, 0, 0], time: START }]],
      [1, [{ attributes: ROUTE, counts: [110, 0, 0], time: START + 1 }]],
      [2, [{ attributes: ROUTE, counts: [3, 0, 0], time: START + 2, startTime: START + 1.5 }]],
      // More than before the restart, but of another start.
      [3, [{ attributes: ROUTE, counts: [5, 0, 0], time: START + 3, startTime: START + 2.5 }]],
    ]);
    expect(route(grown)?.rate).toBe(10);
    expect(route(fallen)).toMatchObject({ count: 3, rate: 6.5 });
    expect(route(again)).toMatchObject({ count: 5, rate: 6 });
  });

  it('that vanish take their row along, when what they told is out of the window', async () => {
    const other = { ...ROUTE, 'http.route': '/b' };
    const both = (now: number): Given[] => [
      { attributes: ROUTE, counts: [now, 0, 0], time: START + now },
      { attributes: other, counts: [now * 2, 0, 0], time: START + now },
    ];
    const steps: [number, Given[]][] = [0, 1, 2].map((now) => [now, both(now)]);
    for (let now = 3; now < 20; now++) steps.push([now, both(now).slice(0, 1)]);
    const tables = await readings(steps);
    expect(tables[3]?.routes.rows.map(({ route: name, rate }) => [name, rate])).toEqual([
      ['/b', expect.closeTo(4 / 3, 2)],
      ['/a', 1],
    ]);
    expect(tables[19]?.routes.rows.map(({ route: name }) => name)).toEqual(['/a']);
    expect(tables[19]?.services.rows[0]?.requests).toMatchObject({ count: 19, rate: 1 });
  });

  it('that are divided anew are compared from then on', async () => {
    const point = (counts: number[], time: number, boundaries: number[]): Given => ({
      attributes: ROUTE,
      counts,
      time: START + time,
      boundaries,
    });
    const tables = await readings([
      [0, [point([10, 0, 0], 0, [0.1, 1])]],
      [1, [point([10, 10, 0], 1, [0.1, 1])]],
      [2, [point([30, 0], 2, [5])]],
      [3, [point([30, 10], 3, [5])]],
    ]);
    expect(route(tables[1])?.p50).toBeCloseTo(0.55, 2);
    expect(route(tables[3])).toMatchObject({ rate: expect.closeTo(20 / 3, 2), p99: expect.closeTo(4.92, 2) });
  });

  it('of several instances are one row of rates, and several services of one name one service', async () => {
    const board = new Board(200);
    const other: Resource = { attributes: { 'service.name': 'far', 'service.instance.id': 'i2' } };
    const both = (now: number): MetricsSource => ({
      ...source([]),
      open: async () => [
        ...(await source([{ attributes: ROUTE, counts: [now, 0, 0], time: START + now }]).open()),
        // Divided differently.
        ...(await source(
          [{ attributes: ROUTE, counts: [0, now], time: START + now, boundaries: [0.5] }],
          other,
        ).open()),
      ],
    });
    await readBoard(board, both(0), () => 0);
    const tables = await readBoard(board, both(10), () => 10);
    expect(tables.services.rows).toMatchObject([{ id: 'far', instances: 2, requests: { count: 20, rate: 2 } }]);
    expect(tables.routes.rows).toMatchObject([{ count: 20, rate: 2, p50: expect.closeTo(0.1, 2), p95: 0.46 }]);
  });

  it('with names that mean something to JavaScript, to JSON or to HTML are names', async () => {
    const names = ['__proto__', 'constructor', '</script><script>alert(1)</script>', 'a|b\\n\nc', '\ud800'];
    const { telemetry, read } = boardOf();
    for (const name of names) {
      telemetry.request({ method: 'GET' }).end({ status: 200, route: name });
      telemetry.job(name, { queue: name }, () => {});
      const queue = telemetry.queue(name);
      if (queue.claim()) queue.sampled({ depth: { [name]: 1, waiting: 2 } });
      telemetry.boundary({ to: name, operation: name }).end();
    }
    const tables = JSON.parse(JSON.stringify(await read())) as ReadTables;
    for (const table of [tables.routes, tables.jobs, tables.queues, tables.calls]) {
      expect(new Set(table.rows.map(({ id }) => id)).size).toBe(names.length);
    }
    const depth = tables.queues.rows.find(({ queue }) => queue === '__proto__')?.depth;
    expect(Object.entries(depth ?? {}).sort()).toEqual([
      ['__proto__', 1],
      ['waiting', 2],
    ]);
  });

  it('of the machine are rates of what grows and values of what is', async () => {
    const { telemetry, clock, read } = boardOf();
    const meter = telemetry.meterProvider.getMeter('host');
    let at = 1e6;
    const counter = (name: string, points: readonly [Record<string, string>, number][]) =>
      meter.createObservableCounter(name).addCallback((result) => {
        for (const [attributes, each] of points) result.observe(at * each, attributes);
      });
    const gauge = (name: string, points: readonly [Record<string, string>, number][]) =>
      meter.createObservableGauge(name).addCallback((result) => {
        for (const [attributes, value] of points) result.observe(value, attributes);
      });
    counter('system.network.io', [
      [{ 'network.interface.name': 'eth0', 'network.io.direction': 'receive' }, 3],
      [{ 'network.interface.name': 'eth0', 'network.io.direction': 'transmit' }, 1],
      [{ 'network.interface.name': 'lo', 'network.io.direction': 'receive' }, 99],
    ]);
    counter('system.disk.io', [[{ 'disk.io.direction': 'write' }, 5]]);
    gauge('process.cpu.utilization', [
      [{ 'process.cpu.state': 'user' }, 0.2],
      [{ 'process.cpu.state': 'system' }, 0.1],
    ]);
    gauge('system.cpu.utilization', [
      [{ 'system.cpu.logical_number': '0', 'system.cpu.state': 'idle' }, 0.8],
      [{ 'system.cpu.logical_number': '0', 'system.cpu.state': 'user' }, 0.2],
      [{ 'system.cpu.logical_number': '1', 'system.cpu.state': 'idle' }, 0.6],
    ]);
    gauge('system.filesystem.utilization', [
      [{ 'system.filesystem.mountpoint': '/' }, 0.4],
      [{ 'system.filesystem.mountpoint': '/data' }, 0.9],
    ]);
    gauge('process.memory.usage', [[{}, 5e7]]);
    gauge('nodejs.eventloop.delay.p99', [[{}, 0.02]]);
    const gc = meter.createHistogram('v8js.gc.duration', { unit: 's' });
    gc.record(0.1, { 'v8js.gc.type': 'minor' });
    await read();
    at += 100;
    gc.record(0.3, { 'v8js.gc.type': 'minor' });
    await clock.advance(10);
    const { runtime, services } = await read();
    expect(runtime.rows).toMatchObject([
      {
        service: 'shop',
        instance: expect.stringMatching(/^[\da-f]{8}$/),
        networkReceived: 30,
        networkSent: 10,
        diskRead: null,
        diskWritten: 50,
        cpu: 0.3,
        systemCpu: 0.3,
        gc: 0.03,
        memory: 5e7,
        eventLoopP99: 0.02,
        disks: [
          { mount: '/data', used: 0.9 },
          { mount: '/', used: 0.4 },
        ],
      },
    ]);
    expect(services.rows).toMatchObject([{ cpu: 0.3, memory: 5e7, eventLoopDelay: 0.02 }]);
  });
});
