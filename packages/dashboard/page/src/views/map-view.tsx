import type { VNode } from 'preact';
import type { CallRow, Traffic } from '../../../src/frame.ts';
import { Charts, RowDetail, trafficCharts } from '../charts/row-detail.tsx';
import { count, NONE } from '../format.ts';
import { MAX_ARROWS, ServiceMap } from '../map/service-map.tsx';
import { isOpen } from '../shell/address.ts';
import { Name } from '../shell/name.tsx';
import { usePage } from '../shell/page-context.ts';
import { type Column, DataTable } from '../table/data-table.tsx';
import { trafficColumns } from '../table/traffic-columns.tsx';

const CALLS: readonly Column<CallRow>[] = [
  { key: 'from', title: 'From', text: true, value: (row) => row.from, show: (row) => <Name text={row.from} /> },
  { key: 'to', title: 'To', text: true, value: (row) => row.to, show: (row) => <Name text={row.to} /> },
  {
    key: 'protocol',
    width: 5.5,
    title: 'Protocol',
    text: true,
    value: (row) => row.protocol,
    show: (row) => <Name text={row.protocol || NONE} />,
  },
  { key: 'active', width: 4.25, title: 'Active', value: (row) => row.active, show: (row) => count(row.active) },
  ...trafficColumns<CallRow>(),
];

type Operation = Traffic & { readonly operation: string; readonly id: string };

const OPERATIONS: readonly Column<Operation>[] = [
  {
    key: 'operation',
    title: 'Operation',
    text: true,
    value: (row) => row.operation,
    show: (row) => <Name text={row.operation} />,
  },
  ...trafficColumns<Operation>(),
];

/** Calls between services, as a picture and as a table. */
export function MapView(): VNode {
  const { frame, address } = usePage();
  const { service } = address;
  const rows = frame.calls.rows.filter((row) => service === undefined || row.from === service || row.to === service);
  const open = rows.find(({ id }) => isOpen(address.open, id));
  return (
    <>
      {open && (
        <RowDetail title={`${open.from} → ${open.to}`} service={open.protocol}>
          <Charts view="calls" id={open.id} plans={trafficCharts('Calls')} />
          <DataTable
            caption="Operations"
            rows={open.operations.map((row) => ({ ...row, id: row.operation }))}
            more={0}
            columns={OPERATIONS}
            sort={{ column: 'rate', descending: true }}
            empty="This arrow has no named operations."
          />
        </RowDetail>
      )}
      {rows.length > 0 && (
        <div class="card map-card">
          <ServiceMap calls={rows} />
          {rows.length > MAX_ARROWS && (
            <p class="more">
              The {MAX_ARROWS} busiest of {count(rows.length)} arrows; the table has them all.
            </p>
          )}
        </div>
      )}
      <DataTable
        caption="Calls"
        rows={rows}
        more={frame.calls.more}
        columns={CALLS}
        sort={{ column: 'rate', descending: true }}
        filter={(row) => `${row.from} ${row.to} ${row.protocol}`}
        opens
        empty="telemetry.boundary(…) and @telltale/http-client record calls between services."
      />
    </>
  );
}
