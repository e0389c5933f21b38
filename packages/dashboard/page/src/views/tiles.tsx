import type { VNode } from 'preact';
import { lineKey, type ServiceRow, type Traffic } from '../../../src/frame.ts';
import { Sparkline } from '../charts/sparkline.tsx';
import { count, percent, rate, seconds } from '../format.ts';
import { Name } from '../shell/name.tsx';
import { usePage } from '../shell/page-context.ts';
import { errorShare } from './error-share.ts';

type Signal = 'requests' | 'jobs' | 'calls';

/** All services in six numbers. */
export function Tiles({ rows }: { rows: readonly ServiceRow[] }): VNode {
  const { live, span, frame } = usePage();
  const sum = (field: string) =>
    live.lines.sum(
      rows.map(({ id }) => lineKey('services', id, field)),
      span,
    );
  const slowest = slowestOf(rows);
  const requests = together(rows, 'requests');
  const jobs = together(rows, 'jobs');
  const waiting = rows.some((row) => row.waiting !== null)
    ? rows.reduce((all, row) => all + (row.waiting ?? 0), 0)
    : null;
  return (
    <section class="tiles" aria-label={`All services, the last ${seconds(frame.window)}`}>
      <Tile
        title="Requests"
        value={rate(requests.rate)}
        points={sum('requests.rate')}
        note={`${count(requests.count)} in all`}
      />
      <Tile
        title="Failed requests"
        value={percent(errorShare(requests))}
        points={sum('requests.errorRate')}
        note={`${count(requests.errors)} in all`}
      />
      <Tile
        title="Slowest p95"
        value={seconds(slowest?.requests.p95 ?? null)}
        points={slowest && live.lines.read(lineKey('services', slowest.id, 'requests.p95'), span)}
        note={slowest?.service ?? ''}
      />
      <Tile title="Jobs" value={rate(jobs.rate)} points={sum('jobs.rate')} note={`${count(jobs.count)} in all`} />
      <Tile
        title="Failed jobs"
        value={percent(errorShare(jobs))}
        points={sum('jobs.errorRate')}
        note={`${count(jobs.errors)} in all`}
      />
      <Tile title="Jobs waiting" value={count(waiting)} points={sum('waiting')} note="in all queues" />
    </section>
  );
}

interface TileProps {
  readonly title: string;
  readonly value: string;
  readonly note: string;
  readonly points?: Parameters<typeof Sparkline>[0]['points'] | undefined;
}

function Tile({ title, value, note, points }: TileProps): VNode {
  return (
    <div class="card tile">
      <h3>{title}</h3>
      <p class="tile-value">{value}</p>
      <p class="tile-note">
        <Name text={note === '' ? ' ' : note} />
      </p>
      {points && <Sparkline points={points} wide />}
    </div>
  );
}

function slowestOf(rows: readonly ServiceRow[]): ServiceRow | undefined {
  let slowest: ServiceRow | undefined;
  for (const row of rows) {
    if (row.requests.p95 !== null && row.requests.p95 > (slowest?.requests.p95 ?? -1)) slowest = row;
  }
  return slowest;
}

function together(
  rows: readonly ServiceRow[],
  signal: Signal,
): Pick<Traffic, 'rate' | 'errorRate' | 'count' | 'errors'> {
  let rate: number | null = null;
  let errorRate: number | null = null;
  let total = 0;
  let errors = 0;
  for (const row of rows) {
    const traffic = row[signal];
    total += traffic.count;
    errors += traffic.errors;
    if (traffic.rate === null) continue;
    rate = (rate ?? 0) + traffic.rate;
    errorRate = (errorRate ?? 0) + (traffic.errorRate ?? 0);
  }
  return { rate, errorRate, count: total, errors };
}
