import type { Attributes } from '../attributes.ts';
import type { ObservableCallback } from '../metrics/observable.ts';
import type { Meter } from './operation-home.ts';
import type { PoolWorker } from './pool-worker.ts';
import type { TaskMetrics } from './task.ts';

/** From a tenth of a millisecond to minutes, in seconds. */
const DURATION_BUCKETS = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** A pool that its metrics are read from. */
export interface ReportedPool {
  readonly name: string;
  readonly attributes: Attributes;
  readonly size: number;
  readonly busy: number;
  readonly pending: number;
  /** Whether tasks may wait in it. */
  readonly hasTasks: boolean;
  /** Whether it is known how many workers are busy. */
  readonly isTold: boolean;
  /** Workers that are reported apart. */
  readonly members: Iterable<PoolWorker>;
  utilization(): number;
  /** Brings all numbers up to now. */
  refresh(): void;
}

/** The instruments of all pools of a service. Pools announce themselves, and are asked when metrics are read. */
export class WorkerPoolMetrics implements TaskMetrics {
  readonly duration;
  readonly wait;
  readonly workTime;
  readonly exits;
  readonly pools = new Set<ReportedPool>();

  constructor(meter: Meter) {
    const seconds = (description: string) => ({ unit: 's', description, buckets: DURATION_BUCKETS });
    this.duration = meter.histogram('worker_pool.task.duration', seconds('Time from the start of a task to its end.'));
    this.wait = meter.histogram(
      'worker_pool.task.wait.duration',
      seconds('Time for which a task waited for a worker.'),
    );
    this.workTime = meter.counter('worker_pool.work.time', {
      unit: 's',
      description: 'Time for which workers were busy, of all workers together.',
    });
    this.exits = meter.counter('worker_pool.exits', { unit: '{worker}', description: 'Workers that have ended.' });
    const observe =
      (read: (pools: readonly ReportedPool[]) => number | undefined): ObservableCallback =>
      (observer) => {
        for (const pools of this.byName().values()) {
          const value = read(pools);
          if (value !== undefined) observer.observe(value, (pools[0] as ReportedPool).attributes);
        }
      };
    // Those of several processes add up.
    const count = (name: string, unit: string, description: string, read: Parameters<typeof observe>[0]) =>
      meter.observableUpDownCounter(name, { unit, description }, observe(read));
    count('worker_pool.size', '{worker}', 'Workers that the pool has.', (pools) => sum(pools, ({ size }) => size));
    count('worker_pool.busy', '{worker}', 'Workers that run a task.', (pools) =>
      told(pools, (some) => sum(some, ({ busy }) => busy)),
    );
    count('worker_pool.pending', '{task}', 'Tasks that wait for a worker.', (pools) =>
      told(
        pools.filter(({ hasTasks }) => hasTasks),
        (some) => sum(some, ({ pending }) => pending),
      ),
    );
    meter.observableGauge(
      'worker_pool.utilization',
      {
        unit: '1',
        description:
          'Part of the time in which workers were busy, from 0 to 1, over the last window of at least a second between two readings.',
      },
      observe(utilizationOf),
    );
    meter.observableGauge(
      'worker_pool.worker.utilization',
      { unit: '1', description: 'Part of the time in which a worker was busy, from 0 to 1, over the same window.' },
      ({ observe: report }) => {
        for (const { members } of this.pools)
          for (const worker of members) report(worker.utilization(), worker.attributes);
      },
    );
  }

  /** Pools of one name are one series: their numbers together. */
  private byName(): Map<string, ReportedPool[]> {
    const groups = new Map<string, ReportedPool[]>();
    for (const pool of this.pools) {
      pool.refresh();
      const group = groups.get(pool.name);
      if (group === undefined) groups.set(pool.name, [pool]);
      else group.push(pool);
    }
    return groups;
  }
}

function sum(pools: readonly ReportedPool[], read: (pool: ReportedPool) => number): number {
  return pools.reduce((total, pool) => total + read(pool), 0);
}

/** Of the pools that are told of their tasks; of others nobody knows. */
function told(pools: readonly ReportedPool[], read: (pools: readonly ReportedPool[]) => number): number | undefined {
  const some = pools.filter(({ isTold }) => isTold);
  return some.length === 0 ? undefined : read(some);
}

function utilizationOf(pools: readonly ReportedPool[]): number {
  const workers = sum(pools, ({ size }) => size);
  const used = sum(pools, (pool) => pool.utilization() * pool.size);
  return workers === 0 ? 0 : used / workers;
}
