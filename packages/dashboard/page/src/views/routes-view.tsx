import type { VNode } from 'preact';
import type { RouteRow } from '../../../src/frame.ts';
import { Charts, RowDetail, trafficCharts } from '../charts/row-detail.tsx';
import { count } from '../format.ts';
import { isOpen } from '../shell/address.ts';
import { Facts } from '../shell/facts.tsx';
import { Name } from '../shell/name.tsx';
import { useMine, usePage } from '../shell/page-context.ts';
import { type Column, DataTable } from '../table/data-table.tsx';
import { trafficColumns } from '../table/traffic-columns.tsx';

const COLUMNS: readonly Column<RouteRow>[] = [
  {
    key: 'route',
    title: 'Route',
    text: true,
    value: (row) => row.route,
    show: (row) => (
      <>
        <span class="method">{row.method}</span> <Name text={row.route} />
      </>
    ),
  },
  {
    key: 'service',
    title: 'Service',
    text: true,
    value: (row) => row.service,
    show: (row) => <Name text={row.service} />,
  },
  ...trafficColumns<RouteRow>(),
];

/** Requests by route. */
export function RoutesView(): VNode {
  const { frame, address } = usePage();
  const rows = useMine(frame.routes.rows);
  const open = rows.find(({ id }) => isOpen(address.open, id));
  return (
    <>
      {open && (
        <RowDetail title={`${open.method} ${open.route}`} service={open.service}>
          <Charts view="routes" id={open.id} plans={trafficCharts('Requests')} />
          <Facts facts={Object.entries(open.statuses).map(([status, times]) => [statusName(status), count(times)])} />
        </RowDetail>
      )}
      <DataTable
        caption="Routes"
        rows={rows}
        more={frame.routes.more}
        columns={COLUMNS}
        sort={{ column: 'rate', descending: true }}
        filter={(row) => `${row.method} ${row.route} ${row.service}`}
        opens
        empty="They appear with the first request that the Express or Nest adapter sees."
      />
    </>
  );
}

function statusName(status: string): string {
  return status === '499' ? '499 client hung up' : status;
}
