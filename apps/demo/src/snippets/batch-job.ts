import { setTimeout as pause } from 'node:timers/promises';
import { consoleExporter, createTelemetry } from '@telltale/core';

const telemetry = createTelemetry({ service: { name: 'warehouse' }, exporters: [consoleExporter()] });
const CHUNKS = 20;

// The job that this process is there for: whatever becomes of it has been delivered when the process ends.
await telemetry.jobs.main('nightly-etl', { attributes: { 'tenant.id': 'acme' } }, async (job) => {
  for (let chunk = 1; chunk <= CHUNKS; chunk++) {
    job.signal.throwIfAborted(); // SIGTERM: stop between two chunks, as `aborted`
    const started = performance.now();
    const rows = await extract(chunk, job.signal);
    load(rows);
    job.chunk((performance.now() - started) / 1000); // seconds
    job.progress(chunk, CHUNKS);
  }
});

async function extract(chunk: number, signal: AbortSignal): Promise<string[]> {
  // Deep inside there is no `job` at hand; outside of jobs it is undefined.
  const job = telemetry.jobs.active();
  job?.apiCall('s3');
  await pause(25, undefined, { signal });
  const rows = Array.from({ length: 500 }, (_, row) => `row ${row} of chunk ${chunk}`);
  job?.records('extracted', rows.length);
  job?.bytes('read', rows.join('\n').length);
  return rows;
}

function load(rows: readonly string[]): void {
  const job = telemetry.jobs.active();
  for (const row of rows) {
    if (row.endsWith('7')) continue;
    job?.records('loaded', 1); // some ten nanoseconds
    job?.bytes('written', row.length);
  }
}
