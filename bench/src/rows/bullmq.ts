import type { Telemetry } from '@telltale/core';
import type { Queue, Telemetry as QueueTelemetry, Worker } from 'bullmq';
import type { Experiment, Loop, Row } from '../experiment.ts';
import { MemoryBackend } from './memory-backend.ts';
import { startMeterProvider, startTracerProvider } from './opentelemetry.ts';
import { spanSink, startTelltale } from './telltale.ts';

/** Where the jobs are: a Redis of the program's own, or this process. */
type Place = 'Redis' | 'memory';

interface Observer {
  readonly telemetry?: QueueTelemetry;
  observe?(queue: Queue, worker: Worker): void;
  /** How many jobs were observed, where that can be told. */
  seen?(): number | Promise<number>;
}

/** Jobs that are added one after another, and processed by a worker of the same process as they come. */
async function jobs(place: Place, { telemetry, observe, seen }: Observer): Promise<Loop> {
  const { queue, worker } = await (place === 'Redis' ? onRedis(telemetry) : inMemory(telemetry));
  observe?.(queue, worker);
  let [sent, completed] = [0, 0];
  let done: () => void = () => {};
  worker.on('completed', () => {
    if (++completed === sent) done();
  });
  worker.on('error', (error) => {
    throw error;
  });
  void worker.run();
  return {
    async run(times) {
      const all = new Promise<void>((resolve) => {
        done = resolve;
      });
      sent += times;
      for (let i = 0; i < times; i++) await queue.add('welcome', { to: 'ada@example.org', order: i });
      await all;
    },
    async settle() {
      await new Promise((resolve) => setImmediate(resolve));
      const observed = (await seen?.()) ?? sent;
      if (observed !== sent) throw new Error(`of ${sent} jobs ${observed} were observed`);
    },
  };
}

const PROCESS = async (): Promise<string> => 'sent';

async function onRedis(telemetry: QueueTelemetry | undefined): Promise<{ queue: Queue; worker: Worker }> {
  const { available, startRedis } = await import('@telltale-internal/services');
  if (!available('redis')) throw new Error('redis-server is not installed');
  const { host, port } = await startRedis();
  const { Queue, Worker } = await import('bullmq');
  const options = { connection: { host, port }, ...(telemetry && { telemetry }) };
  const kept = { removeOnComplete: { count: 0 } };
  return {
    queue: new Queue('emails', { ...options, defaultJobOptions: kept }),
    worker: new Worker('emails', PROCESS, { ...options, autorun: false }),
  };
}

async function inMemory(telemetry: QueueTelemetry | undefined): Promise<{ queue: Queue; worker: Worker }> {
  const { withBackend } = await import('bullmq');
  const { Queue, Worker } = withBackend(MemoryBackend.factory());
  const options = { connection: {}, ...(telemetry && { telemetry }) };
  return {
    queue: new Queue('emails', options) as unknown as Queue,
    worker: new Worker('emails', PROCESS, { ...options, autorun: false }) as unknown as Worker,
  };
}

/** What BullMQ itself spends once there is a `telemetry`, whoever wrote it. */
function idleTelemetry(): QueueTelemetry {
  const context = {};
  const span = {
    setSpanOnContext: () => context,
    setAttribute() {},
    setAttributes() {},
    addEvent() {},
    recordException() {},
    end() {},
  };
  return {
    tracer: { startSpan: () => span },
    contextManager: {
      with: (_context, work) => work(),
      active: () => context as never,
      getMetadata: () => '',
      fromMetadata: () => context as never,
    },
  };
}

function jobsSeenBy(telemetry: Telemetry): number {
  const metric = telemetry.snapshot().metrics.find(({ name }) => name === 'job.duration');
  const points = metric?.type === 'histogram' || metric?.type === 'exponentialHistogram' ? metric.points : [];
  return points.reduce((sum, { count }) => sum + count, 0);
}

async function telltale(place: Place, withTraces: boolean): Promise<Loop> {
  const { bullmqTelemetry, observeQueue, observeWorker } = await import('@telltale/bullmq');
  const sink = spanSink();
  const telemetry = await startTelltale({ exporters: withTraces ? [sink] : [] });
  return jobs(place, {
    // Without it no context travels: for those who want metrics alone.
    ...(withTraces && { telemetry: bullmqTelemetry(telemetry) as unknown as QueueTelemetry }),
    observe(queue, worker) {
      observeQueue(queue, telemetry);
      observeWorker(worker, telemetry);
    },
    async seen() {
      if (!withTraces) return jobsSeenBy(telemetry);
      // By spans alone, as with `requestsSeen`: each time metrics are read, the next records take exemplars.
      await telemetry.flush();
      return sink.consumers;
    },
  });
}

