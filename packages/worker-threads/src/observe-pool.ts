import { checkKeys, type Telemetry, TelemetryError, type WorkerPool } from '@telltale/core';
import { waitsByAtomics, withoutAtomics } from './atomics.ts';
import type { TaskName } from './task-names.ts';
import { type ObservablePool, TaskPool, type TaskPoolSettings } from './task-pool.ts';
import { observeThreads, type ThreadSource } from './thread-pool.ts';
import type { ObservableThread } from './thread-watch.ts';

const OWNER = 'observePool';
/** On pools that are observed. */
const OBSERVED = Symbol.for('telltale.worker-threads.observed');

export interface ObserveThreadsOptions {
  /** What the pool is called: `worker_pool.name`. Pools of one name are one: their numbers add up. */
  readonly name: string;
  /** Reports the utilization of each thread apart, too, with its `thread.id`. Default false. */
  readonly perWorker?: boolean;
}

export interface ObservePoolOptions extends ObserveThreadsOptions {
  /**
   * Sends trace and baggage along with each task. The functions that do the tasks must be wrapped by `observeTask` then: others would get
   * tasks with these around them. Default false.
   */
  readonly context?: boolean;
  /** What a task is called, one of few: `task.name`. Default, and where it gives nothing: the name of its export, or that of its file. */
  readonly taskName?: TaskName;
}

/**
 * Observes a pool of piscina or tinypool: its threads, and each task that is run from now on. Returns the same pool; observing it again changes
 * nothing. Ends with the pool's `close` or `destroy`. Throws `ERR_OPTION` for what is wrong.
 */
export function observePool<Pool extends ObservablePool>(
  pool: Pool,
  telemetry: Telemetry,
  options: ObservePoolOptions,
): Pool;
/**
 * Observes the threads of a pool by hand: those in an array or Set, or that a function gives, whenever it is asked. Utilization is that of their
 * event loops. Returns what tasks can be run by, and `close` ends it by. Throws `ERR_OPTION` for what is wrong.
 */
export function observePool(
  threads: Iterable<ObservableThread> | ThreadSource,
  telemetry: Telemetry,
  options: ObserveThreadsOptions,
): WorkerPool;
export function observePool(
  pool: ObservablePool | Iterable<ObservableThread> | ThreadSource,
  telemetry: Telemetry,
  options: ObservePoolOptions,
): ObservablePool | WorkerPool {
  if (typeof telemetry?.workerPool !== 'function') {
    throw new TelemetryError(
      'ERR_OPTION',
      `${OWNER} needs a telemetry: ${OWNER}(pool, createTelemetry({ … }), { name }).`,
    );
  }
  const isTaskPool = isPool(pool);
  checkKeys(OWNER, options, ['name', 'perWorker', ...(isTaskPool ? ['context', 'taskName'] : [])]);
  const { name, perWorker = false, context = false, taskName } = options;
  if (typeof name !== 'string' || name === '') {
    throw new TelemetryError(
      'ERR_OPTION',
      `The pool given to ${OWNER} has no name; give it one: { name: 'thumbnails' }.`,
    );
  }
  checkBoolean('perWorker', perWorker);
  checkBoolean('context', context);
  if (taskName !== undefined && typeof taskName !== 'function') {
    throw new TelemetryError(
      'ERR_OPTION',
      `"taskName" of ${OWNER} is of type ${typeof taskName}; give a function: (task) => task.type.`,
    );
  }
  if (!isTaskPool) return onceFor(pool, () => observeThreads(threadsOf(pool), telemetry, name, perWorker));
  if (!telemetry.observes('task') || OBSERVED in pool.run) return pool;
  if (context && telemetry.health().gather !== undefined && waitsByAtomics(pool.options)) {
    telemetry.problem(
      `threads of ${name}`,
      () =>
        `The threads of the pool "${name}" wait by Atomics, and cannot hand over what they record while they do; make the pool with "${withoutAtomics(pool.options)}".`,
    );
  }
  return observeTasks(pool, telemetry, { name, context, taskName, perWorker: perWorker ? wayOf(pool) : undefined });
}

function observeTasks(pool: ObservablePool, telemetry: Telemetry, settings: TaskPoolSettings): ObservablePool {
  const observed = new TaskPool(pool, telemetry, settings);
  const run = (pool.run as (...args: unknown[]) => Promise<unknown>).bind(pool);
  const end = () => observed.close();
  const ending = (method: (...args: unknown[]) => unknown) =>
    function ended(...args: unknown[]): unknown {
      const over = method.apply(pool, args);
      Promise.resolve(over).then(end, end);
      return over;
    };
  const { destroy, close } = pool as unknown as Record<'destroy' | 'close', (...args: unknown[]) => unknown>;
  return Object.assign(pool, {
    run: Object.assign((...args: unknown[]) => observed.run(run, args), { [OBSERVED]: true }),
    destroy: ending(destroy),
    ...(typeof close === 'function' && { close: ending(close) }),
  });
}

/** Two observers of the same threads would count them twice. */
function onceFor(threads: object, observe: () => WorkerPool): WorkerPool {
  const { [OBSERVED]: known } = (threads ?? {}) as { readonly [OBSERVED]?: WorkerPool };
  if (known !== undefined && !known.isClosed) return known;
  const pool = observe();
  Reflect.defineProperty(threads, OBSERVED, { value: pool, configurable: true });
  return pool;
}

function isPool(pool: object): pool is ObservablePool {
  return (
    typeof pool === 'object' && pool !== null && 'run' in pool && typeof pool.run === 'function' && 'threads' in pool
  );
}

/** Iterables that can be gone through once only would have no threads the second time. */
function threadsOf(threads: Iterable<ObservableThread> | ThreadSource): ThreadSource {
  if (typeof threads === 'function') return threads;
  const again = typeof threads?.[Symbol.iterator] === 'function' && (threads as unknown) !== threads[Symbol.iterator]();
  if (again) return () => threads;
  throw new TelemetryError(
    'ERR_OPTION',
    `${OWNER} needs a pool of piscina or tinypool, an array or Set of threads, or a function that gives them: ${OWNER}(() => pool.workers, telemetry, { name }).`,
  );
}

function checkBoolean(option: string, value: unknown): void {
  if (typeof value === 'boolean') return;
  throw new TelemetryError('ERR_OPTION', `"${option}" of ${OWNER} is of type ${typeof value}; give true or false.`);
}

/** Threads that wait in `Atomics.wait` look busy to whoever asks their event loop. */
function wayOf(pool: ObservablePool): 'loop' | 'usage' {
  if ('histogram' in pool) return 'usage'; // piscina from 5 on
  const { runtime } = pool.options as { readonly runtime?: unknown };
  if (!waitsByAtomics(pool.options) && runtime !== 'child_process') return 'loop';
  throw new TelemetryError(
    'ERR_OPTION',
    `"perWorker" of ${OWNER} needs to see which threads are busy, which tinypool, and piscina before 5, do not tell while their threads wait by Atomics. Make the pool of threads with "useAtomics: false", or leave "perWorker" out.`,
  );
}
