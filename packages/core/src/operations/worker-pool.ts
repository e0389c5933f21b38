import type { Attributes } from '../attributes.ts';
import { messageOf } from '../errors.ts';
import type { BoundCounter } from '../metrics/counter.ts';
import { settle } from '../settle.ts';
import { ERROR_TYPE } from '../spans/exception.ts';
import { errorType } from './operation.ts';
import type { OperationHome } from './operation-home.ts';
import { PoolWorker, type WorkTime } from './pool-worker.ts';
import { type TaskHolder, TaskOperation } from './task.ts';
import { UtilizationWindow } from './utilization-window.ts';
import type { ReportedPool, WorkerPoolMetrics } from './worker-pool-metrics.ts';

const POOL = 'worker_pool.name';

export interface WorkerPoolOptions {
  /** How many workers the pool has. */
  readonly size: number;
  /** How many tasks a worker runs at a time; default 1. */
  readonly tasksPerWorker?: number;
  /** `false`: nothing waits in it, and what its workers do is told by `began` and `ended`, because it is observed as something else. */
  readonly tasks?: boolean;
  /** Asked whenever metrics are read, for pools that know better than what is told. With it, `size` may be 0 at first. */
  readonly read?: () => WorkerPoolReading;
}

/** What a pool knows of itself; what is left out is accounted. */
export interface WorkerPoolReading {
  /** Workers that it has now. */
  readonly size?: number;
  /** Seconds since the pool is observed, of all its workers together. */
  readonly time?: WorkTime;
}

/**
 * A pool of workers, observed. It does not schedule: `task` calls its function at once. Tasks beyond the pool's size are taken to wait in
 * the pool's own queue, first come, first served: each counts as pending until another ends, and so on. Pools that tell when a worker takes
 * a task up are better served by `track`, and pools whose work is observed as something else, such as jobs, by `began` and `ended`.
 */
export class WorkerPool implements ReportedPool, TaskHolder {
  readonly name: string;
  readonly attributes: Attributes;
  /** Whether tasks may wait in it. */
  readonly hasTasks: boolean;
  /** Those that are reported apart. */
  readonly members = new Set<PoolWorker>();
  private readonly home: OperationHome;
  private readonly metrics: WorkerPoolMetrics;
  private readonly workTime: BoundCounter;
  private readonly tasksPerWorker: number;
  private readonly read: WorkerPoolOptions['read'];
  /** Of `task`, in their order. */
  private readonly waiting: TaskOperation[] = [];
  private workers: number;
  private waitingTasks = 0;
  private runningTasks = 0;
  /** Begun by `began`. */
  private otherWork = 0;
  private anythingTold: boolean;
  /** Up to when times are counted. */
  private counted: number;
  private readonly window: UtilizationWindow;
  /** What the pool told last of how long its workers worked. */
  private lastTime: WorkTime | undefined = undefined;

  constructor(home: OperationHome, metrics: WorkerPoolMetrics, name: string, options: WorkerPoolOptions) {
    this.name = name;
    this.attributes = Object.freeze({ [POOL]: name });
    this.home = home;
    this.metrics = metrics;
    this.workTime = metrics.workTime.bind(this.attributes);
    this.tasksPerWorker = options.tasksPerWorker ?? 1;
    this.read = options.read;
    this.workers = options.size;
    this.hasTasks = options.tasks ?? true;
    this.anythingTold = options.read === undefined || !this.hasTasks;
    this.counted = home.clock.monotonic();
    this.window = new UtilizationWindow(this.counted);
    this.refresh();
    metrics.pools.add(this);
  }

  get size(): number {
    return this.workers;
  }

  get busy(): number {
    const work = this.runningTasks + this.otherWork;
    return this.tasksPerWorker === 1 ? work : Math.min(work, this.workers);
  }

  get pending(): number {
    return this.waitingTasks;
  }

  get isClosed(): boolean {
    return !this.metrics.pools.has(this);
  }

  /** Whether it is known how many workers are busy: not in pools that tell only how long they worked. */
  get isTold(): boolean {
    return this.anythingTold;
  }

  /** Says that the pool has grown or shrunk. What is no whole number from 0 up is counted as rejected and changes nothing. */
  resize(size: number): void {
    if (!Number.isInteger(size) || size < 0) {
      this.problem('ERR_VALUE', 'was given a wrong size, which was ignored; give the number of its workers');
      return;
    }
    if (size === this.workers) return;
    this.count();
    this.workers = size;
    this.startWaiting();
  }

