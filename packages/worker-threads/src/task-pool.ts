import { messageOf, type TaskOperation, type Telemetry, type WorkerPool } from '@telltale/core';
import { boxed } from './boxed-task.ts';
import { HandOverList } from './hand-over.ts';
import { MovedTasks, type PoolClass } from './moved-task.ts';
import { type RunOptions, type TaskName, TaskNames } from './task-names.ts';
import { type ObservableThread, ThreadWatch } from './thread-watch.ts';
import { type TellingPool, WorkerUsage } from './worker-usage.ts';

/** What is needed of a pool of piscina or tinypool. */
export interface ObservablePool {
  readonly threads: readonly ObservableThread[];
  readonly options: object;
  run(...args: never[]): Promise<unknown>;
  destroy(): Promise<unknown>;
}

/** What is looked at, if it is there. */
interface PoolOptions extends RunOptions {
  readonly concurrentTasksPerWorker?: number;
}

export interface TaskPoolSettings {
  readonly name: string;
  readonly context: boolean;
  readonly taskName: TaskName | undefined;
  /** By which way each thread is reported apart, if it is. */
  readonly perWorker: 'loop' | 'usage' | undefined;
}

const NO_OPTIONS: RunOptions = {};

type Run = (...args: unknown[]) => Promise<unknown>;

/** The tasks and threads of a pool of piscina or tinypool. */
export class TaskPool {
  private readonly pool: ObservablePool;
  private readonly telemetry: Telemetry;
  private readonly settings: TaskPoolSettings;
  private readonly accounts: WorkerPool;
  private readonly watch: ThreadWatch | undefined;
  private readonly usage: WorkerUsage | undefined;
  private readonly names: TaskNames;
  private readonly moved: MovedTasks;
  private readonly queueOptions: symbol | undefined;

  constructor(pool: ObservablePool, telemetry: Telemetry, settings: TaskPoolSettings) {
    const { name, perWorker, taskName } = settings;
    const { concurrentTasksPerWorker: tasksPerWorker = 1, ...defaults } = pool.options as PoolOptions;
    const poolClass = pool.constructor as PoolClass;
    this.pool = pool;
    this.telemetry = telemetry;
    this.settings = settings;
    this.names = new TaskNames(telemetry, name, defaults, taskName);
    this.moved = new MovedTasks(poolClass);
    this.queueOptions = poolClass.queueOptionsSymbol;
    this.accounts = telemetry.workerPool(name, {
      size: pool.threads.length,
      tasksPerWorker,
      read: () => {
        const { threads } = pool;
        this.watch?.look(threads);
        return { size: threads.length };
      },
    });
    this.usage = perWorker === 'usage' ? new WorkerUsage(this.accounts, pool as unknown as TellingPool) : undefined;
    this.watch = new ThreadWatch(this.accounts, perWorker === 'loop', () => this.accounts.refresh());
    this.accounts.refresh();
  }

  /** Runs a task by the pool's own `run`. */
  run(run: Run, args: unknown[]): Promise<unknown> {
    const [payload, options = NO_OPTIONS] = args;
    // What the pool will refuse is none of our business.
    if (this.accounts.isClosed || typeof options !== 'object' || options === null) return run(...args);
    const task = this.accounts.track(this.names.of(payload, options));
    let running: Promise<unknown>;
    try {
      running = run(...this.argumentsOf(task, payload, options, args));
    } catch (error) {
      this.settled(task, true, error);
      throw error;
    }
    // Pools make threads when tasks wait.
    if (!task.begun) this.look();
    // Handed on rather than only looked at, so that a failure that nobody handles is told of as before.
    return running.then(
      (result) => {
        this.settled(task, false, undefined);
        return result;
      },
      (error: unknown) => {
        this.settled(task, true, error);
        throw error;
      },
    );
  }

  /** The pool is over. */
  close(): void {
    this.accounts.close();
    this.usage?.close();
  }

  /** The same task, as the thread sees it, with a transfer list that tells when it is handed over, and its context where that is asked for. */
  private argumentsOf(task: TaskOperation, payload: unknown, options: RunOptions, args: unknown[]): unknown[] {
    const { transferList } = options;
    if (transferList !== undefined && !Array.isArray(transferList)) return args;
    try {
      let [value, items] = this.moved.taken(payload, transferList);
      if (this.settings.context) value = this.withContext(task, value);
      return [value, { ...options, transferList: new HandOverList(items, () => this.begun(task)) }, ...args.slice(2)];
    } catch (error) {
      this.telemetry.problem(
        `tasks of ${this.settings.name}`,
        () =>
          `A task of the pool "${this.settings.name}" could not be prepared, and runs without its context: ${messageOf(error)}`,
      );
      return args;
    }
  }

  private withContext(task: TaskOperation, value: unknown): unknown {
    const context: Record<string, unknown> = {};
    task.inject(context);
    const box = boxed(value, context);
    const { queueOptions } = this;
    // A queue of the user's finds what it sorts by.
    if (
      box !== value &&
      queueOptions !== undefined &&
      typeof value === 'object' &&
      value !== null &&
      queueOptions in value
    )
      Object.assign(box as object, { [queueOptions]: (value as Record<symbol, unknown>)[queueOptions] });
    return box;
  }

  private begun(task: TaskOperation): void {
    task.begin();
    this.usage?.changed();
  }

  private settled(task: TaskOperation, failed: boolean, error: unknown): void {
    if (!failed && !task.begun) {
      task.begin(0);
      this.telemetry.problem(
        `tasks of ${this.settings.name}`,
        () =>
          `The pool "${this.settings.name}" does not hand on transfer lists, so nobody knows when a thread takes a task up; waiting is counted as work.`,
      );
    }
    task.settled(failed, error);
    this.usage?.changed();
  }

  /** With each task that waits: which thread has come for which shows with the next reading. */
  private look(): void {
    if (this.pool.threads.length !== this.watch?.size) this.accounts.refresh();
  }
}
