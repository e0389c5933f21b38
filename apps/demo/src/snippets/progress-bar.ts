import { setTimeout as pause } from 'node:timers/promises';
import { createTelemetry } from '@telltale/core';
import { showProgress } from '@telltale/progress-bar';

const telemetry = createTelemetry({ service: { name: 'warehouse' } });

showProgress(telemetry); // on stderr, until the process ends

await Promise.all([
  telemetry.job('nightly-etl', async (job) => {
    for (let done = 0; done <= 40; done++) {
      job.progress(done, 40);
      await pause(25);
    }
  }),
  telemetry.job('crawl', async (job) => {
    for (let pages = 0; pages < 60; pages++) {
      job.progress(pages); // of how many, nobody knows
      await pause(25);
    }
  }),
]);
