import { isDistribution, SERVICE } from '../clouds/rule-words.ts';
import { type Panel, SECTIONS } from '../clouds/sections.ts';
import type { OwnMetric } from '../target.ts';
import { growthOf, seriesOf } from './queries.ts';

type Json = Readonly<Record<string, unknown>>;

const VARIABLES = ['service', 'env'];
/** A group is twelve columns wide. */
const WIDTH = 4;
const HEIGHT = 3;

/** As `POST /api/v1/dashboard` takes it. */
export function dashboardOf(metricOf: (name: string) => OwnMetric): Json {
  let y = 0;
  const widgets = SECTIONS.map(({ title, panels }) => {
    const rows = Math.ceil(panels.length / 3);
    const group = {
      definition: {
        type: 'group',
        layout_type: 'ordered',
        title,
        widgets: panels.map((panel, i) => ({
          definition: timeseries(panel, metricOf),
          layout: { x: (i % 3) * WIDTH, y: Math.floor(i / 3) * HEIGHT, width: WIDTH, height: HEIGHT },
        })),
      },
      // The heading takes one row.
      layout: { x: 0, y, width: 12, height: rows * HEIGHT + 1 },
    };
    y += rows * HEIGHT + 1;
    return group;
  });
  return {
    title: 'Telltale',
    description:
      'Requests, jobs, calls, pools and the process, by the metrics of Telltale. Made by @telltale/templates.',
    layout_type: 'ordered',
    reflow_type: 'fixed',
    template_variables: VARIABLES.map((name) => ({ name, prefix: name, available_values: [], defaults: ['*'] })),
    widgets,
  };
}

function timeseries(panel: Panel, metricOf: (name: string) => OwnMetric): Json {
  const { queries, formulas } = requestOf(panel, metricOf);
  return {
    type: 'timeseries',
    title: panel.title,
    show_legend: true,
    legend_layout: 'auto',
    requests: [
      {
        response_format: 'timeseries',
        queries: queries.map((query, i) => ({ data_source: 'metrics', name: `query${i + 1}`, query })),
        formulas,
        display_type: 'line',
      },
    ],
  };
}

function requestOf(
  { shows }: Panel,
  metricOf: (name: string) => OwnMetric,
): { readonly queries: readonly string[]; readonly formulas: readonly Json[] } {
  switch (shows.type) {
    case 'share': {
      const some = growthOf(metricOf(shows.part.metric), shows.part, [SERVICE], VARIABLES);
      const whole = growthOf(metricOf(shows.of.metric), shows.of, [SERVICE], VARIABLES);
      return {
        queries: [some, whole],
        formulas: [{ formula: '100 * default_zero(query1) / query2', alias: 'percent' }],
      };
    }
    case 'percentile':
      return {
        queries: shows.quantiles.map((quantile) => seriesOf(`p${quantile * 100}`, shows, shows.by, VARIABLES)),
        formulas: shows.quantiles.map((quantile, i) => ({ formula: `query${i + 1}`, alias: `p${quantile * 100}` })),
      };
    case 'value':
      return { queries: [seriesOf(shows.aggregate, shows, shows.by, VARIABLES)], formulas: [{ formula: 'query1' }] };
    case 'rate': {
      const how = isDistribution(metricOf(shows.metric)) ? 'count' : 'sum';
      return {
        queries: [`${seriesOf(how, shows, shows.by, VARIABLES)}.as_rate()`],
        formulas: [{ formula: 'query1', alias: 'per second' }],
      };
    }
  }
}
