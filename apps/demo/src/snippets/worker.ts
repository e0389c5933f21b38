import { bullmqTelemetry, observeQueue, observeWorker } from '@telltale/bullmq';
import { createTelemetry } from '@telltale/core';
import { prometheus } from '@telltale/exporter-prometheus';
import { type Job, Queue, Worker } from 'bullmq';

const telemetry = createTelemetry({
  service: { name: 'mailer' },
  exporters: [prometheus({ port: 9464 })], // a worker has no server of its own to serve metrics from
});
const options = { connection: { host: 'localhost', port: 6379 }, telemetry: bullmqTelemetry(telemetry) };

const queue = observeQueue(new Queue('emails', options), telemetry);
const worker = observeWorker(new Worker('emails', send, options), telemetry);

async function send(job: Job<{ to: string }>): Promise<void> {
  // Part of the job, and of the request that put it into the queue.
  await telemetry.boundary({ to: 'smtp', operation: 'send' }, async (call) => {
    call.bytes('sent', job.data.to.length);
  });
}

await queue.add('welcome', { to: 'ada@example.com' });

process.once('SIGTERM', async () => {
  await worker.close(); // jobs under way finish
  await queue.close();
  await telemetry.shutdown(); // what they recorded is delivered
});
