import type { Match, Selector } from '@telltale/alerts';
import { isDistribution } from '../clouds/rule-words.ts';
import type { OwnMetric } from '../target.ts';

/** Attributes of the service under the names of Datadog's unified service tagging, as `datadog()` and `dogstatsd()` send them. */
const SERVICE_TAGS: Readonly<Record<string, string>> = {
  'service.name': 'service',
  'deployment.environment.name': 'env',
  'service.version': 'version',
  'service.instance.id': 'service_instance',
};

export const SERVICE_KEYS: readonly string[] = Object.keys(SERVICE_TAGS);

/** The metric's name as @telltale/exporter-datadog spells it. */
export function nameOf(metric: string): string {
  const clean = metric.replaceAll(/[^A-Za-z0-9_.]+/g, '_');
  return (/^[A-Za-z]/.test(clean) ? clean : `m_${clean}`).slice(0, 200);
}

export function tagOf(key: string): string {
  const own = SERVICE_TAGS[key];
  if (own !== undefined) return own;
  const clean = cleaned(key).replaceAll(':', '_');
  return /^\p{L}/u.test(clean) ? clean : `t_${clean}`;
}

function cleaned(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_\-:./]+/gu, '_')
    .replaceAll(/_{2,}/g, '_');
}

/** What is between the braces. `variables`: of the dashboard. */
function scopeOf({ where = {} }: Selector, variables: readonly string[] = []): string {
  const parts = [
    ...variables.map((name) => `$${name}`),
    ...Object.entries(where).map(([key, match]) => matchOf(tagOf(key), match)),
  ];
  return parts.length === 0 ? '*' : parts.join(' AND ');
}

function matchOf(tag: string, match: Match): string {
  if (match === true) return `${tag}:*`;
  const not = typeof match === 'object' && 'not' in match;
  // Patterns stay as they are.
  const values = [not ? match.not : match].flat().map((value) => String(value).split('*').map(cleaned).join('*'));
  const [only = ''] = values;
  if (values.length === 1) return `${not ? 'NOT ' : ''}${tag}:${only}`;
  if (!values.some((value) => value.includes('*'))) return `${tag} ${not ? 'NOT IN' : 'IN'} (${values.join(',')})`;
  return `${not ? 'NOT ' : ''}(${values.map((value) => `${tag}:${value}`).join(' OR ')})`;
}

/** `sum:job.stalled{*} by {service}`. */
export function seriesOf(
  how: string,
  selector: Selector,
  by: readonly string[],
  variables: readonly string[] = [],
): string {
  const grouped = by.length === 0 ? '' : ` by {${by.map(tagOf).join(',')}}`;
  return `${how}:${nameOf(selector.metric)}{${scopeOf(selector, variables)}}${grouped}`;
}

/** By how much a counter, or the count of a histogram, grew in each point. */
export function growthOf(
  metric: OwnMetric,
  selector: Selector,
  by: readonly string[],
  variables: readonly string[] = [],
): string {
  return `${seriesOf(isDistribution(metric) ? 'count' : 'sum', selector, by, variables)}.as_count()`;
}

/** `last_5m`, `last_6h`. */
export function windowOf(seconds: number): string {
  const minutes = Math.max(1, Math.ceil(seconds / 60));
  return minutes % 60 === 0 ? `last_${minutes / 60}h` : `last_${minutes}m`;
}
