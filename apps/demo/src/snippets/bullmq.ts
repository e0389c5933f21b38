import { bullmqTelemetry, observeFlowProducer, observeQueue, observeWorker } from '@telltale/bullmq';
import { createTelemetry } from '@telltale/core';
import { prometheus } from '@telltale/exporter-prometheus';
import { FlowProducer, Queue, Worker } from 'bullmq';

const telemetry = createTelemetry({ service: { name: 'shop' }, exporters: [prometheus({ port: 9464 })] });
const options = { connection: { host: 'localhost' }, telemetry: bullmqTelemetry(telemetry) };

export const queue = observeQueue(new Queue('emails', options), telemetry);
export const flows = observeFlowProducer(new FlowProducer(options), telemetry);
export const worker = observeWorker(
  new Worker(
    'emails',
    async (job) => {
      await telemetry.boundary({ to: 'smtp', operation: 'send' }, async () => {}); // part of the job's trace
      await job.updateProgress(100);
    },
    options,
  ),
  telemetry,
);
