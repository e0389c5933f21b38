import { metricsAbout } from './metrics-about.ts';

const POOL = 'worker_pool.name';
const TASK = 'task.name';

export const POOL_METRICS = metricsAbout('pool', [
  [
    'worker_pool.task.duration',
    'histogram',
    's',
    'Time from the start of a task to its end.',
    POOL,
    TASK,
    'error.type',
  ],
  ['worker_pool.task.wait.duration', 'histogram', 's', 'Time for which a task waited for a worker.', POOL, TASK],
  ['worker_pool.work.time', 'counter', 's', 'Time for which workers were busy, of all workers together.', POOL],
  ['worker_pool.exits', 'counter', '{worker}', 'Workers that have ended.', POOL, 'error.type'],
  ['worker_pool.size', 'upDownCounter', '{worker}', 'Workers that the pool has.', POOL],
  ['worker_pool.busy', 'upDownCounter', '{worker}', 'Workers that run a task.', POOL],
  ['worker_pool.pending', 'upDownCounter', '{task}', 'Tasks that wait for a worker.', POOL],
  [
    'worker_pool.utilization',
    'gauge',
    '1',
    'Part of the time in which workers were busy, from 0 to 1, over the last window of at least a second between two readings.',
    POOL,
  ],
  [
    'worker_pool.worker.utilization',
    'gauge',
    '1',
    'Part of the time in which a worker was busy, from 0 to 1, over the same window.',
    POOL,
    'thread.id',
  ],
]);
