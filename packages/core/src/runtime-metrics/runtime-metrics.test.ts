import { statfs } from 'node:fs/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Exporter, Gathering, GatheringHost, MetricsSource, Point, TelemetryOptions } from '../index.ts';
import { startProgram, testTelemetry } from '../telemetry.test-support.ts';

/** A telemetry whose metrics are read as a scrape reads them. */
function scraped(options: Partial<TelemetryOptions> = {}) {
  let source: MetricsSource | undefined;
  const exporter: Exporter = {
    name: 'serves',
    start: (given) => {
      source = given;
    },
  };
  const all = testTelemetry({ exporters: [exporter], runtime: true, ...options });
  const readers = () => (source as MetricsSource).open();
  /** Of metrics that have series. */
  const names = async (): Promise<string[]> =>
    (await readers())
      .filter((reader) => !reader.name.startsWith('telltale.') && [...reader.read()].length > 0)
      .map(({ name }) => name);
  const read = async (name: string): Promise<Record<string, number>> => {
    const points = (await readers()).filter((one) => one.name === name).flatMap((one): Point[] => [...one.read()]);
    return Object.fromEntries(
      points.map((point) => [
        Object.entries(point.attributes)
          .map(([key, value]) => `${key.slice(key.lastIndexOf('.') + 1)}=${String(value)}`)
          .sort()
          .join(' '),
        'value' in point ? point.value : point.count,
      ]),
    );
  };
  /** Once the libraries are loaded and have something to tell. */
  const until = (...wanted: string[]): Promise<void> =>
    vi.waitFor(async () => expect(await names()).toEqual(expect.arrayContaining(wanted)), { timeout: 20_000 });
  return { ...all, names, read, until };
}

const NODE = [
  'nodejs.eventloop.delay.max',
  'nodejs.eventloop.delay.mean',
  'nodejs.eventloop.delay.min',
  'nodejs.eventloop.delay.p50',
  'nodejs.eventloop.delay.p90',
  'nodejs.eventloop.delay.p99',
  'nodejs.eventloop.delay.stddev',
  'nodejs.eventloop.time',
  'nodejs.eventloop.utilization',
  'v8js.memory.heap.space.available_size',
  'v8js.memory.heap.space.physical_size',
  'v8js.memory.heap.space.size',
  'v8js.memory.heap.used',
];
const PROCESS = ['process.cpu.time', 'process.cpu.utilization', 'process.memory.usage'];
const HOST = ['system.cpu.time', 'system.cpu.utilization', 'system.memory.usage', 'system.memory.utilization'];
const NETWORK = [
  'system.network.errors',
  'system.network.io',
  'system.network.packet.count',
  'system.network.packet.dropped',
];
const FILE_SYSTEMS = ['system.filesystem.usage', 'system.filesystem.utilization'];

