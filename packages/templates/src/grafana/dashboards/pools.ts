import type { DashboardSpec } from '../dashboard-of.ts';
import { TASK } from '../names.ts';
import { graph } from '../panels.ts';
import { legendOf, type Queries } from '../queries.ts';

const POOL = ['worker_pool.name'];
const KIND = ['worker_pool.name', 'task.name'];
const LOCK = ['lock.name', 'lock.mode'];

export function pools(q: Queries): DashboardSpec {
  const pool = legendOf(POOL);
  const kind = legendOf(KIND);
  const lock = legendOf(LOCK);
  return {
    name: 'pools',
    title: 'Pools and locks',
    description: 'Worker pools and their tasks, locks and who waits for them.',
    rows: [
      {
        title: 'Worker pools',
        panels: [
          graph({
            title: 'Utilization',
            about: 'worker_pool.work.time',
            hint: 'Of all workers, over the window of the graph.',
            unit: 'percentunit',
            max: 1,
            limits: [0.8, 0.95],
            lines: {
              [pool]: `${q.rate('worker_pool.work.time', { by: POOL })} / ${q.now('sum', 'worker_pool.size', { by: POOL })}`,
            },
          }),
          graph({
            title: 'Utilization, as the process saw it',
            about: 'worker_pool.utilization',
            unit: 'percentunit',
            max: 1,
            lines: { [pool]: q.now('max', 'worker_pool.utilization', { by: POOL }) },
          }),
          graph({
            title: 'Workers',
            about: 'worker_pool.size',
            unit: 'short',
            lines: {
              [`${pool} busy`]: q.now('sum', 'worker_pool.busy', { by: POOL }),
              [`${pool} all`]: q.now('sum', 'worker_pool.size', { by: POOL }),
            },
          }),
          graph({
            title: 'Waiting tasks',
            about: 'worker_pool.pending',
            unit: 'short',
            lines: { [pool]: q.now('sum', 'worker_pool.pending', { by: POOL }) },
          }),
          graph({
            title: 'Each worker',
            about: 'worker_pool.worker.utilization',
            unit: 'percentunit',
            max: 1,
            lines: {
              [`${pool} {{thread_id}}`]: q.now('max', 'worker_pool.worker.utilization', { by: [...POOL, 'thread.id'] }),
            },
          }),
          graph({
            title: 'Workers that end',
            about: 'worker_pool.exits',
            unit: 'ops',
            lines: { [`${pool} {{error_type}}`]: q.rate('worker_pool.exits', { by: [...POOL, 'error.type'] }) },
          }),
        ],
      },
      {
        title: 'Tasks',
        panels: [
          graph({ title: 'Tasks', about: TASK, unit: 'ops', lines: { [kind]: q.rate(TASK, { by: KIND }) } }),
          graph({
            title: 'What fails',
            about: TASK,
            unit: 'ops',
            lines: {
              [`${kind} {{error_type}}`]: q.rate(TASK, { by: [...KIND, 'error.type'], where: { 'error.type': true } }),
            },
          }),
          graph({
            title: 'Duration, 95th percentile',
            about: TASK,
            unit: 's',
            exemplars: true,
            lines: { [kind]: q.quantile(0.95, TASK, { by: KIND }) },
          }),
          graph({
            title: 'Waiting, 95th percentile',
            about: 'worker_pool.task.wait.duration',
            unit: 's',
            lines: { [kind]: q.quantile(0.95, 'worker_pool.task.wait.duration', { by: KIND }) },
          }),
        ],
      },
      {
        title: 'Locks',
        panels: [
          graph({
            title: 'Waiting and holding',
            about: 'lock.waiting',
            unit: 'short',
            lines: {
              [`${lock} waiting`]: q.now('sum', 'lock.waiting', { by: LOCK }),
              [`${lock} held`]: q.now('sum', 'lock.held', { by: LOCK }),
            },
          }),
          graph({
            title: 'Waiting, 95th percentile',
            about: 'lock.wait.duration',
            unit: 's',
            lines: { [lock]: q.quantile(0.95, 'lock.wait.duration', { by: LOCK }) },
          }),
          graph({
            title: 'Holding, 95th percentile',
            about: 'lock.hold.duration',
            unit: 's',
            lines: { [lock]: q.quantile(0.95, 'lock.hold.duration', { by: LOCK }) },
          }),
          graph({
            title: 'Contended, suspected deadlocks',
            about: 'lock.contended',
            unit: 'ops',
            lines: {
              [`${lock} contended`]: q.rate('lock.contended', { by: LOCK }),
              [`${lock} suspected deadlocks`]: q.rate('lock.suspected_deadlocks', { by: LOCK }),
            },
          }),
        ],
      },
    ],
  };
}
