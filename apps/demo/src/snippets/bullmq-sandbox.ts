import { bullmqTelemetry, observeWorker } from '@telltale/bullmq';
import { createTelemetry } from '@telltale/core';
import { prometheus } from '@telltale/exporter-prometheus';
import { gather } from '@telltale/gather';
import { Worker } from 'bullmq';

const telemetry = createTelemetry({
  service: { name: 'shop' },
  exporters: [prometheus({ port: 9464 })],
  gather: gather(), // what the processes of processors record comes here
});

export const worker = observeWorker(
  new Worker('thumbnails', new URL('./bullmq-processor.ts', import.meta.url), {
    connection: { host: 'localhost' },
    concurrency: 4,
    useWorkerThreads: false, // true: threads instead of processes
    telemetry: bullmqTelemetry(telemetry),
  }),
  telemetry,
);
