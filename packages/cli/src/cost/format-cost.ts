import { formatTable } from '../format-table.ts';
import type { CostReport } from './cost-report.ts';

/** Metrics that are listed. */
const TOP = 10;

/** The report for people: aligned, in plain text. */
export function formatCost(report: CostReport): string {
  const { url, assumptions, metrics, backends, notes, asOf } = report;
  const { interval, spansPerSecond, eventsPerSecond, instances } = assumptions;
  const series = metrics.reduce((sum, metric) => sum + metric.series, 0);
  const bill = backends.map(({ name, series, requestsPerMonth, perMonth, lines }) => [
    name,
    whole(series),
    whole(requestsPerMonth),
    lines.some(({ unitPrice }) => unitPrice === undefined) ? 'no price' : usd(perMonth),
    lines.some(({ verified, unitPrice }) => !verified && unitPrice !== undefined) ? 'not verified' : '',
  ]);
  const top = metrics.slice(0, TOP).map(({ name, type, series, labels }) => [
    name,
    type,
    whole(series),
    labels
      .slice(0, 3)
      .map(({ label, values }) => `${label} ${values}`)
      .join(', '),
  ]);
  return [
    `${url}: ${count(metrics.length, 'metric')}, ${whole(series)} series`,
    `${count(instances, 'instance')}, each with an export every ${interval} s, ${spansPerSecond} spans/s and ${eventsPerSecond} events/s`,
    ...section('A month', formatTable([['', 'series', 'calls', 'USD', ''], ...bill], [1, 2, 3])),
    ...section('Most series, and the labels that make them', formatTable(top, [2])),
    ...section(
      'Notes',
      notes.map((note) => `- ${note}`),
    ),
    '',
    `List prices as of ${asOf}, without discounts and free allowances unless asked for.`,
    '',
  ].join('\n');
}

function section(title: string, body: readonly string[]): string[] {
  return body.length === 0 ? [] : ['', title, ...body.map((line) => `  ${line}`)];
}

function count(n: number, what: string): string {
  return `${whole(n)} ${what}${n === 1 ? '' : 's'}`;
}

function whole(n: number): string {
  return Math.round(n).toLocaleString('en');
}

function usd(n: number): string {
  return n.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}
