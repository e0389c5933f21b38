import type { Match, Selector } from '@telltale/alerts';
import { isDistribution, labelOf, SERVICE } from '../clouds/rule-words.ts';
import type { OwnMetric } from '../target.ts';

/** Attributes of the service that `azureMonitor()` sends as tags, not as custom dimensions. */
const COLUMNS: Readonly<Record<string, string>> = {
  [SERVICE]: 'cloud_RoleName',
  'service.instance.id': 'cloud_RoleInstance',
};
/** `BUCKETS` of @telltale/exporter-azure-monitor. */
const BUCKETS = 'histogram.buckets';

/** What an attribute is in a row of `customMetrics`. */
function columnOf(key: string): string {
  return COLUMNS[key] ?? `tostring(customDimensions[${text(key)}])`;
}

/** `service_name = cloud_RoleName, job_queue = tostring(…)`. */
export function groupsOf(by: readonly string[]): readonly string[] {
  return by.map((key) => `${labelOf(key)} = ${columnOf(key)}`);
}

/** A text of KQL. */
function text(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

/** That a row is of the metric, and of the series that are chosen. */
export function predicateOf({ metric, where = {} }: Selector): string {
  return [
    `name == ${text(metric)}`,
    ...Object.entries(where).map(([key, match]) => matchOf(columnOf(key), match)),
  ].join(' and ');
}

/** The column whose sum is by how much a counter, or the count of a histogram, grew. */
export function growthOf(metric: OwnMetric): 'valueCount' | 'valueSum' {
  return isDistribution(metric) ? 'valueCount' : 'valueSum';
}

/** By how much what is chosen grew; `since`: in a later part of the rows. */
export function sumOf(selector: Selector, metric: OwnMetric, since?: string): string {
  const all = since === undefined ? predicateOf(selector) : `${predicateOf(selector)} and timestamp > ago(${since})`;
  return `sumif(${growthOf(metric)}, ${all})`;
}

/** Rows of the buckets, `bucket[0]` the value and `bucket[1]` its count. */
export const EXPAND_BUCKETS = `| mv-expand bucket = parse_json(tostring(customDimensions[${text(BUCKETS)}]))`;

export function percentileOf(quantile: number): string {
  return `percentilew(todouble(bucket[0]), tolong(bucket[1]), ${Number((quantile * 100).toPrecision(6))})`;
}

/** The last value of each series in each step of time, then all series together. */
export function latest(how: 'sum' | 'max' | 'min' | 'avg', step: string, by: readonly string[]): readonly string[] {
  const labels = by.map(labelOf);
  // A series is what differs in any dimension, of one process.
  const series = ['series = tostring(customDimensions)', 'process = strcat(cloud_RoleName, "/", cloud_RoleInstance)'];
  return [
    `| summarize arg_max(timestamp, value) by step = ${step}, ${[...series, ...groupsOf(by)].join(', ')}`,
    `| summarize value = ${how}(value) by ${['timestamp = step', ...labels].join(', ')}`,
  ];
}

function matchOf(column: string, match: Match): string {
  if (match === true) return `isnotempty(${column})`;
  const not = typeof match === 'object' && 'not' in match;
  const values = [not ? match.not : match].flat().map(String);
  const [only = ''] = values;
  if (values.some((value) => value.includes('*'))) {
    const regex = `${column} matches regex ${text(`^(?:${values.map(pattern).join('|')})$`)}`;
    return not ? `not(${regex})` : regex;
  }
  if (values.length === 1) return `${column} ${not ? '!=' : '=='} ${text(only)}`;
  return `${column} ${not ? '!in' : 'in'} (${values.map(text).join(', ')})`;
}

function pattern(value: string): string {
  return value
    .split('*')
    .map((part) => part.replaceAll(/[\\.+?()|[\]{}^$]/g, '\\$&'))
    .join('.*');
}
