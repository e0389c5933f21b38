import type { VNode } from 'preact';
import type { TraceRow } from '../../../src/frame.ts';
import { ago, count, seconds } from '../format.ts';
import { Empty } from '../shell/empty.tsx';
import { Name } from '../shell/name.tsx';
import { useMine, usePage } from '../shell/page-context.ts';
import { StateMark } from '../shell/state-mark.tsx';
import { type Column, DataTable } from '../table/data-table.tsx';
import { TraceView } from '../traces/trace-view.tsx';

type Row = TraceRow & { readonly id: string };

const columns = (now: number): readonly Column<Row>[] => [
  { key: 'name', title: 'Trace', text: true, value: (row) => row.name, show: (row) => <Name text={row.name} /> },
  {
    key: 'service',
    title: 'Service',
    text: true,
    value: (row) => row.service,
    show: (row) => <Name text={row.service} />,
  },
  {
    key: 'why',
    title: 'Why',
    text: true,
    value: (row) => row.why,
    show: (row) => <StateMark state={row.why === 'failed' ? 'error' : 'warning'}>{row.why}</StateMark>,
  },
  { key: 'seconds', title: 'Duration', value: (row) => row.seconds, show: (row) => seconds(row.seconds) },
  { key: 'spans', title: 'Spans', value: (row) => row.spans, show: (row) => count(row.spans) },
  { key: 'start', width: 6, title: 'When', value: (row) => row.start, show: (row) => ago(row.start, now) },
  {
    key: 'message',
    width: 18,
    title: 'Message',
    text: true,
    value: (row) => row.message,
    show: (row) => <Name text={row.message ?? '–'} />,
  },
];

/** Slow and failed traces; one of them as a waterfall. */
export function TracesView(): VNode {
  const { frame, live, address } = usePage();
  const rows = useMine(frame.traces === 'off' ? [] : frame.traces);
  if (address.open !== undefined) return <TraceView key={address.open} traceId={address.open} />;
  if (frame.traces === 'off') {
    return (
      <Empty title="Nobody records spans here.">
        createTelemetry({'{ signals: { spans: true } }'}) switches them on.
      </Empty>
    );
  }
  return (
    <DataTable
      caption="Slow and failed traces"
      rows={rows.map((row) => ({ ...row, id: row.traceId }))}
      more={0}
      columns={columns(live.now())}
      sort={{ column: 'start', descending: true }}
      filter={(row) => `${row.name} ${row.service} ${row.why} ${row.message ?? ''} ${row.traceId}`}
      opens
      empty="That is good: nothing was slow, and nothing failed."
    />
  );
}
