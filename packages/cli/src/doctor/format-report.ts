import { formatTable } from '../format-table.ts';
import type { DoctorReport, Finding, FrameworkReport } from './report.ts';

/** The report for people: aligned, in plain text. */
export function formatReport(report: DoctorReport): string {
  const { project, node, sources, frameworks, exporters, telemetry, findings } = report;
  const title = [project.name, project.version].filter((part) => part !== undefined).join(' ');
  const of = (level: Finding['level']): Finding[] => findings.filter((finding) => finding.level === level);
  return [
    `${title}, Node ${node}, ${sources} source ${sources === 1 ? 'file' : 'files'}`,
    ...section('Frameworks', formatTable(frameworks.map((one) => [`${one.name} ${one.version}`, observers(one)]))),
    ...section(
      telemetry === undefined ? 'Exporters' : `Exporters (${telemetry})`,
      formatTable(exporters.map(({ name, status, detail }) => [name, status, detail])),
    ),
    ...section('Problems', of('problem').flatMap(lines)),
    ...section('Notes', of('note').flatMap(lines)),
    '',
    report.ok ? 'No problems.' : `${of('problem').length} to mend.`,
    '',
  ].join('\n');
}

function observers({ supported, observedBy }: FrameworkReport): string {
  const by = observedBy.map(({ by, where }) => `${by} (${where})`).join(', ');
  if (by !== '') return `observed by ${by}`;
  return supported ? 'not observed' : 'not supported';
}

function lines({ message, mend }: Finding): string[] {
  return [`- ${message}`, `  ${mend}`];
}

function section(title: string, body: readonly string[]): string[] {
  return body.length === 0 ? [] : ['', title, ...body.map((line) => `  ${line}`)];
}
