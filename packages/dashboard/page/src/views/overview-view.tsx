import type { ComponentChildren, VNode } from 'preact';
import { lineKey, type ServiceRow } from '../../../src/frame.ts';
import { Charts, RowDetail, trafficCharts } from '../charts/row-detail.tsx';
import { Sparkline } from '../charts/sparkline.tsx';
import { bytes, count, percent, plural, rate, seconds } from '../format.ts';
import { hashOf, isOpen } from '../shell/address.ts';
import { Facts } from '../shell/facts.tsx';
import { Name } from '../shell/name.tsx';
import { type PageState, useMine, usePage } from '../shell/page-context.ts';
import { StateMark } from '../shell/state-mark.tsx';
import { type Column, DataTable } from '../table/data-table.tsx';
import { type Concern, concerns } from './concerns.ts';
import { errorShare, isFailing } from './error-share.ts';
import { Tiles } from './tiles.tsx';

/** More are in the views. */
const MAX_CONCERNS = 8;

/** The golden signals of each service, and what is wrong before anything else. */
export function OverviewView(): VNode {
  const page = usePage();
  const { frame, address } = page;
  const rows = useMine(frame.services.rows);
  const found = concerns(frame, address.service);
  const open = rows.find(({ id }) => isOpen(address.open, id)) ?? (rows.length === 1 ? rows[0] : undefined);
  return (
    <>
      <Concerns found={found} />
      <Tiles rows={rows} />
      {open && address.open !== undefined && (
        <RowDetail title={open.service} service={identityOf(open)}>
          <ServiceCharts row={open} />
          <p>
            <a href={hashOf({ view: 'routes', service: open.service })}>Only its routes</a>
          </p>
        </RowDetail>
      )}
      <DataTable
        caption="Services"
        rows={rows}
        more={frame.services.more}
        columns={columns(page, found)}
        sort={{ column: 'state', descending: true }}
        opens
        empty="They appear with the first number that is recorded."
      />
      {open && address.open === undefined && (
        <section class="card detail" aria-label={`Charts of ${open.service}`}>
          <ServiceCharts row={open} />
        </section>
      )}
    </>
  );
}

function Concerns({ found }: { found: readonly Concern[] }): VNode {
  if (found.length === 0) {
    return (
      <section class="card concerns" aria-label="What is wrong">
        <p class="quiet">
          <StateMark state="ok">Nothing is wrong as far as the numbers tell</StateMark>
        </p>
      </section>
    );
  }
  return (
    <section class="card concerns" aria-label="What is wrong">
      <ul>
        {found.slice(0, MAX_CONCERNS).map(({ id, severity, title, detail, view, open, service }) => (
          <li key={id}>
            <a
              href={hashOf({
                view,
                ...(open === undefined ? {} : { open }),
                ...(service === undefined ? {} : { service }),
              })}
            >
              <StateMark state={severity}>
                {severity}
                <span class="unseen">: </span>
              </StateMark>
              <strong>
                <Name text={title} />
              </strong>
              <span class="concern-detail">
                <Name text={detail} />
              </span>
            </a>
          </li>
        ))}
      </ul>
      {found.length > MAX_CONCERNS && <p class="more">and {plural(found.length - MAX_CONCERNS, 'more', 'more')}</p>}
    </section>
  );
}

function ServiceCharts({ row }: { row: ServiceRow }): VNode {
  return (
    <>
      <Charts
        view="services"
        id={row.id}
        plans={[
          ...trafficCharts('Requests', 'requests.'),
          ...(row.jobs.count > 0
            ? trafficCharts('Jobs', 'jobs.').map((plan) => ({ ...plan, title: jobTitle(plan.title) }))
            : []),
          { title: 'CPU', unit: 'percent', lines: { cpu: 'cpu' } },
          { title: 'Memory', unit: 'bytes', lines: { resident: 'memory' } },
          { title: 'Event loop delay', unit: 'seconds', lines: { delay: 'eventLoopDelay' } },
        ]}
      />
      <Facts
        facts={[
          ['requests now', count(row.activeRequests)],
          ['jobs now', count(row.activeJobs)],
          ['calls to others', rate(row.calls.rate)],
          ['calls p95', seconds(row.calls.p95)],
          ['requests in all', count(row.requests.count)],
          ['jobs in all', count(row.jobs.count)],
        ]}
      />
    </>
  );
}

