import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { ScrapeHandler } from '@telltale/exporter-prometheus';
import type { Experiment, Loop, Measurement } from '../experiment.ts';
import { type Library, load } from './prom-client.ts';
import { BUCKETS, durations, sequential } from './series.ts';
import { startTelltale } from './telltale.ts';

/** 10,000 series of 3 labels. */
const LABELS = sequential();
const LABEL_NAMES = ['method', 'route', 'status'] as const;
const VALUES = durations();

/** Records on all series between two scrapes, so that little of the text can be kept from the last one. */
function scrape(render: () => Promise<string>, recordAll: () => void, lines: number): Loop {
  recordAll();
  let text = '';
  let last = '';
  return {
    atMost: 1,
    async run() {
      text = await render();
    },
    settle() {
      if (text.length < lines * 40) throw new Error(`a scrape of ${text.length} characters cannot be whole`);
      if (text === last) throw new Error('a scrape shows what the last one showed');
      last = text;
      recordAll();
    },
  };
}

async function telltaleCounters(): Promise<Loop> {
  const { prometheus } = await import('@telltale/exporter-prometheus');
  const exporter = prometheus();
  const counter = (await startTelltale({ exporters: [exporter] })).counter('requests', { description: 'Requests' });
  let now = 0;
  const recordAll = (): void => {
    now += 1;
    for (const { method, route, status } of LABELS) counter.add(now, { method, route, status });
  };
  return scrape(async () => (await exporter.render()).body, recordAll, LABELS.length);
}

async function telltaleHistograms(): Promise<Loop> {
  const { prometheus } = await import('@telltale/exporter-prometheus');
  const exporter = prometheus();
  const telemetry = await startTelltale({ exporters: [exporter] });
  const histogram = telemetry.histogram('duration', { unit: 's', description: 'Duration', buckets: BUCKETS });
  let at = 0;
  const recordAll = (): void => {
    for (const { method, route, status } of LABELS) histogram.record(VALUES[at++ & 1023]!, { method, route, status });
  };
  return scrape(async () => (await exporter.render()).body, recordAll, LABELS.length * 17);
}

async function promClientCounters(library: Library): Promise<Loop> {
  const { Counter, register } = await load(library);
  const counter = new Counter({ name: 'requests', help: 'Requests', labelNames: LABEL_NAMES });
  let now = 0;
  const recordAll = (): void => {
    now += 1;
    for (const { method, route, status } of LABELS) counter.inc({ method, route, status }, now);
  };
  return scrape(() => register.metrics(), recordAll, LABELS.length);
}

async function promClientHistograms(): Promise<Loop> {
  const { Histogram, register } = await import('prom-client');
  const histogram = new Histogram({ name: 'duration', help: 'Duration', labelNames: LABEL_NAMES, buckets: BUCKETS });
  let at = 0;
  const recordAll = (): void => {
    for (const { method, route, status } of LABELS) histogram.observe({ method, route, status }, VALUES[at++ & 1023]!);
  };
  return scrape(() => register.metrics(), recordAll, LABELS.length * 17);
}

/** 100,000 counter series: ten values of a fourth label. */
const TENANTS = Array.from({ length: 10 }, (_, i) => `tenant-${i}`);

async function telltaleSlice(): Promise<Measurement> {
  const { prometheus } = await import('@telltale/exporter-prometheus');
  const exporter = prometheus();
  const counter = (await startTelltale({ exporters: [exporter] })).counter('requests');
  for (const tenant of TENANTS)
    for (const { method, route, status } of LABELS) counter.add(1, { method, route, status, tenant });
  return { measure: () => longestSlice(() => served(exporter.handler)) };
}

async function promClientSlice(): Promise<Measurement> {
  const { Counter, register } = await import('prom-client');
  const counter = new Counter({ name: 'requests', help: 'Requests', labelNames: [...LABEL_NAMES, 'tenant'] });
  for (const tenant of TENANTS)
    for (const { method, route, status } of LABELS) counter.inc({ method, route, status, tenant }, 1);
  return { measure: () => longestSlice(async () => (await register.metrics()).length) };
}

/** How many bytes the handler of `/metrics` answers with, as it answers: in pieces. */
async function served(handler: ScrapeHandler): Promise<number> {
  let bytes = 0;
  const response = Object.assign(
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        bytes += chunk.length;
        done();
      },
    }),
    { headersSent: false, writeHead: () => {} },
  );
  handler({ method: 'GET', headers: {} }, response);
  await finished(response);
  return bytes;
}

/**
 * The longest time between two turns of the event loop while `work` runs: what a request that comes then waits. On the clock or in CPU time
 * of the process, whichever is less: the clock goes on while the machine runs something else, and CPU time counts helping threads.
 */
async function longestSlice(work: () => Promise<number>): Promise<{ slice: number }> {
  let slice = 0;
  let [time, used] = [performance.now(), process.cpuUsage()];
  let turn: NodeJS.Immediate;
  const onTurn = (): void => {
    const { user, system } = process.cpuUsage(used);
    slice = Math.max(slice, Math.min(performance.now() - time, (user + system) / 1000));
    [time, used] = [performance.now(), process.cpuUsage()];
    turn = setImmediate(onTurn);
  };
  turn = setImmediate(onTurn);
  const size = await work();
  await new Promise((resolve) => setImmediate(resolve));
  clearImmediate(turn);
  if (size < 100_000 * 40) throw new Error(`a scrape of ${size} bytes cannot be whole`);
  return { slice };
}

export const experiment: Experiment = {
  name: 'scrape',
  file: import.meta.url,
  programs: {
    'telltale counters': telltaleCounters,
    'telltale histograms': telltaleHistograms,
    'telltale 100,000': telltaleSlice,
    'prom-client counters': () => promClientCounters('prom-client'),
    'prom-client histograms': promClientHistograms,
    'prom-client 100,000': promClientSlice,
    '@prometheus-io/client counters': () => promClientCounters('@prometheus-io/client'),
  },
  rows: [
    {
      what: 'scrape, 10,000 counters',
      ours: 'telltale counters',
      peer: 'prom-client counters',
      figure: 'time',
      unit: 'ms',
      budget: { ratio: 3 / 21 },
    },
    {
      what: 'scrape, 10,000 counters',
      ours: 'telltale counters',
      peer: '@prometheus-io/client counters',
      figure: 'time',
      unit: 'ms',
    },
    {
      what: 'scrape, 10,000 histograms of 14 bounds',
      ours: 'telltale histograms',
      peer: 'prom-client histograms',
      figure: 'time',
      unit: 'ms',
      budget: { ratio: 45 / 164 },
    },
    {
      what: 'longest slice of the event loop, 100,000 counters',
      ours: 'telltale 100,000',
      peer: 'prom-client 100,000',
      figure: 'slice',
      unit: 'ms',
      budget: { atMost: 10 },
    },
  ],
  launches: 2,
  rounds: 8,
  roundTime: 60,
  warmUp: 1000,
};
