import { type Telemetry, TelemetryError, type WorkerPool } from '@telltale/core';
import { hasLoop } from './thread-loop.ts';
import { type ObservableThread, ThreadWatch } from './thread-watch.ts';

/** The threads of a pool, asked for again and again. */
export type ThreadSource = () => Iterable<ObservableThread>;

/** Observes the threads that `threads` gives, as they come and go. */
export function observeThreads(
  threads: ThreadSource,
  telemetry: Telemetry,
  name: string,
  perWorker: boolean,
): WorkerPool {
  for (const thread of threads()) check(thread, name);
  let watch: ThreadWatch | undefined;
  const pool = telemetry.workerPool(name, {
    size: 0,
    read: () => {
      watch?.look(threads());
      return { size: watch?.size ?? 0, time: watch?.time() ?? { worked: 0, total: 0 } };
    },
  });
  watch = new ThreadWatch(pool, perWorker, () => pool.refresh());
  pool.refresh();
  return pool;
}

function check(thread: ObservableThread, name: string): void {
  if (typeof thread === 'object' && thread !== null && hasLoop(thread)) return;
  throw new TelemetryError(
    'ERR_OPTION',
    `The pool "${name}" given to observePool has something in it that is no thread; give workers of node:worker_threads.`,
  );
}
