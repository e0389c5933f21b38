import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { createTelemetry } from '@telltale/core';
import { prometheus } from '@telltale/exporter-prometheus';
import { observePool, taskWithContext } from '@telltale/worker-threads';

const telemetry = createTelemetry({ service: { name: 'shop' }, exporters: [prometheus({ port: 9464 })] });

const workers = [1, 2].map(() => new Worker(new URL('./resize.ts', import.meta.url)));
const idle = [...workers];
const pool = observePool(workers, telemetry, { name: 'thumbnails' });

/** Runs a task on a thread that is idle. */
export function resize(image: string): Promise<unknown> {
  return pool.task('resize', async () => {
    const worker = idle.pop();
    if (worker === undefined) throw new Error('all threads are busy');
    worker.postMessage(taskWithContext({ image }, telemetry)); // there: parentPort.on('message', observeTask(…, telemetry))
    const [result] = await once(worker, 'message');
    idle.push(worker);
    return result;
  });
}
