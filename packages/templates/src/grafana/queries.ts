import type { Match } from '@telltale/alerts';
import { TelemetryError } from '@telltale/core';
import { conventionOf, type MetricConvention } from '@telltale/core/conventions';
import { matchers } from '../prometheus/matchers.ts';
import { prometheusLabel, prometheusName } from '../prometheus/prometheus-name.ts';

/** What of a metric is looked at. */
export interface Of {
  readonly where?: Readonly<Record<string, Match>>;
  /** One line for each combination of these attributes. */
  readonly by?: readonly string[];
}

/** Chosen by the variables at the top of a dashboard. Series of a process's own service have no label `service_name`. */
const CHOSEN = ['job=~"$job"', 'instance=~"$instance"', 'service_name=~"$service|"'];
const WINDOW = '[$__rate_interval]';

/** Expressions in PromQL on Telltale's own metrics. Throws for a metric or an attribute that is none of them. */
export class Queries {
  private readonly prefix: string;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  /** How often a second: of counters, and of what a histogram counts. */
  rate(metric: string, of: Of = {}): string {
    return `${grouped('sum', of)} (rate(${this.series(metric, of, 'count')}${WINDOW}))`;
  }

  /** What the values of a histogram add up to in a second. */
  volume(metric: string, of: Of = {}): string {
    return `${grouped('sum', of)} (rate(${this.series(metric, of, 'sum')}${WINDOW}))`;
  }

  mean(metric: string, of: Of = {}): string {
    return `${this.volume(metric, of)} / ${this.rate(metric, of)}`;
  }

  quantile(quantile: number, metric: string, of: Of = {}): string {
    return `histogram_quantile(${quantile}, ${grouped('sum', of, 'le')} (rate(${this.series(metric, of, 'bucket')}${WINDOW})))`;
  }

  /** What part of all is as `part` says; 0 where there is none such. */
  share(metric: string, part: Readonly<Record<string, Match>>, of: Of = {}): string {
    const all = this.rate(metric, of);
    return `(${this.rate(metric, { ...of, where: { ...of.where, ...part } })} or ${all} * 0) / ${all}`;
  }

  now(how: 'sum' | 'max' | 'min' | 'avg', metric: string, of: Of = {}): string {
    return `${grouped(how, of)} (${this.series(metric, of)})`;
  }

  /** The series of a metric that are chosen. */
  private series(name: string, { where = {}, by = [] }: Of, part?: 'count' | 'sum' | 'bucket'): string {
    const metric = conventionOf(name);
    for (const key of [...by, ...Object.keys(where)]) expectAttribute(metric, key);
    const isHistogram = metric.type === 'histogram' || metric.type === 'exponentialHistogram';
    const ending = isHistogram ? `_${part ?? 'count'}` : '';
    return `${prometheusName(metric, this.prefix)}${ending}${matchers(where, CHOSEN)}`;
  }
}

/** `{{http_route}}`, for legends. */
export function legendOf(by: readonly string[]): string {
  return by.map((key) => `{{${prometheusLabel(key)}}}`).join(' ');
}

function grouped(how: string, { by = [] }: Of, ...more: readonly string[]): string {
  const labels = [...by.map(prometheusLabel), ...more];
  return labels.length === 0 ? how : `${how} by (${labels.join(', ')})`;
}

/** Any series may have the service, and its target has job and instance. */
function expectAttribute({ name, attributes }: MetricConvention, key: string): void {
  if (attributes.includes(key) || ['service.name', 'instance', 'job'].includes(key)) return;
  throw new TelemetryError('ERR_OPTION', `"${name}" has no attribute "${key}"; it has ${attributes.join(', ')}.`);
}
