import { setTimeout as sleep } from 'node:timers/promises';
import type { JobOperation, Telemetry } from '@telltale/core';

/** The demo's nights are short. */
const NIGHT_MS = 3000;
const CHUNKS = 4;
const ROWS_PER_CHUNK = 250;

/** A job without a queue, as cron would start it: one that says what it does in records, bytes, chunks and progress. */
export interface NightlyEtl {
  /** Starts no more, and resolves when the one under way is done. */
  stop(): Promise<void>;
}

/** Every fifth night the warehouse cannot be reached. */
export function startNightlyEtl(telemetry: Telemetry): NightlyEtl {
  let nights = 0;
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    nights++;
    const isOffline = nights % 5 === 0;
    running = telemetry
      .job('nightly-etl', { attributes: { 'tenant.id': 'acme' } }, (job) => copySales(job, isOffline))
      // Telemetry has counted the failure; the next night may do better.
      .catch(() => {});
  }, NIGHT_MS);
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}

async function copySales(job: JobOperation, isOffline: boolean): Promise<void> {
  job.apiCall('s3');
  for (let chunk = 1; chunk <= CHUNKS; chunk++) {
    const started = performance.now();
    job.records('extracted', ROWS_PER_CHUNK);
    job.bytes('read', ROWS_PER_CHUNK * 120);
    await sleep(40 + Math.random() * 40);
    if (isOffline && chunk === CHUNKS) throw new Error('the warehouse cannot be reached');
    job.records('loaded', ROWS_PER_CHUNK);
    job.bytes('written', ROWS_PER_CHUNK * 80);
    job.chunk((performance.now() - started) / 1000);
    job.progress(chunk, CHUNKS);
  }
}