  /** Runs `work` as a task of the pool, and gives what it gives. */
  task<T>(name: string, work: () => T): T {
    const task = this.track(name);
    this.waiting.push(task);
    this.startWaiting();
    return settle(
      () => task.run(work),
      (failed, error) => {
        if (!task.begun) {
          // It ended although others were thought to be before it: it did not wait.
          this.waiting.splice(this.waiting.indexOf(task), 1);
          task.begin(0);
        }
        task.settled(failed, error);
        this.startWaiting();
      },
    );
  }

  /** A task that the caller tells of: it waits until `begin` is called, and runs until `end` is. */
  track(name: string): TaskOperation {
    this.anythingTold = true;
    this.waitingTasks++;
    return new TaskOperation(this.home, this.metrics, this, name);
  }

  /** A worker takes something up that is observed otherwise, such as a job: it is busy until `ended` is called, and there is no task. */
  began(): void {
    this.anythingTold = true;
    this.count();
    this.otherWork++;
  }

  /** A worker is done with what it took up by `began`. Once too often is counted as rejected and changes nothing. */
  ended(): void {
    if (this.otherWork === 0) {
      this.problem('ERR_VALUE', 'was told of more ends than beginnings; call "ended" once for each "began"');
      return;
    }
    this.count();
    this.otherWork--;
    this.startWaiting();
  }

  /** A worker has ended, on purpose, or, with an error, because of that. Does not change the size. */
  exited(error?: unknown): void {
    const failed = error !== undefined && error !== null;
    this.metrics.exits.add(1, failed ? { ...this.attributes, [ERROR_TYPE]: errorType(error) } : this.attributes);
  }

  /**
   * One worker of the pool, whose utilization is reported apart, with these attributes, until it has left: keep those few that are there at a
   * time. Is told when it is busy, or, with `read`, asked how long it worked since this call.
   */
  worker(attributes: Attributes, read?: () => WorkTime): PoolWorker {
    return new PoolWorker(this.home.clock, this.members, Object.freeze({ ...attributes, ...this.attributes }), read);
  }

  /**
   * Part of the time in which workers were busy; of all workers, from 0 to 1. A reading ends the window when that is a second old or more;
   * sooner, it gives the window before, so that several exporters that read at about the same time see the same.
   */
  utilization(): number {
    this.refresh();
    return this.window.read(this.counted);
  }

  /** Brings all numbers up to now. */
  refresh(): void {
    this.count();
    let reading: WorkerPoolReading | undefined;
    try {
      reading = this.read?.();
    } catch (error) {
      this.problem('ERR_CALLBACK', `could not be read (${messageOf(error)}); its numbers are those before`);
    }
    if (reading === undefined) return;
    if (reading.size !== undefined) this.resize(reading.size);
    const { time } = reading;
    const { worked, total } = this.lastTime ?? { worked: 0, total: 0 };
    if (time !== undefined) this.add(Math.max(0, time.worked - worked), Math.max(0, time.total - total));
    this.lastTime = time;
  }

  /** The pool is gone: its metrics are no longer reported. */
  close(): void {
    this.count();
    this.metrics.pools.delete(this);
  }

  /** For its tasks: one that waited does not any more. */
  taskBegan(): void {
    this.count();
    this.waitingTasks--;
    this.runningTasks++;
  }

  /** For its tasks: one that ran does not any more. */
  taskEnded(): void {
    this.count();
    this.runningTasks--;
  }

  private startWaiting(): void {
    const places = this.workers * this.tasksPerWorker;
    while (this.waiting.length > 0 && this.runningTasks + this.otherWork < places) this.waiting.shift()?.begin();
  }

  private count(): void {
    const now = this.home.clock.monotonic();
    const passed = now - this.counted;
    this.counted = now;
    // Whoever tells how long it worked is believed.
    if (this.lastTime === undefined) this.add(this.busy * passed, this.workers * passed);
  }

  private add(worked: number, available: number): void {
    this.window.add(worked, available);
    if (worked > 0) this.workTime.add(worked);
  }

  private problem(code: 'ERR_VALUE' | 'ERR_CALLBACK', what: string): void {
    this.home.diagnostics.problem(code, `worker pool ${this.name}`, () => `Worker pool "${this.name}" ${what}.`);
  }
}
