import type { DashboardSpec } from '../dashboard-of.ts';
import { graph } from '../panels.ts';
import { legendOf, type Queries } from '../queries.ts';

const EXPORTER = ['exporter', 'signal'];

export function telemetry(q: Queries): DashboardSpec {
  const exporter = legendOf(EXPORTER);
  return {
    name: 'telemetry',
    title: 'Telemetry itself',
    description: 'Whether what is recorded arrives, and what it amounts to.',
    rows: [
      {
        title: 'Exporters',
        panels: [
          graph({
            title: 'Exporters that fail',
            about: 'telltale.exporter.failing',
            unit: 'short',
            max: 1,
            lines: {
              '{{instance}} {{exporter}}': q.now('max', 'telltale.exporter.failing', { by: ['instance', 'exporter'] }),
            },
          }),
          graph({
            title: 'What became of points, spans and events',
            about: 'telltale.export.items',
            unit: 'ops',
            lines: { [`${exporter} {{outcome}}`]: q.rate('telltale.export.items', { by: [...EXPORTER, 'outcome'] }) },
          }),
          graph({
            title: 'Calls, 95th percentile',
            about: 'telltale.export.duration',
            unit: 's',
            lines: { [exporter]: q.quantile(0.95, 'telltale.export.duration', { by: EXPORTER }) },
          }),
          graph({
            title: 'Calls that fail',
            about: 'telltale.export.duration',
            unit: 'percentunit',
            lines: { [exporter]: q.share('telltale.export.duration', { failed: ['true'] }, { by: EXPORTER }) },
          }),
        ],
      },
      {
        title: 'Series and problems',
        panels: [
          graph({
            title: 'Series',
            about: 'telltale.series',
            unit: 'short',
            lines: { '{{instance}}': q.now('max', 'telltale.series', { by: ['instance'] }) },
          }),
          graph({
            title: 'Attributes with too many values',
            about: 'telltale.overflows',
            unit: 'short',
            lines: { '{{instance}}': q.now('sum', 'telltale.overflows', { by: ['instance'] }) },
          }),
          graph({
            title: 'Problems',
            about: 'telltale.problems',
            unit: 'ops',
            lines: { '{{code}}': q.rate('telltale.problems', { by: ['code'] }) },
          }),
        ],
      },
    ],
  };
}
