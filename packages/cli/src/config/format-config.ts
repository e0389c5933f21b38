import { relative } from 'node:path';
import type { ExaminedExporter } from '@telltale/config';
import { formatTable } from '../format-table.ts';
import type { ConfigReport } from './config-report.ts';

/** The report for people: aligned, in plain text. */
export function formatConfig(report: ConfigReport, cwd: string): string {
  const { service, exporters, switchedOff, resourceDetectors, dashboard, problems } = report;
  const { name, version, environment } = service;
  const title = [[name, version].filter((part) => part !== undefined).join(' '), environment]
    .filter(Boolean)
    .join(', ');
  return [
    heading(report, cwd),
    '',
    `Service    ${title}`,
    ...(report.disabled ? ['Disabled   nothing is observed or sent'] : []),
    ...(resourceDetectors.length === 0 ? [] : [`Detectors  ${resourceDetectors.join(', ')}`]),
    ...(dashboard === undefined ? [] : [`Live page  ${dashboard.host}:${dashboard.port}`]),
    '',
    'Exporters',
    ...(exporters.length === 0 ? ['  none'] : formatTable(exporters.map(row)).map((line) => `  ${line}`)),
    ...(switchedOff.length === 0 ? [] : [`  switched off: ${switchedOff.join(', ')}`]),
    ...(problems.length === 0 ? [] : ['', 'Problems', ...problems.map(({ message }) => `  - ${message}`)]),
    '',
    report.ok ? 'No problems.' : `${problems.length} to mend.`,
    '',
  ].join('\n');
}

function heading({ file, isThere }: ConfigReport, cwd: string): string {
  if (file === undefined) return 'No configuration file: what the environment says.';
  return isThere
    ? `${shortest(file, cwd)}, and the environment over it`
    : `No ${shortest(file, cwd)}: what the environment says.`;
}

function row({ name, type, source, path, isServed, interval = {}, signals, problem }: ExaminedExporter): string[] {
  const sent = signals.map((signal) => (isServed ? `${signal} when asked` : `${signal} every ${interval[signal]} s`));
  return [
    name,
    type,
    problem === undefined ? sent.join(', ') : 'fails, see below',
    source === 'environment' ? source : `${source}, ${path}`,
  ];
}

function shortest(file: string, cwd: string): string {
  const path = relative(cwd, file);
  return path.startsWith('..') ? file : path;
}
