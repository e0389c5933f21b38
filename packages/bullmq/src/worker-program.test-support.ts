import { createTelemetry } from '@telltale/core';
import { flavourOf } from './drivers.test-support.ts';
import { bullmqTelemetry, observeWorker } from './index.ts';
import type { WorkerNews, WorkerProgram } from './worker-process.test-support.ts';

const { flavour, url, queue, does, options } = JSON.parse(process.argv[2] ?? '') as WorkerProgram;
const { Worker, connection } = flavourOf(flavour, url);
const telemetry = createTelemetry({ service: { name: 'worker' }, shutdown: { signals: false } });
const tell = (news: WorkerNews): unknown => process.send?.(news);

const worker = observeWorker(
  new Worker(
    queue,
    async (job) => {
      tell({ begun: job.name });
      if (does === 'die') process.kill(process.pid, 'SIGKILL');
      if (does === 'block') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
      await new Promise(() => {});
    },
    { connection, telemetry: bullmqTelemetry(telemetry), ...options },
  ),
  telemetry,
);
worker.on('error', () => {});

process.on('disconnect', () => process.exit());
process.on('message', () => {
  const sums = telemetry
    .snapshot()
    .metrics.map(({ name, points }) => [
      name,
      points.reduce((sum, point) => sum + ('value' in point ? point.value : point.count), 0),
    ]);
  tell({ metrics: Object.fromEntries(sums) });
});
