import type { Traffic } from '../../../src/frame.ts';
import { count, percent, rate, seconds } from '../format.ts';
import { errorShare, isFailing } from '../views/error-share.ts';
import type { Column } from './data-table.tsx';

/** The columns of what many calls have in common. */
export function trafficColumns<R extends Traffic>(): readonly Column<R>[] {
  return [
    {
      key: 'rate',
      title: 'Rate',
      hint: 'Per second, over the last window',
      value: (row) => row.rate,
      show: (row) => rate(row.rate),
    },
    {
      key: 'errorRate',
      title: 'Errors',
      hint: 'Share that failed, over the last window',
      value: errorShare,
      show: (row) => (isFailing(row) ? <strong>▲ {percent(errorShare(row))}</strong> : percent(errorShare(row))),
      mark: (row) => (isFailing(row) ? 'bad' : undefined),
    },
    { key: 'p50', title: 'p50', hint: 'Half are faster', value: (row) => row.p50, show: (row) => seconds(row.p50) },
    { key: 'p95', title: 'p95', hint: '95 % are faster', value: (row) => row.p95, show: (row) => seconds(row.p95) },
    { key: 'p99', title: 'p99', hint: '99 % are faster', value: (row) => row.p99, show: (row) => seconds(row.p99) },
    {
      key: 'count',
      title: 'Total',
      hint: 'Since the start',
      value: (row) => row.count,
      show: (row) => count(row.count),
    },
    {
      key: 'errors',
      width: 4.75,
      title: 'Failed',
      hint: 'Since the start',
      value: (row) => row.errors,
      show: (row) => count(row.errors),
    },
  ];
}
