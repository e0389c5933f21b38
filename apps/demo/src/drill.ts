import { setTimeout as sleep } from 'node:timers/promises';
import { bullmqTelemetry, observeQueue, observeWorker } from '@telltale/bullmq';
import { ExportError, type Telemetry } from '@telltale/core';
import { expressTelemetry } from '@telltale/express';
import { Queue, Worker } from 'bullmq';
import express, { type ErrorRequestHandler } from 'express';
import { FAULTS, type FaultName, type FaultScene } from './faults.ts';
import { listen } from './listen.ts';
import type { QueueBackend } from './queue-backend.ts';

const SLOW_MS = 1500;
const HELD_MS = 5000;
/** Nobody works on the first; who works on the second loses its jobs. */
const QUEUES = ['abandoned', 'forgetful'] as const;

/** A fire drill: faults that are made on purpose, so that alerts have something to tell. */
export interface Drill {
  readonly running: ReadonlySet<FaultName>;
  /** Makes a fault for so many seconds; one that is made already is left as it is. */
  start(fault: FaultName, seconds: number): void;
  stop(fault: FaultName): void;
  /** Ends all of them and what they left. */
  close(): Promise<void>;
}

export interface DrillOptions {
  readonly telemetry: Telemetry;
  readonly backend: QueueBackend;
  readonly onProblem: (message: string) => void;
}

/** Nothing is open until the first fault. */
export function createDrill({ telemetry, backend, onProblem }: DrillOptions): Drill {
  const running = new Map<FaultName, AbortController>();
  const work = new Set<Promise<void>>();
  let scene: Promise<Scene> | undefined;

  async function run(fault: FaultName, signal: AbortSignal): Promise<void> {
    scene ??= openScene(telemetry, backend);
    await FAULTS[fault].run(await scene, signal);
  }

  return {
    get running() {
      return new Set(running.keys());
    },
    start(fault, seconds) {
      if (running.has(fault)) return;
      const ending = new AbortController();
      running.set(fault, ending);
      const timer = setTimeout(() => ending.abort(), seconds * 1000);
      const made = run(fault, ending.signal)
        .catch((error: unknown) => onProblem(`The drill ${fault} failed: ${String(error)}`))
        .finally(() => {
          clearTimeout(timer);
          running.delete(fault);
          work.delete(made);
        });
      work.add(made);
    },
    stop: (fault) => running.get(fault)?.abort(),
    async close() {
      for (const ending of running.values()) ending.abort();
      await Promise.all(work);
      await (await scene)?.close();
    },
  };
}

interface Scene extends FaultScene {
  close(): Promise<void>;
}

async function openScene(shop: Telemetry, backend: QueueBackend): Promise<Scene> {
  const telemetry = shop.forService('drill');
  const server = await listen(createSite(telemetry), 0);
  const options = { ...backend.options, telemetry: bullmqTelemetry(telemetry) };
  const defaultJobOptions = { removeOnComplete: true, removeOnFail: true };
  const [abandoned, forgetful] = QUEUES.map((name) =>
    observeQueue(new Queue<null>(name, { ...options, defaultJobOptions }), telemetry, { sample: { every: 2 } }),
  ) as [Queue<null>, Queue<null>];
  await abandoned.obliterate({ force: true });
  await forgetful.obliterate({ force: true });
  return {
    telemetry,
    url: `http://127.0.0.1:${server.port}`,
    visits: telemetry.counter('visits', { unit: '{visit}', description: 'Visits, by who came: too many for series.' }),
    failExports: () =>
      shop.addExporter({
        name: 'drill',
        interval: 1,
        exportMetrics: async () => {
          throw new ExportError('it is on strike');
        },
      }),
    async leaveJobs() {
      await abandoned.add('nobody', null);
      return () => abandoned.obliterate({ force: true });
    },
    async stallJobs() {
      // Its lock is over long before it is renewed.
      const impatient = { lockDuration: 1000, lockRenewTime: 60_000, stalledInterval: 1000, maxStalledCount: 1000 };
      const end = new AbortController();
      const ending = { signal: end.signal };
      const worker = observeWorker(
        new Worker<null>(forgetful.name, () => sleep(HELD_MS, undefined, ending).catch(() => {}), {
          ...options,
          ...backend.workerOptions,
          ...impatient,
        }),
        telemetry,
      );
      worker.on('error', () => {});
      await forgetful.add('forgotten', null);
      return async () => {
        end.abort();
        await worker.close();
        await forgetful.obliterate({ force: true });
      };
    },
    async close() {
      for (const queue of [abandoned, forgetful]) {
        await queue.obliterate({ force: true });
        await queue.close();
      }
      await server.close();
    },
  };
}

function createSite(telemetry: Telemetry): express.Express {
  const app = express();
  app.use(expressTelemetry(telemetry));
  app.get('/fails', () => {
    throw new Error('on purpose');
  });
  app.get('/slow', async (_request, response) => {
    await sleep(SLOW_MS);
    response.end();
  });
  const onError: ErrorRequestHandler = (_error, _request, response, _next) => void response.status(500).end();
  app.use(onError);
  return app;
}
