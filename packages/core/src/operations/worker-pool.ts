import { SpanKind } from '@opentelemetry/api';
import type { Attributes } from '../attributes.ts';
import { settle } from '../settle.ts';
import { ERROR_TYPE } from '../spans/exception.ts';
import { errorType, Operation } from './operation.ts';
import type { Meter, OperationHome } from './operation-home.ts';

const POOL = 'worker_pool.name';
const TASK = 'task.name';

/** From a tenth of a millisecond to minutes, in seconds. */
const DURATION_BUCKETS = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** Seconds that utilization is taken over, at least. */
const MIN_WINDOW = 1;

export interface WorkerPoolOptions {
  /** How many tasks the pool runs at a time. */
  readonly size: number;
}

/** The instruments of all pools of a service. Pools announce themselves, and are asked when metrics are read. */
export class WorkerPoolMetrics {
  readonly duration;
  readonly wait;
  readonly pools = new Set<WorkerPool>();

  constructor(meter: Meter) {
    const seconds = (description: string) => ({ unit: 's', description, buckets: DURATION_BUCKETS });
    this.duration = meter.histogram('worker_pool.task.duration', seconds('Time from the start of a task to its end.'));
    this.wait = meter.histogram(
      'worker_pool.task.wait.duration',
      seconds('Time for which a task waited for a worker.'),
    );
    const gauge = (name: string, unit: string, description: string, read: (pools: readonly WorkerPool[]) => number) =>
      meter.observableGauge(name, { unit, description }, (observer) => {
        for (const pools of this.byName().values()) observer.observe(read(pools), (pools[0] as WorkerPool).attributes);
      });
    gauge('worker_pool.size', '{worker}', 'Workers that the pool has.', (pools) => sum(pools, ({ size }) => size));
    gauge('worker_pool.busy', '{worker}', 'Workers that run a task.', (pools) => sum(pools, ({ busy }) => busy));
    gauge('worker_pool.pending', '{task}', 'Tasks that wait for a worker.', (pools) =>
      sum(pools, (pool) => pool.pending),
    );
    gauge(
      'worker_pool.utilization',
      '1',
      'Part of the time in which workers were busy, from 0 to 1, over the last window of at least a second between two readings.',
      (pools) => sum(pools, (pool) => pool.utilization() * pool.size) / sum(pools, ({ size }) => size),
    );
  }

  /** Pools of one name are one series: their numbers together. */
  private byName(): Map<string, WorkerPool[]> {
    const groups = new Map<string, WorkerPool[]>();
    for (const pool of this.pools) {
      const group = groups.get(pool.name);
      if (group === undefined) groups.set(pool.name, [pool]);
      else group.push(pool);
    }
    return groups;
  }
}

function sum(pools: readonly WorkerPool[], read: (pool: WorkerPool) => number): number {
  return pools.reduce((total, pool) => total + read(pool), 0);
}

/**
 * A pool of workers, observed. It does not schedule: `task` calls its function at once. Tasks beyond the pool's size are taken to wait in
 * the pool's own queue, first come, first served: each counts as pending until another ends, and so on.
 */
export class WorkerPool {
  readonly name: string;
  readonly attributes: Attributes;
  private readonly home: OperationHome;
  private readonly metrics: WorkerPoolMetrics;
  private readonly waiting: TaskOperation[] = [];
  private workers: number;
  private running = 0;
  /** In this window: seconds of work, seconds of workers, and up to when they are counted. */
  private busyTime = 0;
  private workerTime = 0;
  private busySince: number;
  private windowStart: number;
  /** Utilization of the window before; NaN in the first. */
  private lastWindow = Number.NaN;

  constructor(home: OperationHome, metrics: WorkerPoolMetrics, name: string, options: WorkerPoolOptions) {
    this.name = name;
    this.attributes = Object.freeze({ [POOL]: name });
    this.home = home;
    this.metrics = metrics;
    this.workers = options.size;
    this.busySince = home.clock.monotonic();
    this.windowStart = this.busySince;
    metrics.pools.add(this);
  }

  get size(): number {
    return this.workers;
  }

  get busy(): number {
    return this.running;
  }

  get pending(): number {
    return this.waiting.length;
  }

