import type { Telemetry } from '@telltale/core';
import { Queue, Worker } from 'bullmq';
import { Queue as Queue5, Worker as Worker5 } from 'bullmq5';
import { bullmqTelemetry, observeQueue, observeWorker } from './index.ts';

declare const telemetry: Telemetry;
const connection = { host: 'localhost' };
interface Email {
  readonly to: string;
}

// What goes in comes out, with BullMQ 6 and 5.
const queue: Queue<Email, number, 'welcome'> = observeQueue(
  new Queue<Email, number, 'welcome'>('emails', { connection, telemetry: bullmqTelemetry(telemetry) }),
  telemetry,
);
const worker: Worker<Email, number, 'welcome'> = observeWorker(
  new Worker<Email, number, 'welcome'>('emails', async () => 1, { connection, telemetry: bullmqTelemetry(telemetry) }),
  telemetry,
);
const queue5: Queue5<Email, number, 'welcome'> = observeQueue(
  new Queue5<Email, number, 'welcome'>('emails', { connection, telemetry: bullmqTelemetry(telemetry) }),
  telemetry,
);
const worker5: Worker5<Email, number, 'welcome'> = observeWorker(
  new Worker5<Email, number, 'welcome'>('emails', async () => 1, { connection, telemetry: bullmqTelemetry(telemetry) }),
  telemetry,
);

queue.add('welcome', { to: 'ada@example.com' });
queue5.add('welcome', { to: 'ada@example.com' });
worker.on('completed', (job) => job.data.to);
worker5.on('completed', (job) => job.data.to);

// @ts-expect-error: not a queue
observeQueue({ name: 'emails' }, telemetry);
// @ts-expect-error: not a worker
observeWorker({ name: 'emails', opts: {} }, telemetry);
