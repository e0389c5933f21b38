import type { VNode } from 'preact';
import type { PoolRow } from '../../../src/frame.ts';
import { Meter } from '../charts/meter.tsx';
import { Charts, RowDetail, trafficCharts } from '../charts/row-detail.tsx';
import { count, seconds } from '../format.ts';
import { isOpen } from '../shell/address.ts';
import { Name } from '../shell/name.tsx';
import { useMine, usePage } from '../shell/page-context.ts';
import { type Column, DataTable } from '../table/data-table.tsx';
import { trafficColumns } from '../table/traffic-columns.tsx';

const COLUMNS: readonly Column<PoolRow>[] = [
  { key: 'pool', title: 'Pool', text: true, value: (row) => row.pool, show: (row) => <Name text={row.pool} /> },
  {
    key: 'service',
    title: 'Service',
    text: true,
    value: (row) => row.service,
    show: (row) => <Name text={row.service} />,
  },
  {
    key: 'utilization',
    width: 9.5,
    title: 'In use',
    hint: 'Share of the time that its workers worked',
    value: (row) => row.utilization,
    show: (row) => <Meter share={row.utilization} />,
  },
  { key: 'busy', title: 'Busy', value: (row) => row.busy, show: (row) => `${count(row.busy)} of ${count(row.size)}` },
  { key: 'pending', title: 'Waiting', value: (row) => row.pending, show: (row) => count(row.pending) },
  {
    key: 'waitP95',
    title: 'Wait p95',
    hint: '95 % start sooner',
    value: (row) => row.waitP95,
    show: (row) => seconds(row.waitP95),
  },
  ...trafficColumns<PoolRow>(),
];

/** Pools of threads and workers. */
export function PoolsView(): VNode {
  const { frame, address } = usePage();
  const rows = useMine(frame.pools.rows);
  const open = rows.find(({ id }) => isOpen(address.open, id));
  return (
    <>
      {open && (
        <RowDetail title={open.pool} service={open.service}>
          <Charts
            view="pools"
            id={open.id}
            plans={[
              { title: 'In use', unit: 'percent', lines: { 'in use': 'utilization' } },
              { title: 'Tasks', unit: 'count', lines: { busy: 'busy', waiting: 'pending', size: 'size' } },
              ...trafficCharts('Tasks'),
              { title: 'Wait before start', unit: 'seconds', lines: { p95: 'waitP95' } },
            ]}
          />
        </RowDetail>
      )}
      <DataTable
        caption="Pools"
        rows={rows}
        more={frame.pools.more}
        columns={COLUMNS}
        sort={{ column: 'utilization', descending: true }}
        filter={(row) => `${row.pool} ${row.service}`}
        opens
        empty="telemetry.workerPool(name, { size }) and the adapters of @telltale/worker-threads show them."
      />
    </>
  );
}
