import { ENVIRONMENT, isDistribution, SERVICE } from '../clouds/rule-words.ts';
import { type Panel, SECTIONS } from '../clouds/sections.ts';
import type { OwnMetric } from '../target.ts';
import { insightsQuery } from './insights.ts';
import { MetricMath } from './metric-math.ts';
import { type RollUp, rollUpOf } from './roll-up.ts';
import { type Naming, PLACES, spelt } from './spelling.ts';

const PERIOD = 60;
/** Of the 24 that a dashboard is wide. */
const WIDTH = 8;
const HEIGHT = 6;

type MetricEntry = readonly (string | Readonly<Record<string, unknown>>)[];

export interface CloudWatchDashboard {
  /** As PutDashboard takes it, with PLACES in it. */
  readonly body: { readonly start: string; readonly periodOverride: 'inherit'; readonly widgets: readonly object[] };
  readonly rollUps: readonly RollUp[];
}

/** All panels, for one service. */
export function dashboardOf(naming: Naming, metricOf: (name: string) => OwnMetric): CloudWatchDashboard {
  const widgets: object[] = [];
  const rollUps: RollUp[] = [];
  let y = 0;
  for (const { title, panels } of SECTIONS) {
    widgets.push({ type: 'text', x: 0, y, width: 24, height: 1, properties: { markdown: `## ${title}` } });
    y += 1;
    for (const [i, panel] of panels.entries()) {
      const x = (i % 3) * WIDTH;
      const metrics = entriesOf(panel, naming, metricOf, rollUps);
      const properties = {
        title: panel.title,
        region: PLACES.region,
        view: 'timeSeries',
        stacked: false,
        period: PERIOD,
        metrics,
        yAxis: { left: { min: 0, ...axisOf(panel, metricOf) } },
      };
      widgets.push({ type: 'metric', x, y: y + Math.floor(i / 3) * HEIGHT, width: WIDTH, height: HEIGHT, properties });
    }
    y += Math.ceil(panels.length / 3) * HEIGHT;
  }
  return { body: { start: '-PT3H', periodOverride: 'inherit', widgets }, rollUps };
}

function entriesOf(
  { shows }: Panel,
  naming: Naming,
  metricOf: (name: string) => OwnMetric,
  rollUps: RollUp[],
): readonly MetricEntry[] {
  if (shows.type === 'share') {
    const math = new MetricMath(naming, PERIOD, isDistribution(metricOf(shows.of.metric)) ? 'SampleCount' : 'Sum');
    const of = math.sumOf(shows.of, false);
    const part = math.sumOf(shows.part, true);
    if (of.reason !== undefined || part.reason !== undefined) throw new Error(of.reason ?? part.reason);
    const queries = math.queries(undefined);
    if (typeof queries === 'string') throw new Error(queries);
    rollUps.push(...math.rollUps);
    return [
      [{ expression: `100*(${part.expression})/(${of.expression})`, label: 'percent', id: 'e1' }],
      ...queries.map(({ id, metric, stat }) =>
        seriesEntry(metric?.name ?? '', metric?.dimensions ?? {}, naming, { id, stat, visible: false }),
      ),
    ];
  }
  if (shows.type === 'percentile') return percentileEntries(shows, naming, rollUps);
  const distribution = isDistribution(metricOf(shows.metric));
  const how = shows.type === 'value' ? AGGREGATES[shows.aggregate] : distribution ? 'COUNT' : 'SUM';
  const query = insightsQuery(how, shows, shows.by, naming);
  if (typeof query === 'string') throw new Error(query);
  if (shows.type === 'value')
    return [[{ expression: query.query, id: 'q1', label: shows.by.length === 0 ? shows.aggregate : '' }]];
  return [
    [{ expression: query.query, id: 'q1', visible: false }],
    [{ expression: `q1/${PERIOD}`, id: 'e1', label: shows.by.length === 0 ? 'per second' : '' }],
  ];
}

const AGGREGATES = { sum: 'SUM', max: 'MAX', avg: 'AVG' } as const;

/** A roll-up's series by its exact dimensions; where there is one for each value, a search for those that have just them. */
function percentileEntries(
  {
    metric,
    quantiles,
    by,
  }: { readonly metric: string; readonly quantiles: readonly number[]; readonly by: readonly string[] },
  naming: Naming,
  rollUps: RollUp[],
): readonly MetricEntry[] {
  const rollUp = rollUpOf(metric, by);
  rollUps.push(rollUp);
  const name = spelt(rollUp.name, naming);
  if (by.length === 0) {
    return quantiles.map((quantile, i) =>
      seriesEntry(name, {}, naming, { id: `m${i + 1}`, stat: `p${quantile * 100}`, label: `p${quantile * 100}` }),
    );
  }
  return quantiles.map((quantile, i) => {
    const dimensions = [SERVICE, ...by].map((key) => `"${spelt(key, naming)}"`).join(',');
    const schema = `{"${PLACES.namespace}",${PLACES.environmentName}${dimensions}}`;
    const service = `"${spelt(SERVICE, naming)}"="${PLACES.service}"`;
    const search = `SEARCH('${schema} MetricName="${name}" ${service}', 'p${quantile * 100}', ${PERIOD})`;
    return [{ expression: search, id: `e${i + 1}`, label: '' }];
  });
}

function seriesEntry(
  name: string,
  dimensions: Readonly<Record<string, string>>,
  naming: Naming,
  options: Readonly<Record<string, unknown>>,
): MetricEntry {
  const own = [spelt(SERVICE, naming), PLACES.service, PLACES.environmentItems];
  return [PLACES.namespace, name, ...own, ...Object.entries(dimensions).flat(), options];
}

function axisOf(
  { shows }: Panel,
  metricOf: (name: string) => OwnMetric,
): { readonly label?: string; readonly showUnits: false } {
  if (shows.type === 'share') return { label: '%', showUnits: false };
  const { unit } = metricOf(shows.metric);
  const words: Readonly<Record<string, string>> = { s: 'seconds', By: 'bytes' };
  if (shows.type === 'rate') return { label: unit === 'By' ? 'bytes/s' : '1/s', showUnits: false };
  const label = words[unit];
  return { ...(label !== undefined && { label }), showUnits: false };
}

/** What a place in the body stands for where the service has an environment, in the words of JSON. */
export function environmentPlaces(
  environment: string,
  naming: Naming,
): Readonly<Record<'and' | 'name' | 'items', string>> {
  const name = spelt(ENVIRONMENT, naming);
  return {
    and: ` AND "${name}" = '${environment}'`,
    name: `"${name}",`,
    items: `,"${name}","${environment}"`,
  };
}
