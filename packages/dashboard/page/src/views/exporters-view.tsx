import type { VNode } from 'preact';
import type { ExporterRow } from '../../../src/frame.ts';
import { ago, count, money } from '../format.ts';
import { Name } from '../shell/name.tsx';
import { usePage } from '../shell/page-context.ts';
import { StateMark } from '../shell/state-mark.tsx';
import { type Column, DataTable } from '../table/data-table.tsx';

type Row = ExporterRow & { readonly id: string };

const STATES = { ok: 'ok', failing: 'error', idle: 'idle' } as const;
const WORST_FIRST = { failing: 2, idle: 1, ok: 0 } as const;

const columns = (now: number): readonly Column<Row>[] => [
  { key: 'name', title: 'Exporter', text: true, value: (row) => row.name, show: (row) => <Name text={row.name} /> },
  {
    key: 'status',
    title: 'State',
    text: true,
    value: (row) => WORST_FIRST[row.status],
    show: (row) => (
      <span class="two-lines">
        <StateMark state={STATES[row.status]}>{row.status}</StateMark>
        {row.circuit !== undefined && row.circuit !== 'closed' && <small>circuit {row.circuit}</small>}
      </span>
    ),
  },
  {
    key: 'last',
    width: 6,
    title: 'Last success',
    value: (row) => row.lastSuccess,
    show: (row) => ago(row.lastSuccess, now),
  },
  {
    key: 'queued',
    title: 'Queued',
    hint: 'Waits to be sent',
    value: (row) => row.queued,
    show: (row) => count(row.queued),
  },
  { key: 'accepted', title: 'Accepted', value: (row) => row.accepted, show: (row) => count(row.accepted) },
  {
    key: 'rejected',
    title: 'Rejected',
    hint: 'Refused by the backend for good',
    value: (row) => row.rejected,
    show: (row) => count(row.rejected),
  },
  {
    key: 'dropped',
    title: 'Dropped',
    hint: 'Found no room, or was given up',
    value: (row) => row.dropped,
    show: (row) => (row.dropped > 0 ? <strong>▲ {count(row.dropped)}</strong> : count(row.dropped)),
    mark: (row) => (row.dropped > 0 ? 'bad' : undefined),
  },
  {
    key: 'unknown',
    title: 'Unknown',
    hint: 'Sent, and nobody knows whether it arrived',
    value: (row) => row.unknown,
    show: (row) => count(row.unknown),
  },
  {
    key: 'cost',
    width: 6,
    title: 'Cost a month',
    hint: 'Estimated, if it goes on like this',
    value: (row) => row.monthlyCost,
    show: (row) => money(row.monthlyCost),
  },
  {
    key: 'error',
    width: 13,
    title: 'Last error',
    text: true,
    value: (row) => row.lastError?.time ?? null,
    show: (row) =>
      row.lastError ? (
        <span class="two-lines wide">
          <Name text={row.lastError.message} />
          <small>{ago(row.lastError.time, now)}</small>
        </span>
      ) : (
        'none'
      ),
  },
];

/** Whether what is recorded gets where it should. */
export function ExportersView(): VNode {
  const { frame, live } = usePage();
  const problems = Object.entries(frame.problems);
  return (
    <>
      <DataTable
        caption="Exporters"
        rows={frame.exporters.map((row) => ({ ...row, id: row.name }))}
        more={0}
        columns={columns(live.now())}
        sort={{ column: 'status', descending: true }}
        empty="This service only shows its numbers here."
      />
      {problems.length > 0 && (
        <section class="card" aria-label="Problems of telemetry itself">
          <h3>Problems of telemetry itself</h3>
          <ul class="problems">
            {problems.map(([code, times]) => (
              <li key={code}>
                <StateMark state="info">
                  <Name text={code} wrap />, {count(times)} ×
                </StateMark>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
