// One process of a group, which does what its parent tells it over IPC: { call, args } → { value }.
import cluster from 'node:cluster';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { createTraceState } from '@opentelemetry/api';
import { createTelemetry, type Exporter, type Telemetry } from '@telltale/core';
import { prometheus } from '@telltale/exporter-prometheus';
import { type GatherOptions, gather } from './index.ts';

/** What a process is started with. */
export interface ProgramOptions {
  /** `true`: the primary of the cluster knows of no telemetry. */
  readonly bare?: boolean;
  readonly gather?: GatherOptions;
  readonly service?: string;
  /** Seconds between exports of the pushing exporter. */
  readonly interval?: number;
  readonly boundaries?: readonly number[];
  readonly total?: number;
  /** Listens on this port of the cluster: `GET /metrics`, and counts whatever else it answers. */
  readonly port?: number;
}

/** What a process says without being asked. */
export interface Exported {
  readonly exported: { readonly kind: 'metrics' | 'spans' | 'events'; readonly pid: number; readonly items: unknown[] };
}

const self = fileURLToPath(import.meta.url);
const options = JSON.parse((isMainThread ? process.argv[2] : (workerData as string)) ?? '{}') as ProgramOptions;
const say = (message: unknown): void => {
  if (isMainThread) process.send?.(message);
  else parentPort?.postMessage(message);
};

const metrics = prometheus({ targetInfo: false });
const telemetry = options.bare === true && cluster.isPrimary ? undefined : start();

function start(): Telemetry {
  const push: Exporter = {
    name: 'push',
    temporality: 'delta',
    interval: { metrics: options.interval ?? 1e6, spans: 0.05, events: 0.05 },
    exportMetrics: async (snapshot) => {
      const items = snapshot.metrics
        .filter(({ name }) => name === 'orders')
        .flatMap(({ points }) => points.map((point) => ('value' in point ? point.value : point.count)));
      say({ exported: { kind: 'metrics', pid: process.pid, items } });
    },
    exportSpans: async (spans) => {
      const items = spans.map(({ name, resource, links }) => ({
        name,
        instance: resource.attributes['service.instance.id'],
        states: links.map(({ context }) => context.traceState?.serialize()),
      }));
      say({ exported: { kind: 'spans', pid: process.pid, items } });
    },
    exportEvents: async (events) => {
      say({ exported: { kind: 'events', pid: process.pid, items: events.map(({ name }) => name) } });
    },
  };
  const { service = 'shop', total } = options;
  return createTelemetry({
    service: { name: service, instanceId: `of ${process.pid}` },
    exporters: [metrics, push],
    gather: gather(options.gather),
    ...(total !== undefined && { cardinality: { total } }),
    onError: (error) => say({ problem: error.message }),
  });
}

const threads: Worker[] = [];

const CALLS: Readonly<Record<string, (telemetry: Telemetry, ...args: never[]) => unknown>> = {
  add: (its, value: number, attributes?: Record<string, string>) => its.counter('orders').add(value, attributes),
  record: (its, value: number) => its.histogram('price', { buckets: options.boundaries ?? [1, 10] }).record(value),
  upDown: (its, value: number) => its.upDownCounter('open').add(value),
  gauge: (its, name: string, value: number) => its.gauge(name).record(value),
  pool: (its, size: number) => void its.workerPool('thumbnails', { size }),
  span: (its, name: string) =>
    its.span(
      name,
      {
        links: [
          {
            context: {
              traceId: '0af7651916cd43dd8448eb211c80319c',
              spanId: 'b7ad6b7169203331',
              traceFlags: 1,
              ...(name === 'abroad' && { traceState: createTraceState('vendor=1') }),
            },
          },
        ],
      },
      () => {},
    ),
  job: (its, name: string) => its.job(name, () => {}),
  scrape: async () => (await metrics.render()).body,
  health: (its) => its.health().gather,
  flush: (its) => its.flush(),
  shutdown: (its) => its.shutdown(),
  /** Does nothing else from when there is a file `<file>.begun` until there is one of that name. */
  block: (_, file: string) => {
    writeFileSync(`${file}.begun`, '');
    const sleeping = new Int32Array(new SharedArrayBuffer(4));
    while (!existsSync(file)) Atomics.wait(sleeping, 0, 0, 20);
  },
  env: () => process.env.TELLTALE_GATHER,
  thread: () => {
    const thread = new Worker(self, { workerData: JSON.stringify(options), execArgv: process.execArgv });
    threads.push(thread);
    return new Promise<void>((resolve) => {
      thread.on('message', (message) => {
        if (message.ready) resolve();
        else if (message.exported !== undefined || message.problem !== undefined) say(message);
      });
    });
  },
  inThread: (_, at: number, call: string, args: readonly unknown[]) => {
    const thread = threads[at] as Worker;
    return new Promise((resolve) => {
      const onMessage = (message: { answer?: number; value?: unknown }): void => {
        if (message.answer === undefined) return;
        thread.off('message', onMessage);
        resolve(message.value);
      };
      thread.on('message', onMessage);
      thread.postMessage({ question: 1, call, args });
    });
  },
  terminate: async (_, at: number) => {
    await threads[at]?.terminate();
  },
  endThread: (_, at: number) =>
    new Promise<void>((resolve) => {
      threads[at]?.once('exit', () => resolve());
      threads[at]?.postMessage({ end: true });
    }),
  fork: () => {
    const worker = cluster.fork();
    worker.on('message', (message) => {
      if (message.exported !== undefined || message.problem !== undefined) say(message);
    });
    return new Promise((resolve) => worker.once('message', () => resolve({ id: worker.id, pid: worker.process.pid })));
  },
  inWorker: (_, id: number, call: string, args: readonly unknown[]) => {
    const worker = cluster.workers?.[id];
    return new Promise((resolve) => {
      const onMessage = (message: { answer?: number; value?: unknown }): void => {
        if (message.answer === undefined) return;
        worker?.off('message', onMessage);
        resolve(message.value);
      };
      worker?.on('message', onMessage);
      worker?.send({ question: 1, call, args });
    });
  },
};

interface Question {
  readonly question?: number;
  readonly call: string;
  readonly args: readonly never[];
  readonly end?: boolean;
}

async function answer({ question, call, args, end }: Question): Promise<void> {
  if (end === true) {
    parentPort?.unref();
    return;
  }
  try {
    const value = await CALLS[call]?.(telemetry as Telemetry, ...args);
    say({ answer: question, value });
  } catch (error) {
    say({ answer: question, error: String(error) });
  }
}

if (isMainThread) process.on('message', (question: Question) => void answer(question));
else parentPort?.on('message', (question: Question) => void answer(question));

if (cluster.isPrimary) cluster.setupPrimary({ exec: self, args: process.argv.slice(2) });

if (options.port !== undefined && cluster.isWorker) {
  const answered = telemetry?.counter('answered');
  const server = createServer((request, response) => {
    if (request.url === '/metrics') {
      metrics.handler(request, response);
      return;
    }
    // As an adapter does: recorded before the last byte goes out.
    answered?.add(1);
    telemetry?.histogram('took', { buckets: [0.01, 1] }).record(0.005);
    response.end(String(process.pid));
  });
  server.listen(options.port, '127.0.0.1', () => say({ ready: true }));
  // What is under way is answered, and only then handed over.
  process.once('SIGTERM', () => server.close(() => void telemetry?.shutdown().then(() => process.exit())));
} else {
  say({ ready: true });
}
