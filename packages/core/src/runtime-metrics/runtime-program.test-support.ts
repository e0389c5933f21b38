// A service that collects runtime metrics, looked at from inside: writes what it found as JSON.
import childProcess from 'node:child_process';
import module, { createRequire, syncBuiltinESMExports } from 'node:module';
import perfHooks from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTelemetry, type MetricsSource } from '../index.ts';

const started: string[] = [];
for (const name of ['exec', 'execSync', 'execFile', 'execFileSync', 'spawn', 'spawnSync', 'fork'] as const) {
  const original = childProcess[name] as (...args: unknown[]) => unknown;
  Object.assign(childProcess, {
    [name]: (...args: unknown[]) => {
      started.push(`${name} ${String(args[0])}`);
      return original(...args);
    },
  });
}
const histograms: ReturnType<typeof perfHooks.monitorEventLoopDelay>[] = [];
const { monitorEventLoopDelay } = perfHooks;
perfHooks.monitorEventLoopDelay = (options) => {
  const histogram = monitorEventLoopDelay(options);
  histograms.push(histogram);
  return histogram;
};
let importHooks = 0;
const { register } = module;
Object.assign(module, {
  register: (...args: Parameters<typeof register>) => {
    importHooks++;
    register(...args);
  },
});
syncBuiltinESMExports();

let source: MetricsSource | undefined;
const telemetry = createTelemetry({
  service: { name: 'shop' },
  runtime: { window: 1 },
  shutdown: { signals: false },
  exporters: [
    {
      name: 'serves',
      start: (given) => {
        source = given;
      },
    },
  ],
});

/** The value, or count, of each series of a metric; `undefined` when there is none. */
async function read(name: string): Promise<number[] | undefined> {
  const reader = (await source?.open())?.find((one) => one.name === name);
  return reader && [...reader.read()].map((point) => ('value' in point ? point.value : point.count));
}

async function until(name: string): Promise<void> {
  while ((await read(name)) === undefined) await sleep(5);
}

/** Those that go on looking. */
async function running(): Promise<number> {
  const before = histograms.map(({ count }) => count);
  await sleep(200);
  return histograms.filter(({ count }, i) => count !== before[i]).length;
}

const collections = async (): Promise<number> =>
  ((await read('v8js.gc.duration')) ?? []).reduce((sum, count) => sum + count, 0);

const programs: Readonly<Record<string, () => Promise<unknown>>> = {
  async end() {
    await until('nodejs.eventloop.delay.p99');
    for (let i = 0; i < 3; i++) globalThis.gc?.();
    await sleep(50);
    const collected = await collections();
    const histogramsRunning = await running();
    await telemetry.shutdown();
    const before = await collections();
    globalThis.gc?.();
    await sleep(50);
    return {
      collections: collected >= 3,
      histogramsRunning,
      histogramsRunningAfter: await running(),
      collectionsAfter: (await collections()) - before,
      resourcesAfter: process.getActiveResourcesInfo().filter((name) => name === 'Timeout' || name === 'Immediate'),
      seriesAfter: ((await source?.open()) ?? []).filter(
        ({ name, read: points }) => /^(nodejs|process|system)\./.test(name) && [...points()].length > 0,
      ).length,
    };
  },
  async leave() {
    for (const name of [
      'nodejs.eventloop.delay.p99',
      'system.filesystem.usage',
      'system.network.io',
      'system.cpu.time',
    ]) {
      await until(name);
    }
    return { started, read: true };
  },
  async require() {
    await until('nodejs.eventloop.delay.p99');
    const require = createRequire(import.meta.url);
    const api: unknown = require('@opentelemetry/api');
    const same = api === require('@opentelemetry/api') && require('node:fs') === process.getBuiltinModule('fs');
    return { same, importedHooks: importHooks };
  },
};

const found = await programs[process.argv[2] ?? '']?.();
process.stdout.write(JSON.stringify(found));
