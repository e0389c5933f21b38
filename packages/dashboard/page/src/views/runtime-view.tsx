import type { VNode } from 'preact';
import type { RuntimeRow } from '../../../src/frame.ts';
import { Meter } from '../charts/meter.tsx';
import { type ChartPlan, Charts } from '../charts/row-detail.tsx';
import { bytes, bytesPerSecond, percent, seconds } from '../format.ts';
import { isOpen } from '../shell/address.ts';
import { Name } from '../shell/name.tsx';
import { useMine, usePage } from '../shell/page-context.ts';
import { type Column, DataTable } from '../table/data-table.tsx';
import { LIMITS } from './concerns.ts';

const isBlocked = (row: RuntimeRow) => (row.eventLoopP99 ?? 0) > LIMITS.eventLoopDelay;

const COLUMNS: readonly Column<RuntimeRow>[] = [
  {
    key: 'instance',
    title: 'Process',
    text: true,
    value: (row) => row.instance,
    show: (row) => <Name text={row.instance} />,
  },
  {
    key: 'service',
    title: 'Service',
    text: true,
    value: (row) => row.service,
    show: (row) => <Name text={row.service} />,
  },
  {
    key: 'cpu',
    width: 9.5,
    title: 'CPU',
    hint: 'Of all CPUs that the process could use',
    value: (row) => row.cpu,
    show: (row) => <Meter share={row.cpu} />,
  },
  {
    key: 'utilization',
    width: 9.5,
    title: 'Event loop',
    hint: 'Share of the time that it was busy',
    value: (row) => row.eventLoopUtilization,
    show: (row) => <Meter share={row.eventLoopUtilization} />,
  },
  {
    key: 'p99',
    title: 'Delay p99',
    hint: 'How late the event loop was',
    value: (row) => row.eventLoopP99,
    show: (row) => (isBlocked(row) ? <strong>▲ {seconds(row.eventLoopP99)}</strong> : seconds(row.eventLoopP99)),
    mark: (row) => (isBlocked(row) ? 'bad' : undefined),
  },
  {
    key: 'gc',
    title: 'GC',
    hint: 'Share of the time that went into garbage collection',
    value: (row) => row.gc,
    show: (row) => percent(row.gc),
  },
  { key: 'heap', title: 'Heap', value: (row) => row.heapUsed, show: (row) => bytes(row.heapUsed) },
  {
    key: 'memory',
    title: 'Memory',
    hint: 'Resident set',
    value: (row) => row.memory,
    show: (row) => bytes(row.memory),
  },
  {
    key: 'received',
    width: 6,
    title: 'Received',
    value: (row) => row.networkReceived,
    show: (row) => bytesPerSecond(row.networkReceived),
  },
  {
    key: 'sent',
    width: 6,
    title: 'Sent',
    value: (row) => row.networkSent,
    show: (row) => bytesPerSecond(row.networkSent),
  },
];

const PLANS: readonly ChartPlan[] = [
  { title: 'Event loop delay', unit: 'seconds', lines: { p50: 'eventLoopP50', p99: 'eventLoopP99' } },
  { title: 'Event loop busy', unit: 'percent', lines: { busy: 'eventLoopUtilization' } },
  { title: 'Garbage collection', unit: 'percent', lines: { 'of the time': 'gc' } },
  { title: 'Memory', unit: 'bytes', lines: { resident: 'memory', 'heap used': 'heapUsed' } },
  { title: 'CPU', unit: 'percent', lines: { process: 'cpu', machine: 'systemCpu' } },
  { title: 'Memory of the machine', unit: 'percent', lines: { used: 'systemMemory' } },
  { title: 'Network', unit: 'bytesPerSecond', lines: { received: 'networkReceived', sent: 'networkSent' } },
  { title: 'Disk', unit: 'bytesPerSecond', lines: { read: 'diskRead', written: 'diskWritten' } },
];

/** Processes and their machine. */
export function RuntimeView(): VNode {
  const { frame, address } = usePage();
  const rows = useMine(frame.runtime.rows);
  const shown = rows.find(({ id }) => isOpen(address.open, id)) ?? rows[0];
  return (
    <>
      <DataTable
        caption="Processes"
        rows={rows}
        more={frame.runtime.more}
        columns={COLUMNS}
        sort={{ column: 'cpu', descending: true }}
        filter={(row) => `${row.instance} ${row.service}`}
        opens
        current={shown?.id}
        empty="createTelemetry({ runtime: true }) records event loop, memory, CPU, disk and network."
      />
      {shown && (
        <section class="card detail" aria-label="Process">
          <div class="detail-head">
            <h3>
              <Name text={shown.instance} wrap />
            </h3>
            <p class="detail-service">
              <Name text={shown.service} />
            </p>
          </div>
          <Charts view="runtime" id={shown.id} plans={PLANS} />
          {shown.disks.length > 0 && (
            <>
              <h4>File systems</h4>
              <ul class="disks">
                {shown.disks.map(({ mount, used }) => (
                  <li key={mount}>
                    <Name text={mount} /> <Meter share={used} high={LIMITS.disk} />
                  </li>
                ))}
              </ul>
            </>
          )}
        </section>
      )}
    </>
  );
}
