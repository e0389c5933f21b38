// What can only be measured in a process of its own: run with --expose-gc, it writes the bytes that calls leave behind for the garbage collector.
import { createTelemetry, type JobOperation } from '../index.ts';

const collectGarbage = (globalThis as unknown as { gc(): void }).gc;

const telemetry = createTelemetry({ service: { name: 'batch' }, shutdown: { signals: false } });
const plain = telemetry.job('plain', { resources: false });
const own = telemetry.job('own', { resources: false, attributes: { 'tenant.id': 'acme' } });
plain.progress(1000, 1000);
own.progress(1000, 1000);

const calls: Record<string, (job: JobOperation, at: number) => void> = {
  records: (job, at) => job.records(at % 2 === 0 ? 'extracted' : 'loaded', at),
  bytes: (job, at) => job.bytes('read', at),
  apiCall: (job, at) => job.apiCall(at % 2 === 0 ? 's3' : 'sqs'),
  progress: (job, at) => job.progress(at, 1000),
};

function bytesOf(call: (job: JobOperation, at: number) => void, job: JobOperation): number {
  const run = (times: number): void => {
    for (let at = 0; at < times; at++) call(job, at & 63);
  };
  let least = Number.POSITIVE_INFINITY;
  // On a busy machine it takes a while until the code is the optimized one.
  for (let round = 0; round < 20 && least >= 1; round++) {
    run(500_000);
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    run(500_000);
    least = Math.min(least, (process.memoryUsage().heapUsed - before) / 500_000);
  }
  return Math.max(0, least);
}

const bytes = Object.fromEntries(
  Object.entries(calls).flatMap(([name, call]) => [
    [name, bytesOf(call, plain)],
    [`${name} of a job with attributes of its own`, bytesOf(call, own)],
  ]),
);
process.stdout.write(JSON.stringify(bytes));