async function bullmqOtel(place: Place): Promise<Loop> {
  const { context, metrics, propagation, trace } = await import('@opentelemetry/api');
  const { AsyncLocalStorageContextManager } = await import('@opentelemetry/context-async-hooks');
  const { W3CTraceContextPropagator } = await import('@opentelemetry/core');
  const { BullMQOtel } = await import('bullmq-otel');
  const { provider, sink } = await startTracerProvider();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  metrics.setGlobalMeterProvider(await startMeterProvider());
  return jobs(place, {
    telemetry: new BullMQOtel({ enableMetrics: true }) as unknown as QueueTelemetry,
    async seen() {
      await provider.forceFlush();
      return sink.consumers;
    },
  });
}

/** What many services have: listeners that count and time what has ended. */
async function promClientOnEvents(place: Place): Promise<Loop> {
  const { Counter, Histogram } = await import('prom-client');
  const labelNames = ['queue', 'name', 'outcome'] as const;
  const ended = new Counter({ name: 'jobs_total', help: 'Jobs', labelNames });
  const duration = new Histogram({ name: 'job_duration_seconds', help: 'Duration of jobs', labelNames });
  const waited = new Histogram({ name: 'job_wait_seconds', help: 'Wait of jobs', labelNames: ['queue', 'name'] });
  return jobs(place, {
    observe(_queue, worker) {
      worker.on('active', (job) => {
        waited.observe({ queue: worker.name, name: job.name }, ((job.processedOn ?? 0) - job.timestamp) / 1000);
      });
      worker.on('completed', (job) => {
        const labels = { queue: worker.name, name: job.name, outcome: 'completed' };
        ended.inc(labels);
        duration.observe(labels, ((job.finishedOn ?? 0) - (job.processedOn ?? 0)) / 1000);
      });
    },
    seen: async () => (await ended.get()).values.reduce((sum, { value }) => sum + value, 0),
  });
}

export function programs(place: Place): Experiment['programs'] {
  return {
    [`bare, ${place}`]: () => jobs(place, {}),
    [`telltale, metrics and traces, ${place}`]: () => telltale(place, true),
    [`telltale, metrics, ${place}`]: () => telltale(place, false),
    [`bullmq-otel, ${place}`]: () => bullmqOtel(place),
    [`idle telemetry, ${place}`]: () => jobs(place, { telemetry: idleTelemetry() }),
    [`prom-client on events, ${place}`]: () => promClientOnEvents(place),
  };
}

/** Only what the adapters cost is judged by: on Redis it is a small difference of large numbers. */
export function rows(place: Place): Row[] {
  const added = { figure: 'time', unit: 'µs', added: `bare, ${place}` } as const;
  const isJudged = place === 'memory';
  const idle: Row = {
    ...added,
    what: `BullMQ in ${place}, added per job: a telemetry that does nothing`,
    ours: `idle telemetry, ${place}`,
    peer: `bullmq-otel, ${place}`,
  };
  return [
    {
      ...added,
      what: `BullMQ in ${place}, added per job: metrics and traces`,
      ours: `telltale, metrics and traces, ${place}`,
      peer: `bullmq-otel, ${place}`,
      ...(isJudged && { budget: { ratio: 1 / 4 } }),
    },
    {
      ...added,
      what: `BullMQ in ${place}, added per job: metrics`,
      ours: `telltale, metrics, ${place}`,
      peer: `prom-client on events, ${place}`,
      ...(isJudged && { budget: { ratio: 3 / 2.3 } }),
    },
    ...(isJudged ? [idle] : []),
    {
      what: `BullMQ in ${place}, job without any of it`,
      ours: `bare, ${place}`,
      peer: `bare, ${place}`,
      figure: 'time',
      unit: 'µs',
    },
  ];
}

export const experiment: Experiment = {
  name: 'bullmq',
  file: import.meta.url,
  programs: programs('memory'),
  rows: rows('memory'),
  launches: 2,
  rounds: 50,
  // As with Express.
  warmUp: 3000,
};
