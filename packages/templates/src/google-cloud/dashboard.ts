import { type Panel, SECTIONS } from '../clouds/sections.ts';
import type { OwnMetric } from '../target.ts';
import type { GooglePromql } from './promql.ts';

/** Of the 48 columns of a mosaic. */
const COLUMNS = 48;
const WIDTH = 16;
const HEIGHT = 16;
/** What the dashboard is narrowed to by its filter; without a choice, all services. */
const WINDOW = 300;

/** google.monitoring.dashboard.v1.Dashboard as JSON. */
export function dashboardOf(
  promql: GooglePromql,
  metricOf: (name: string) => OwnMetric,
): Readonly<Record<string, unknown>> {
  const tiles: object[] = [];
  let y = 0;
  for (const { title, panels } of SECTIONS) {
    const rows = Math.ceil(panels.length / 3);
    // A group lies behind its tiles.
    tiles.push({
      ...(y > 0 && { yPos: y }),
      width: COLUMNS,
      height: rows * HEIGHT,
      widget: { title, collapsibleGroup: { collapsed: false } },
    });
    for (const [i, panel] of panels.entries()) {
      const [x, down] = [(i % 3) * WIDTH, y + Math.floor(i / 3) * HEIGHT];
      tiles.push({
        ...(x > 0 && { xPos: x }),
        ...(down > 0 && { yPos: down }),
        width: WIDTH,
        height: HEIGHT,
        widget: { title: panel.title, xyChart: chartOf(panel, promql, metricOf) },
      });
    }
    y += rows * HEIGHT;
  }
  return {
    displayName: 'Telltale',
    labels: { telltale: '' },
    dashboardFilters: [{ filterType: 'RESOURCE_LABEL', labelKey: promql.label('service.name') }],
    mosaicLayout: { columns: COLUMNS, tiles },
  };
}

function chartOf(panel: Panel, promql: GooglePromql, metricOf: (name: string) => OwnMetric): object {
  const queries = queriesOf(panel, promql);
  const unit = unitOf(panel, metricOf);
  return {
    dataSets: queries.map(({ query, legend }) => ({
      plotType: 'LINE',
      targetAxis: 'Y1',
      ...(legend !== undefined && { legendTemplate: legend }),
      timeSeriesQuery: { prometheusQuery: query, ...(unit !== undefined && { unitOverride: unit }) },
    })),
    yAxis: { scale: 'LINEAR' },
    chartOptions: { mode: 'COLOR' },
  };
}

function queriesOf(
  { shows }: Panel,
  promql: GooglePromql,
): readonly { readonly query: string; readonly legend?: string }[] {
  switch (shows.type) {
    case 'rate':
      return [{ query: promql.rate(shows, ['service.name', ...shows.by], WINDOW) }];
    case 'percentile':
      return shows.quantiles.map((quantile) => ({
        query: promql.percentile(shows, quantile, ['service.name', ...shows.by], WINDOW),
        ...(shows.by.length === 0 && {
          legend: `\${metric.labels.${promql.label('service.name')}} p${quantile * 100}`,
        }),
      }));
    case 'value':
      return [{ query: promql.value(shows.aggregate, shows, ['service.name', ...shows.by]) }];
    case 'share':
      return [{ query: promql.share(shows.part, shows.of, WINDOW, ['service.name'], true) }];
  }
}

function unitOf({ shows }: Panel, metricOf: (name: string) => OwnMetric): string | undefined {
  if (shows.type === 'share') return '10^2.%';
  const { unit } = metricOf(shows.metric);
  if (shows.type === 'rate') return unit === 'By' ? 'By/s' : '1/s';
  return unit === 's' || unit === 'By' ? unit : undefined;
}