  /** Says that the pool has grown or shrunk. What is no whole number from 0 up is counted as rejected and changes nothing. */
  resize(size: number): void {
    if (!Number.isInteger(size) || size < 0) {
      this.home.diagnostics.problem(
        'ERR_VALUE',
        `worker pool ${this.attributes[POOL]}`,
        () =>
          `Worker pool "${this.attributes[POOL]}" was given a wrong size, which was ignored; give the number of its workers.`,
      );
      return;
    }
    this.count();
    this.workers = size;
    this.startWaiting();
  }

  /** Runs `work` as a task of the pool, and gives what it gives. */
  task<T>(name: string, work: () => T): T {
    const task = new TaskOperation(this.home, this.metrics, this.attributes, name);
    this.waiting.push(task);
    this.startWaiting();
    return settle(
      () => task.run(work),
      (failed, error) => {
        this.ended(task);
        task.settled(failed, error);
      },
    );
  }

  /**
   * Part of the time in which workers were busy; of all workers, from 0 to 1. A reading ends the window when that is a second old or more;
   * sooner, it gives the window before, so that several exporters that read at about the same time see the same.
   */
  utilization(): number {
    this.count();
    const window = this.busySince - this.windowStart;
    if (window < MIN_WINDOW && !Number.isNaN(this.lastWindow)) return this.lastWindow;
    const used = this.workerTime > 0 ? Math.min(1, this.busyTime / this.workerTime) : 0;
    if (window < MIN_WINDOW) return used;
    this.lastWindow = used;
    this.busyTime = 0;
    this.workerTime = 0;
    this.windowStart = this.busySince;
    return used;
  }

  /** The pool is gone: its metrics are no longer reported. */
  close(): void {
    this.metrics.pools.delete(this);
  }

  private ended(task: TaskOperation): void {
    this.count();
    if (task.begun) this.running--;
    else this.waiting.splice(this.waiting.indexOf(task), 1);
    this.startWaiting();
  }

  private startWaiting(): void {
    this.count();
    while (this.running < this.workers && this.waiting.length > 0) {
      this.running++;
      this.waiting.shift()?.begin();
    }
  }

  private count(): void {
    const now = this.home.clock.monotonic();
    this.busyTime += this.running * (now - this.busySince);
    this.workerTime += this.workers * (now - this.busySince);
    this.busySince = now;
  }
}

/** A task of a pool. */
export class TaskOperation extends Operation {
  readonly kind = 'task';
  private readonly name: string;
  private readonly metrics: WorkerPoolMetrics;
  private readonly base: Attributes;
  /** Seconds for which it waited; NaN before it was begun. */
  private waited: number;
  private type: string | undefined;

  constructor(home: OperationHome, metrics: WorkerPoolMetrics, pool: Attributes, name: string) {
    const parent = home.tracer === undefined ? undefined : home.contexts.active();
    const base = { ...pool, [TASK]: name };
    super(
      home,
      parent && home.tracer?.start(name, SpanKind.INTERNAL, { ...base } as Record<string, string>, parent),
      parent,
    );
    this.name = name;
    this.metrics = metrics;
    this.base = base;
    this.waited = Number.NaN;
    this.type = undefined;
    this.tell('start');
  }

  get begun(): boolean {
    return !Number.isNaN(this.waited);
  }

  /** A worker takes the task up. */
  begin(): void {
    this.waited = this.elapsed();
    this.metrics.wait.record(this.waited, this.base, this.context);
  }

  settled(failed: boolean, error: unknown): void {
    if (!this.finish()) return;
    // It ended although others were thought to be before it: it did not wait.
    if (!this.begun) {
      this.waited = 0;
      this.metrics.wait.record(0, this.base, this.context);
    }
    const duration = Math.max(0, this.elapsed() - this.waited);
    if (failed) {
      this.type = errorType(error);
      this.span?.fail(error, this.type);
    }
    this.span?.end();
    this.metrics.duration.record(duration, this.eventAttributes(), this.context);
    this.tellEnd(duration, failed ? 'failed' : 'completed', failed, failed ? error : undefined);
  }

  protected override title(): string {
    return this.name;
  }

  protected override eventAttributes(): Attributes {
    return { ...this.base, [ERROR_TYPE]: this.type };
  }
}