describe('runtime: true', () => {
  it('collects event loop, heap, process, machine, network and file systems', async () => {
    const { until, read, problems } = scraped();
    await until(...NODE, ...PROCESS, ...HOST, ...NETWORK, ...FILE_SYSTEMS);
    const delay = async (what: string): Promise<number> => (await read(`nodejs.eventloop.delay.${what}`))[''] as number;
    expect(await delay('p50')).toBeLessThanOrEqual(await delay('p99'));
    expect(await delay('max')).toBeLessThan(60);
    expect((await read('process.memory.usage'))['']).toBeGreaterThan(10e6);
    expect((await read('v8js.memory.heap.used'))['name=old_space']).toBeGreaterThan(1e6);
    expect(Object.keys(await read('process.cpu.time')).sort()).toEqual(['state=system', 'state=user']);
    expect((await read('system.cpu.time'))['logical_number=0 state=user']).toBeGreaterThan(0);
    expect(problems).toEqual([]);
  });

  it('collects nothing unless it is asked to', async () => {
    const { names } = scraped({ runtime: false });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await names()).toEqual([]);
  });

  it('leaves out the parts that are switched off', async () => {
    const { until, names } = scraped({ runtime: { node: false, host: false, network: false, disk: false } });
    await until(...PROCESS);
    expect(await names()).toEqual(PROCESS);
  });

  it('goes by metrics.disable, metrics.rename and the attributes of the telemetry', async () => {
    const { until, names, telemetry } = scraped({
      runtime: { node: false, network: false, disk: false },
      attributes: { team: 'a' },
      metrics: { disable: ['system.*'], rename: { 'process.memory.usage': 'rss' } },
    });
    await until('rss');
    expect(await names()).toEqual(['process.cpu.time', 'process.cpu.utilization', 'rss']);
    const rss = telemetry.snapshot().metrics.find(({ name }) => name === 'rss');
    expect(rss?.points[0]?.attributes).toEqual({ team: 'a' });
    expect(rss?.scope.name).toBe('@opentelemetry/host-metrics');
  });

  it('knows how full the file system of this folder is', async () => {
    const { until, read } = scraped({ runtime: { node: false, process: false, host: false, network: false } });
    await until(...FILE_SYSTEMS);
    const usage = await read('system.filesystem.usage');
    const [mountpoint] = Object.keys(usage)
      .map((key) => /mountpoint=(\S+)/.exec(key)?.[1] as string)
      .filter((mount) => import.meta.dirname.startsWith(mount))
      .sort((a, b) => b.length - a.length);
    const state = (wanted: string): number =>
      Object.entries(usage).find(
        ([key]) => key.includes(`mountpoint=${mountpoint} `) && key.includes(`state=${wanted}`),
      )?.[1] as number;
    const { blocks, bfree, bsize } = await statfs(import.meta.dirname);
    const total = blocks * bsize;
    expect(state('used') + state('free') + state('reserved')).toBe(total);
    // Others write meanwhile.
    expect(Math.abs(state('used') - (blocks - bfree) * bsize)).toBeLessThan(total / 20);
  });

  it('works in two telemetries of one process, and ends in one by itself', async () => {
    const [one, two] = [scraped(), scraped()];
    for (const { until } of [one, two]) await until(...NODE, ...PROCESS, ...HOST);
    await one.telemetry.shutdown();
    expect((await one.names()).filter((name) => name !== 'v8js.gc.duration')).toEqual([]);
    two.clock.advance(60);
    await two.until(...NODE, ...PROCESS, ...HOST);
    expect(two.problems).toEqual([]);
  });

  it('has nothing of a library that is loaded only after the end', async () => {
    const { telemetry, names, problems } = scraped();
    await telemetry.shutdown();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await names()).toEqual([]);
    expect(problems).toEqual([]);
  });
});

describe('runtime: true with gather', () => {
  /** A group whose leader the test chooses. */
  function choosing(): { readonly gather: Gathering; lead(leads: boolean): void } {
    let joined: GatheringHost | undefined;
    const gather: Gathering = {
      join(host) {
        joined = host;
        return {
          role: 'member',
          open: () => host.open(),
          readers: () => host.readers(),
          offerSpan: () => {},
          offerEvent: () => {},
          flush: async () => {},
          announceEnd: () => {},
          handOver: async () => {},
          leave: async () => {},
          health: () => ({ role: 'member', group: 'g', members: 0, series: 0 }),
          acknowledged: async () => [],
          keepAcknowledged: async () => {},
        };
      },
    };
    return { gather, lead: (leads) => joined?.lead(leads) };
  }

  it('collects of the machine in the process that leads, and of each process in each', async () => {
    const { gather, lead } = choosing();
    const { until, names } = scraped({ gather });
    await until(...NODE, ...PROCESS);
    const ofTheMachine = async (): Promise<string[]> => (await names()).filter((name) => name.startsWith('system.'));
    expect(await ofTheMachine()).toEqual([]);
    lead(true);
    await until(...HOST, ...NETWORK, ...FILE_SYSTEMS);
    lead(false);
    expect(await ofTheMachine()).toEqual([]);
    lead(true);
    await until(...HOST, ...NETWORK, ...FILE_SYSTEMS);
  });

  it('counts totals of the machine while it leads, so that those of all leaders add up', async () => {
    const { gather, lead } = choosing();
    const { until, read, clock } = scraped({ gather, runtime: { node: false, process: false, disk: false } });
    lead(true);
    await until('system.cpu.time', 'system.network.io', 'system.memory.usage');
    const total = async (name: string): Promise<number> =>
      Object.values(await read(name)).reduce((sum, value) => sum + value, 0);
    expect(await total('system.network.io')).toBe(0);
    clock.advance(5);
    // Of all that the kernel has counted since the machine started, next to nothing.
    expect(await total('system.cpu.time')).toBeLessThan(600);
    expect(await total('system.memory.usage')).toBeGreaterThan(100e6);
  });
});