function jobTitle(title: string): string {
  return title.startsWith('Jobs') ? title : `${title} of jobs`;
}

function identityOf(row: ServiceRow, instances = plural(row.instances, 'process', 'processes')): string {
  return [row.version, row.environment, instances].filter(Boolean).join(' · ');
}

function columns({ live, span }: PageState, found: readonly Concern[]): readonly Column<ServiceRow>[] {
  const withLine = (text: ComponentChildren, row: ServiceRow, field: string) => (
    <span class="with-line">
      <Sparkline points={live.lines.read(lineKey('services', row.id, field), span)} />
      <span class="with-line-number">{text}</span>
    </span>
  );
  const failing = (traffic: ServiceRow['requests']) =>
    isFailing(traffic) ? <strong>▲ {percent(errorShare(traffic))}</strong> : percent(errorShare(traffic));
  const wrong = (row: ServiceRow) => found.filter(({ service }) => service === row.service).length;
  return [
    {
      key: 'service',
      title: 'Service',
      text: true,
      value: (row) => row.service,
      show: (row) => (
        <span class="two-lines">
          <Name text={row.service} />
          <small>
            <Name text={identityOf(row, `${row.instances}×`)} />
          </small>
        </span>
      ),
    },
    {
      key: 'state',
      title: 'State',
      text: true,
      // The busiest first of those that are equally well.
      value: (row) => wrong(row) * 1e9 + (row.requests.rate ?? 0) + (row.jobs.rate ?? 0),
      show: (row) =>
        wrong(row) > 0 ? (
          <StateMark state="warning">{plural(wrong(row), 'problem')}</StateMark>
        ) : (
          <StateMark state="ok">ok</StateMark>
        ),
    },
    {
      key: 'rate',
      width: 8.25,
      title: 'Requests',
      value: (row) => row.requests.rate,
      show: (row) => withLine(rate(row.requests.rate), row, 'requests.rate'),
    },
    {
      key: 'errors',
      width: 8.25,
      title: 'Errors',
      value: (row) => errorShare(row.requests),
      show: (row) => withLine(failing(row.requests), row, 'requests.errorRate'),
      mark: (row) => (isFailing(row.requests) ? 'bad' : undefined),
    },
    {
      key: 'p95',
      width: 8.25,
      title: 'p95',
      hint: '95 % are faster',
      value: (row) => row.requests.p95,
      show: (row) => withLine(seconds(row.requests.p95), row, 'requests.p95'),
    },
    { key: 'jobs', width: 4.75, title: 'Jobs', value: (row) => row.jobs.rate, show: (row) => rate(row.jobs.rate) },
    {
      key: 'failedJobs',
      width: 4.75,
      title: 'Failed',
      hint: 'Share of jobs that failed, over the last window',
      value: (row) => errorShare(row.jobs),
      show: (row) => failing(row.jobs),
      mark: (row) => (isFailing(row.jobs) ? 'bad' : undefined),
    },
    {
      key: 'waiting',
      width: 4.75,
      title: 'Waiting',
      hint: 'Jobs in its queues',
      value: (row) => row.waiting,
      show: (row) => count(row.waiting),
    },
    { key: 'cpu', width: 4.75, title: 'CPU', value: (row) => row.cpu, show: (row) => percent(row.cpu) },
    { key: 'memory', title: 'Memory', value: (row) => row.memory, show: (row) => bytes(row.memory) },
  ];
}
