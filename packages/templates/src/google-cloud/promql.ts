import type { BurnRate, Condition, Match, Selector } from '@telltale/alerts';
import { TelemetryError } from '@telltale/core';
import { aggregateOf, budgetShare, byOf, isDistribution } from '../clouds/rule-words.ts';
import type { OwnMetric } from '../target.ts';

/** How `googleCloud()` of @telltale/exporter-google-cloud writes. */
export interface GoogleSpelling {
  readonly metricPrefix: string;
  /** The monitored resource that the series are of. */
  readonly resourceType: string;
}

/** "PromQL for Cloud Monitoring": of the resource `generic_task`, these attributes of the service are labels of the resource. */
const RESOURCE_LABELS: Readonly<Record<string, string>> = {
  'service.name': 'job',
  'deployment.environment.name': 'namespace',
  'service.namespace': 'namespace',
  'service.instance.id': 'task_id',
};
/** How long a group that is gone is still expected. */
const REMEMBERED = 86_400;

/** Conditions and panels in the PromQL of Cloud Monitoring, by the names of our exporter. */
export class GooglePromql {
  private readonly spelling: GoogleSpelling;
  private readonly metricOf: (name: string) => OwnMetric;

  constructor(spelling: GoogleSpelling, metricOf: (name: string) => OwnMetric) {
    this.spelling = spelling;
    this.metricOf = metricOf;
  }

  /** `http.route` → `http_route`, `service.name` → `job`. */
  label(key: string): string {
    const own = this.spelling.resourceType === 'generic_task' ? RESOURCE_LABELS[key] : undefined;
    if (own !== undefined) return own;
    const cleaned = key.replaceAll(/[^a-zA-Z0-9_]/g, '_');
    return /^[a-zA-Z]/.test(cleaned) ? cleaned : `key_${cleaned}`;
  }

  /** Attributes of the service that all series have as labels. */
  told(): readonly string[] {
    return this.spelling.resourceType === 'generic_task'
      ? Object.keys(RESOURCE_LABELS)
      : ['service.name', 'service.instance.id'];
  }

  /** Has one sample per alert. */
  condition(when: Condition): string {
    switch (when.type) {
      case 'threshold': {
        const metric = this.metricOf(when.metric);
        if (isDistribution(metric))
          throw fail(`${when.metric} is a histogram and has no value of its own; use a percentile or a rate.`);
        const how = this.grouped(aggregateOf(when, metric), byOf(when));
        return `${how}(${this.series(when)}) ${when.is} ${when.value}`;
      }
      case 'rate':
        return `${this.rate(when, byOf(when), when.over)} ${when.is} ${when.value}`;
      case 'ratio': {
        const { part, of, over, is, value, atLeast = 1 } = when;
        const by = byOf(when);
        return `${this.share(part, of, over, by, is.startsWith('<'))} ${is} ${value} and ${this.grown(of, over, by)} >= ${atLeast}`;
      }
      case 'percentile': {
        const { quantile, over, is, value, atLeast = 1 } = when;
        const by = byOf(when);
        return `${this.percentile(when, quantile, by, over)} ${is} ${value} and ${this.grown(when, over, by)} >= ${atLeast}`;
      }
      case 'absence':
        return this.absence(when, byOf(when), when.over);
      case 'burn-rate':
        return this.burnRate(when);
    }
  }

  rate(selector: Selector, by: readonly string[], over: number, window = `${over}s`): string {
    return `${this.grouped('sum', by)}(rate(${this.series(selector, 'count')}[${window}]))`;
  }

  percentile(selector: Selector, quantile: number, by: readonly string[], over: number, window = `${over}s`): string {
    if (!isDistribution(this.metricOf(selector.metric)))
      throw fail(`${selector.metric} is no histogram, so it has no percentiles.`);
    return `histogram_quantile(${quantile}, ${this.grouped('sum', by, 'le')}(rate(${this.series(selector, 'bucket')}[${window}])))`;
  }

  value(how: 'sum' | 'max' | 'avg', selector: Selector, by: readonly string[]): string {
    return `${this.grouped(how, by)}(${this.series(selector)})`;
  }

  share(part: Selector, of: Selector, over: number, by: readonly string[], fromNothing = false): string {
    const whole = this.grown(of, over, by);
    const some = this.grown(part, over, by);
    return fromNothing ? `(${some} or ${whole} * 0) / ${whole}` : `${some} / ${whole}`;
  }

  private grown(selector: Selector, over: number, by: readonly string[]): string {
    return `${this.grouped('sum', by)}(increase(${this.series(selector, 'count')}[${over}s]))`;
  }

  private absence(selector: Selector, by: readonly string[], over: number): string {
    const grows = this.grows(selector);
    const seen = grows
      ? `${this.grown(selector, over, by)} > 0`
      : `${this.grouped('count', by)}(count_over_time(${this.series(selector)}[${over}s]))`;
    if (by.length === 0) return `vector(1) unless on() (${seen})`;
    const samples = this.series(selector, grows ? 'count' : undefined);
    return `${this.grouped('count', by)}(count_over_time(${samples}[${REMEMBERED}s] offset ${over}s)) unless (${seen})`;
  }

  private burnRate(when: BurnRate): string {
    const by = byOf(when);
    const { atLeast = 1 } = when;
    return when.windows
      .map(({ long, short, factor }) => {
        const budget = budgetShare(when.objective, factor);
        const above = (over: number): string => `${this.share(when.bad, when.of, over, by)} > ${budget}`;
        return `(${above(long)} and ${above(short)} and ${this.grown(when.of, long, by)} >= ${atLeast})`;
      })
      .join(' or ');
  }

  private grows({ metric }: Selector): boolean {
    const found = this.metricOf(metric);
    return found.type === 'counter' || isDistribution(found);
  }

  private series(selector: Selector, part?: 'count' | 'bucket'): string {
    const metric = this.metricOf(selector.metric);
    if (part !== undefined && !this.grows(selector))
      throw fail(`${selector.metric} is a ${metric.type} and does not grow; use a threshold.`);
    const suffix = part !== undefined && isDistribution(metric) ? `_${part}` : '';
    const type = `${this.spelling.metricPrefix}/${metric.name}`;
    // The first slash becomes a colon, all else that PromQL does not take `_`.
    const name = type.replace('/', ':').replaceAll(/[^a-zA-Z0-9_:]/g, '_');
    const where = Object.entries(selector.where ?? {}).map(([key, match]) => `${this.label(key)}${matcher(match)}`);
    return `${name}${suffix}{${[`monitored_resource="${this.spelling.resourceType}"`, ...where].join(',')}}`;
  }

  private grouped(how: string, by: readonly string[], ...more: readonly string[]): string {
    const labels = [...new Set(by.map((key) => this.label(key))), ...more];
    return labels.length === 0 ? how : `${how} by (${labels.join(', ')}) `;
  }
}

function matcher(match: Match): string {
  if (match === true) return '!=""';
  const not = typeof match === 'object' && 'not' in match;
  const values = [not ? match.not : match].flat().map(String);
  const [only = ''] = values;
  if (values.length === 1 && !only.includes('*')) return `${not ? '!=' : '='}"${quoted(only)}"`;
  return `${not ? '!~' : '=~'}"${quoted(values.map(pattern).join('|'))}"`;
}

function pattern(text: string): string {
  return text
    .split('*')
    .map((part) => part.replaceAll(/[\\.+?()|[\]{}^$]/g, '\\$&'))
    .join('.*');
}

function quoted(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function fail(sentence: string): TelemetryError {
  return new TelemetryError('ERR_OPTION', sentence);
}
