import type { VNode } from 'preact';
import type { JobRow, QueueRow } from '../../../src/frame.ts';
import { Charts, RowDetail, trafficCharts } from '../charts/row-detail.tsx';
import { count, NONE, seconds } from '../format.ts';
import { isOpen } from '../shell/address.ts';
import { Facts } from '../shell/facts.tsx';
import { Name } from '../shell/name.tsx';
import { useMine, usePage } from '../shell/page-context.ts';
import { StateMark } from '../shell/state-mark.tsx';
import { type Column, DataTable } from '../table/data-table.tsx';
import { trafficColumns } from '../table/traffic-columns.tsx';
import { LIMITS } from './concerns.ts';

const SERVICE = {
  key: 'service',
  title: 'Service',
  text: true,
  value: (row: { readonly service: string }) => row.service,
  show: (row: { readonly service: string }) => <Name text={row.service} />,
} as const;

const depth = (state: string, title: string): Column<QueueRow> => ({
  key: state,
  title,
  value: (row) => row.depth[state],
  show: (row) => count(row.depth[state]),
});

const isOld = (row: QueueRow) => (row.oldest ?? 0) > LIMITS.oldest;

const QUEUES: readonly Column<QueueRow>[] = [
  { key: 'queue', title: 'Queue', text: true, value: (row) => row.queue, show: (row) => <Name text={row.queue} /> },
  SERVICE,
  {
    key: 'state',
    title: 'State',
    text: true,
    value: (row) => stateOf(row).words,
    show: (row) => <QueueState row={row} />,
  },
  depth('waiting', 'Waiting'),
  depth('active', 'Active'),
  depth('delayed', 'Delayed'),
  depth('failed', 'Failed'),
  {
    key: 'oldest',
    width: 6.75,
    title: 'Oldest',
    hint: 'How long the oldest waiting job has waited',
    value: (row) => row.oldest,
    show: (row) => (isOld(row) ? <strong>▲ {seconds(row.oldest)}</strong> : seconds(row.oldest)),
    mark: (row) => (isOld(row) ? 'bad' : undefined),
  },
  { key: 'workers', title: 'Workers', value: (row) => row.workers, show: (row) => count(row.workers) },
  {
    key: 'stalled',
    title: 'Stalled',
    hint: 'Since the start',
    value: (row) => row.stalled,
    show: (row) => count(row.stalled),
  },
  {
    key: 'overdue',
    title: 'Overdue',
    hint: 'Delayed jobs whose time has come',
    value: (row) => row.overdue,
    show: (row) => count(row.overdue),
  },
];

const JOBS: readonly Column<JobRow>[] = [
  { key: 'job', title: 'Job', text: true, value: (row) => row.job, show: (row) => <Name text={row.job} /> },
  // A job that this process ran by itself has none.
  {
    key: 'queue',
    title: 'Queue',
    text: true,
    value: (row) => row.queue,
    show: (row) => <Name text={row.queue || NONE} />,
  },
  SERVICE,
  { key: 'active', title: 'Active', value: (row) => row.active, show: (row) => count(row.active) },
  ...trafficColumns<JobRow>(),
  {
    key: 'retries',
    title: 'Retries',
    hint: 'Since the start',
    value: (row) => row.retries,
    show: (row) => count(row.retries),
  },
  {
    key: 'waitP50',
    title: 'Wait p50',
    hint: 'Half start sooner',
    value: (row) => row.waitP50,
    show: (row) => seconds(row.waitP50),
  },
  {
    key: 'waitP95',
    title: 'Wait p95',
    hint: '95 % start sooner',
    value: (row) => row.waitP95,
    show: (row) => seconds(row.waitP95),
  },
];

/** Queues as their store sees them, and jobs as workers do. */
export function QueuesView(): VNode {
  const { frame, address } = usePage();
  const queues = useMine(frame.queues.rows);
  const jobs = useMine(frame.jobs.rows);
  const queue = queues.find(({ id }) => isOpen(address.open, id));
  const job = queue ? undefined : jobs.find(({ id }) => isOpen(address.open, id));
  return (
    <>
      {queue && (
        <RowDetail title={queue.queue} service={queue.service}>
          <Charts
            view="queues"
            id={queue.id}
            plans={[
              {
                title: 'Jobs in the queue',
                unit: 'count',
                lines: { waiting: 'depth.waiting', active: 'depth.active', delayed: 'depth.delayed' },
              },
              { title: 'Age of the oldest', unit: 'seconds', lines: { oldest: 'oldest' } },
              { title: 'Workers', unit: 'count', lines: { workers: 'workers' } },
            ]}
          />
          <Facts facts={Object.entries(queue.depth).map(([state, jobs]) => [state, count(jobs)])} />
        </RowDetail>
      )}
      {job && (
        <RowDetail title={job.job} service={`${job.queue} · ${job.service}`}>
          <Charts
            view="jobs"
            id={job.id}
            plans={[
              ...trafficCharts('Jobs'),
              { title: 'Wait before start', unit: 'seconds', lines: { p50: 'waitP50', p95: 'waitP95' } },
            ]}
          />
        </RowDetail>
      )}
      <DataTable
        caption="Queues"
        rows={queues}
        more={frame.queues.more}
        columns={QUEUES}
        sort={{ column: 'waiting', descending: true }}
        filter={(row) => `${row.queue} ${row.service}`}
        opens
        empty="observeQueue(queue, telemetry) of @telltale/bullmq shows them."
      />
      <DataTable
        caption="Jobs"
        rows={jobs}
        more={frame.jobs.more}
        columns={JOBS}
        sort={{ column: 'rate', descending: true }}
        filter={(row) => `${row.job} ${row.queue} ${row.service}`}
        opens
        empty="They appear with the first job that a worker takes, or that telemetry.job(…) runs."
      />
    </>
  );
}

function stateOf(row: QueueRow): { readonly state: 'ok' | 'warning' | 'error'; readonly words: string } {
  if (row.paused) return { state: 'warning', words: 'paused' };
  if (row.workers === 0) return { state: 'error', words: 'no worker' };
  return { state: 'ok', words: 'running' };
}

function QueueState({ row }: { row: QueueRow }): VNode {
  const { state, words } = stateOf(row);
  return <StateMark state={state}>{words}</StateMark>;
}
