// What gathering costs: the figures of the README. Run it with Node: `cost.test-support.ts [members] [series]`.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createTelemetry } from '@telltale/core';
import { prometheus } from '@telltale/exporter-prometheus';
import { gather } from './index.ts';

const SECONDS = 5;
const SCRAPES = 10;

if (process.send === undefined) await measure(Number(process.argv[2] ?? 8), Number(process.argv[3] ?? 1000));
else record(process.argv[2] as string, Number(process.argv[3]));

/** One process of the group: half counters, half histograms, and all of them change all the time. */
function record(group: string, series: number): void {
  const metrics = prometheus();
  const telemetry = createTelemetry({ service: { name: 'shop' }, exporters: [metrics], gather: gather({ group }) });
  const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
  const [counter, histogram] = [telemetry.counter('orders'), telemetry.histogram('price', { buckets })];
  const attributes = Array.from({ length: series / 2 }, (_, i) => ({ product: `product ${i}`, plan: 'pro' }));
  const counters = attributes.map((each) => counter.bind(each));
  const histograms = attributes.map((each) => histogram.bind(each));
  setInterval(() => {
    for (const one of counters) one.add(1);
    for (const one of histograms) one.record(Math.random());
  }, 50);
  process.on('message', async (question: string) => {
    if (question === 'cpu') process.send?.(process.cpuUsage().user + process.cpuUsage().system);
    else process.send?.((await metrics.render()).body.length);
  });
  process.send?.('ready');
}

async function measure(members: number, series: number): Promise<void> {
  const group = `cost ${process.pid}`;
  const start = async () => {
    const child = fork(fileURLToPath(import.meta.url), [group, String(series)]);
    await once(child, 'message');
    const ask = async (question: string): Promise<number> => {
      child.send(question);
      return Number((await once(child, 'message'))[0]);
    };
    return { child, ask };
  };
  const processes: Awaited<ReturnType<typeof start>>[] = [];
  for (let i = 0; i <= members; i++) processes.push(await start());
  await pause(1500);
  /** Milliseconds of CPU that each process takes for some work, per `per`. */
  const costOf = async (work: () => Promise<unknown>, per: number): Promise<string> => {
    const cpu = () => Promise.all(processes.map(({ ask }) => ask('cpu')));
    const before = await cpu();
    await work();
    const after = await cpu();
    const costs = after.map((value, i) => (value - (before[i] ?? 0)) / 1000 / per);
    return `gatherer ${costs[0]?.toFixed(1)} ms, first member ${costs[1]?.toFixed(1)} ms, last ${costs.at(-1)?.toFixed(1)} ms`;
  };
  say(`CPU each second, ${members} members of ${series} series: ${await costOf(() => pause(SECONDS * 1000), SECONDS)}`);
  for (const [name, one] of [
    ['the gatherer', processes[0]],
    ['the first member', processes[1]],
  ] as const) {
    let bytes = 0;
    const scrapes = async () => {
      for (let i = 0; i < SCRAPES; i++) bytes = (await one?.ask('scrape')) ?? 0;
    };
    say(`CPU of a scrape of ${name}: ${await costOf(scrapes, SCRAPES)}, ${bytes} bytes`);
  }
  for (const { child } of processes) child.kill();
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
