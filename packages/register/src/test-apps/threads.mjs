// A child process and a worker thread, which inherit --import; each says what it exports to.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { telemetry } from '@telltale/register';

await telemetry.flush();
const exporters = telemetry.health().exporters.map(({ name, lastError }) => ({ name, error: lastError?.message }));
const file = fileURLToPath(import.meta.url);
if (!isMainThread) {
  parentPort.postMessage(exporters);
} else if (process.argv[2] === 'child') {
  process.send(exporters);
} else {
  const first = (emitter) => new Promise((resolve) => emitter.once('message', resolve));
  const child = await first(fork(file, ['child']));
  const thread = await first(new Worker(file));
  process.send({ port: 0, exporters, child, thread });
  process.disconnect();
}
