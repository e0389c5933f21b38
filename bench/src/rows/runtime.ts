import type { MetricsSource } from '@telltale/core';
import type { Experiment, Loop, Measurement } from '../experiment.ts';
import { LoopClock } from './loop-clock.ts';
import { startTelltale } from './telltale.ts';

/** Between two collects: longer than anything that was read is good for. */
const SECONDS = 61;

type Which = boolean | Readonly<Record<'node' | 'process' | 'host' | 'network' | 'disk', boolean>>;

/** What prom-client's default metrics are about. */
const PROCESS = { node: true, process: true, host: false, network: false, disk: false };

/** Reads all of it, as a scrape does without making text of it: most of prom-client's time would be text. */
async function telltale(runtime: Which): Promise<Loop> {
  const clock = new LoopClock();
  let source: MetricsSource | undefined;
  await startTelltale({
    clock,
    runtime,
    exporters: [
      {
        name: 'bench',
        start: (given) => {
          source = given;
        },
      },
    ],
  });
  const collect = async (): Promise<number> => {
    let series = 0;
    for (const reader of (await source?.open()) ?? []) for (const _ of reader.read()) series++;
    return series;
  };
  await waitFor(async () => (await collect()) > 50);
  return {
    async run(times) {
      for (let i = 0; i < times; i++) {
        clock.pass(SECONDS);
        await collect();
      }
    },
  };
}

/**
 * The longest that the event loop is held by a collect, on the clock or in CPU time, whichever is less: the clock goes on while the machine runs
 * something else.
 */
async function longestHold({ run }: Loop): Promise<Measurement> {
  return {
    async measure() {
      let hold = 0;
      let [time, used] = [performance.now(), process.cpuUsage()];
      let turn: NodeJS.Immediate;
      const onTurn = (): void => {
        const { user, system } = process.cpuUsage(used);
        hold = Math.max(hold, Math.min(performance.now() - time, (user + system) / 1000));
        [time, used] = [performance.now(), process.cpuUsage()];
        turn = setImmediate(onTurn);
      };
      turn = setImmediate(onTurn);
      await run(1);
      await new Promise((resolve) => setImmediate(resolve));
      clearImmediate(turn);
      return { hold };
    },
  };
}

async function promClient(): Promise<Loop> {
  const { collectDefaultMetrics, register } = await import('prom-client');
  collectDefaultMetrics();
  return {
    async run(times) {
      for (let i = 0; i < times; i++) await register.getMetricsAsJSON();
    },
  };
}

async function waitFor(holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1000; i++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('runtime metrics did not come within 10 s');
}

export const experiment: Experiment = {
  name: 'runtime',
  file: import.meta.url,
  programs: {
    'telltale process': () => telltale(PROCESS),
    'telltale all': () => telltale(true),
    'prom-client': promClient,
    'telltale all, hold': async () => longestHold(await telltale(true)),
    'prom-client, hold': async () => longestHold(await promClient()),
  },
  rows: [
    {
      what: 'collect event loop, GC, heap, process',
      ours: 'telltale process',
      peer: 'prom-client',
      figure: 'time',
      unit: 'µs',
    },
    {
      what: 'the same with machine, network and disks',
      ours: 'telltale all',
      peer: 'prom-client',
      figure: 'time',
      unit: 'µs',
    },
    {
      what: 'longest slice of the event loop, all of it',
      ours: 'telltale all, hold',
      peer: 'prom-client, hold',
      figure: 'hold',
      unit: 'ms',
    },
  ],
};
