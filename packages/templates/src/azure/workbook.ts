import { labelOf, SERVICE } from '../clouds/rule-words.ts';
import { type Panel, SECTIONS } from '../clouds/sections.ts';
import type { OwnMetric } from '../target.ts';
import { EXPAND_BUCKETS, groupsOf, growthOf, latest, percentileOf, predicateOf, sumOf } from './kql.ts';

type Json = Readonly<Record<string, unknown>>;

const COMPONENTS = 'microsoft.insights/components';
/** A time chart's steps, as the time range asks for them. */
const STEP = 'bin(timestamp, {TimeRange:grain})';
const SECONDS = '({TimeRange:grain} / 1s)';
const HOUR = 3_600_000;
/** In place of the id of the resource that the workbook is of. */
export const RESOURCE = '__APPLICATION_INSIGHTS__';

/** A workbook, as its advanced editor shows it. */
export function workbookOf(metricOf: (name: string) => OwnMetric): Json {
  return {
    version: 'Notebook/1.0',
    items: [
      parameters(),
      ...SECTIONS.flatMap(({ title, panels }) => [heading(title), ...panels.map((panel) => chart(panel, metricOf))]),
    ],
    fallbackResourceIds: [RESOURCE],
    $schema: 'https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json',
  };
}

function parameters(): Json {
  const shared = { version: 'KqlParameterItem/1.0', isRequired: true };
  return {
    type: 9,
    content: {
      version: 'KqlParameterItem/1.0',
      parameters: [
        {
          ...shared,
          id: '6b1d0a52-7b54-4f0e-9d0b-0a3a4c1f7e01',
          name: 'TimeRange',
          label: 'Time',
          type: 4,
          value: { durationMs: 3 * HOUR },
          typeSettings: { selectableValues: [1, 3, 12, 24, 72, 168].map((hours) => ({ durationMs: hours * HOUR })) },
        },
        {
          ...shared,
          id: '6b1d0a52-7b54-4f0e-9d0b-0a3a4c1f7e02',
          name: 'Service',
          type: 2,
          multiSelect: true,
          quote: '"',
          delimiter: ',',
          query: 'customMetrics\n| where name == "telltale.series"\n| distinct cloud_RoleName',
          value: ['value::all'],
          typeSettings: { additionalResourceOptions: ['value::all'] },
          timeContextFromParameter: 'TimeRange',
          queryType: 0,
          resourceType: COMPONENTS,
        },
      ],
      style: 'pills',
      queryType: 0,
      resourceType: COMPONENTS,
    },
    name: 'parameters',
  };
}

function heading(title: string): Json {
  return { type: 1, content: { json: `## ${title}` }, name: `text - ${title}` };
}

function chart(panel: Panel, metricOf: (name: string) => OwnMetric): Json {
  return {
    type: 3,
    content: {
      version: 'KqlItem/1.0',
      query: queryOf(panel, metricOf),
      size: 0,
      title: panel.title,
      timeContextFromParameter: 'TimeRange',
      queryType: 0,
      resourceType: COMPONENTS,
      visualization: 'timechart',
    },
    customWidth: '33',
    name: `query - ${panel.title}`,
  };
}

function queryOf({ shows }: Panel, metricOf: (name: string) => OwnMetric): string {
  const service = '| where cloud_RoleName in ({Service})';
  if (shows.type === 'share') {
    const { part, of } = shows;
    const names = [...new Set([part.metric, of.metric])].map((metric) => predicateOf({ metric }));
    return [
      `customMetrics\n| where ${names.join(' or ')}`,
      service,
      `| summarize part = ${sumOf(part, metricOf(part.metric))}, whole = ${sumOf(of, metricOf(of.metric))} by timestamp = ${STEP}, ${groupsOf([SERVICE]).join()}`,
      `| project timestamp, percent = 100.0 * part / whole, ${labelOf(SERVICE)}`,
    ].join('\n');
  }
  const by = shows.by.length === 0 ? [SERVICE] : shows.by;
  const rows = `customMetrics\n| where ${predicateOf(shows)}`;
  const one = oneLabel(by);
  if (shows.type === 'value') return [rows, service, ...latest(shows.aggregate, STEP, by), ...one].join('\n');
  const groups = [`timestamp = ${STEP}`, ...groupsOf(by)].join(', ');
  if (shows.type === 'rate') {
    const column = growthOf(metricOf(shows.metric));
    return [rows, service, `| summarize value = sum(${column}) / ${SECONDS} by ${groups}`, ...one].join('\n');
  }
  const [first = 0.95] = shows.quantiles;
  const quantiles =
    shows.quantiles.length === 1
      ? [`value = ${percentileOf(first)}`]
      : shows.quantiles.map((quantile) => `p${quantile * 100} = ${percentileOf(quantile)}`);
  const grouped = shows.quantiles.length === 1 ? groups : `timestamp = ${STEP}`;
  return [
    rows,
    service,
    EXPAND_BUCKETS,
    `| summarize ${quantiles.join(', ')} by ${grouped}`,
    ...(shows.quantiles.length === 1 ? one : []),
  ].join('\n');
}

/** A chart has one line for each value of one column. */
function oneLabel(by: readonly string[]): readonly string[] {
  if (by.length < 2) return [];
  const labels = by.map(labelOf);
  return [`| project timestamp, value, line = strcat(${labels.join(', " / ", ')})`];
}