describe('what goes wrong', () => {
  it('is refused before anything starts', () => {
    const message = (runtime: unknown): string => {
      try {
        testTelemetry({ runtime: runtime as true });
        return 'taken';
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect([
      message(1),
      message(null),
      message({ dsk: true }),
      message({ disk: 'yes' }),
      message({ eventLoopPrecision: 10 }),
      message({ window: 0 }),
      message({ window: Number.NaN }),
    ]).toMatchInlineSnapshot(`
      [
        ""runtime" is 1; give true for all metrics of process and machine, or an object such as { disk: false }.",
        ""runtime" is null; give true for all metrics of process and machine, or an object such as { disk: false }.",
        "Unknown option "runtime.dsk"; did you mean "disk"? Known are node, process, host, network, disk, eventLoopPrecision, window.",
        ""runtime.disk" is "yes"; give true or false.",
        ""runtime.eventLoopPrecision" is 10; give seconds from 0.001 to 1, such as 0.01.",
        ""runtime.window" is 0; give seconds from 1 to 3600, such as 10.",
        ""runtime.window" is NaN; give seconds from 1 to 3600, such as 10.",
      ]
    `);
  });

  it('is told once when a library cannot be loaded, and the rest goes on', async () => {
    vi.doMock('@opentelemetry/instrumentation-runtime-node', () => {
      throw new Error('not there');
    });
    onTestFinished(() => vi.doUnmock('@opentelemetry/instrumentation-runtime-node'));
    const { until, problems, telemetry } = scraped();
    await until(...PROCESS, ...HOST);
    expect(problems.map(({ code }) => code)).toEqual(['ERR_ADAPTER']);
    expect(problems[0]?.message).toMatch(
      /^The metrics of "runtime\.node" are not collected \(.*\); install .*node: false/s,
    );
    expect(telemetry.health().problems).toEqual({ ERR_ADAPTER: 1 });
  });

  it('is told once when a collector throws, and only its series are left out', async () => {
    vi.doMock('@opentelemetry/host-metrics', () => ({
      HostMetrics: class {
        readonly meter;
        readonly groups;
        constructor({ meterProvider, metricGroups }: { meterProvider: never; metricGroups: string[] }) {
          this.meter = (meterProvider as { getMeter(name: string): never }).getMeter('host') as {
            createObservableGauge(name: string): { addCallback(callback: () => void): void };
          };
          this.groups = metricGroups;
        }
        start(): void {
          this.meter.createObservableGauge(`${this.groups[0]}.broken`).addCallback(() => {
            throw new Error('no such file');
          });
        }
      },
    }));
    onTestFinished(() => vi.doUnmock('@opentelemetry/host-metrics'));
    const { until, problems, names } = scraped({ runtime: { host: false } });
    await until(...NODE, ...NETWORK);
    for (let i = 0; i < 3; i++) await names();
    expect(problems.map(({ message }) => message)).toEqual([
      'A callback of "process.cpu.broken" failed (no such file); its series are left out until it works again.',
    ]);
  });
});

describe('a process with runtime: true', () => {
  const PROGRAM = new URL('./runtime-program.test-support.ts', import.meta.url);
  const run = async (...args: string[]): Promise<Record<string, unknown>> => {
    const { code, output, errors } = await startProgram(PROGRAM, args, ['--expose-gc', '--no-warnings']).ended;
    expect(errors).toBe('');
    expect(code).toBe(0);
    return JSON.parse(output) as Record<string, unknown>;
  };

  it('measures garbage collections, until it ends: then no observer, histogram, timer or callback is left', async () => {
    expect(await run('end')).toEqual({
      // Three were forced, and others may come by themselves.
      collections: true,
      histogramsRunning: 1,
      histogramsRunningAfter: 0,
      collectionsAfter: 0,
      resourcesAfter: [],
      seriesAfter: 0,
    });
  });

  it('is not kept alive by it, and starts no other process', async () => {
    expect(await run('leave')).toEqual({ started: [], read: true });
  });

  it('has modules as they are: the hook that the library puts around require() gives back what it got', async () => {
    expect(await run('require')).toEqual({ same: true, importedHooks: 0 });
  });
});
