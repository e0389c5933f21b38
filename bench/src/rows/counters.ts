import type { Experiment, Loop, Row } from '../experiment.ts';
import { startMeterProvider } from './opentelemetry.ts';
import { type Library, load } from './prom-client.ts';
import { type Labels, sequential, shuffled } from './series.ts';
import { startTelltale } from './telltale.ts';

/** Held series are recorded on in turn, so that none stays in a register. */
const HELD = 64;

async function telltaleBound(): Promise<Loop> {
  const counter = (await startTelltale()).counter('requests');
  const held = sequential()
    .slice(0, HELD)
    .map(({ method, route, status }) => counter.bind({ method, route, status }));
  return {
    bytes: true,
    run(times) {
      for (let i = 0; i < times; i++) held[i % HELD]!.add(1);
    },
  };
}

async function promClientBound(): Promise<Loop> {
  const { Counter } = await import('prom-client');
  const counter = new Counter({ name: 'requests', help: 'Requests', labelNames: ['method', 'route', 'status'] });
  const held = sequential()
    .slice(0, HELD)
    .map(({ method, route, status }) => counter.labels({ method, route, status }));
  return {
    bytes: true,
    run(times) {
      for (let i = 0; i < times; i++) held[i % HELD]!.inc(1);
    },
  };
}

async function telltale(order: readonly Labels[]): Promise<Loop> {
  const counter = (await startTelltale()).counter('requests');
  let at = 0;
  return {
    bytes: true,
    run(times) {
      for (let i = 0; i < times; i++) {
        const { method, route, status } = order[at]!;
        counter.add(1, { method, route, status });
        if (++at === order.length) at = 0;
      }
    },
  };
}

async function promClient(library: Library, order: readonly Labels[]): Promise<Loop> {
  const { Counter } = await load(library);
  const counter = new Counter({ name: 'requests', help: 'Requests', labelNames: ['method', 'route', 'status'] });
  let at = 0;
  return {
    bytes: true,
    run(times) {
      for (let i = 0; i < times; i++) {
        const { method, route, status } = order[at]!;
        counter.inc({ method, route, status }, 1);
        if (++at === order.length) at = 0;
      }
    },
  };
}

async function openTelemetry(order: readonly Labels[]): Promise<Loop> {
  const counter = (await startMeterProvider()).getMeter('bench').createCounter('requests');
  let at = 0;
  return {
    bytes: true,
    run(times) {
      for (let i = 0; i < times; i++) {
        const { method, route, status } = order[at]!;
        counter.add(1, { method, route, status });
        if (++at === order.length) at = 0;
      }
    },
  };
}

function keyedRows(order: string): Row[] {
  const row = { ours: `telltale, ${order}`, figure: 'time', unit: 'ns' } as const;
  const what = `counter.add(1, {3 attributes}), ${order}`;
  return [
    { ...row, what, peer: `prom-client, ${order}`, budget: { ratio: 110 / 439 } },
    { ...row, what, peer: `OpenTelemetry SDK, ${order}`, budget: { ratio: 110 / 881 } },
    // The same code as prom-client, renamed and taken on by the Prometheus project; one order is enough.
    ...(order === 'shuffled' ? [{ ...row, what, peer: `@prometheus-io/client, ${order}` }] : []),
  ];
}

export const experiment: Experiment = {
  name: 'counter',
  file: import.meta.url,
  programs: {
    'telltale bound': telltaleBound,
    'prom-client child': promClientBound,
    'telltale, sequential': () => telltale(sequential()),
    'telltale, shuffled': () => telltale(shuffled()),
    'prom-client, sequential': () => promClient('prom-client', sequential()),
    'prom-client, shuffled': () => promClient('prom-client', shuffled()),
    '@prometheus-io/client, shuffled': () => promClient('@prometheus-io/client', shuffled()),
    'OpenTelemetry SDK, sequential': () => openTelemetry(sequential()),
    'OpenTelemetry SDK, shuffled': () => openTelemetry(shuffled()),
  },
  rows: [
    {
      what: 'bound.add(1)',
      ours: 'telltale bound',
      peer: 'prom-client child',
      figure: 'time',
      unit: 'ns',
      budget: { ratio: 3 / 284 },
    },
    {
      what: 'bound.add(1), allocated',
      ours: 'telltale bound',
      peer: 'prom-client child',
      figure: 'bytes',
      unit: 'B',
      budget: { atMost: 0 },
    },
    ...keyedRows('sequential'),
    ...keyedRows('shuffled'),
    {
      what: 'counter.add(1, {3 attributes}), allocated',
      ours: 'telltale, shuffled',
      peer: 'prom-client, shuffled',
      figure: 'bytes',
      unit: 'B',
    },
  ],
};
