import type { Selector } from '@telltale/alerts';
import { metricOf } from '../metric-of.ts';
import type { OwnMetric } from '../target.ts';
import { duration } from './duration.ts';
import { matchers } from './matchers.ts';
import { prometheusLabel, prometheusName } from './prometheus-name.ts';
import type { PrometheusRulesOptions } from './prometheus-options.ts';
import { type RecordingRule, ServiceOf } from './service-of.ts';

/** How much of a histogram is meant; of a counter, all. */
export type Part = 'count' | 'bucket' | 'native';

interface Growth {
  readonly metric: OwnMetric;
  readonly sample: string;
  readonly part: Part;
  readonly over: number;
  /** That rules choose or group by. */
  readonly attributes: Set<string>;
}

const HOUR = 3600;
const DAY = 86_400;
/** What a key is of when the metric does not say which it has. */
const RESOURCE = /^(service|deployment|host|os|process|container|k8s|cloud|faas|telemetry)\./;

/** The recording rules that alerts share, as they are asked for: by how much counters and histograms grew, and what series belong to which service. */
export class Growths {
  private readonly growths = new Map<string, Growth>();
  private readonly options: PrometheusRulesOptions;
  private readonly service: ServiceOf;
  private memory = HOUR;

  constructor(options: PrometheusRulesOptions) {
    this.options = options;
    this.service = new ServiceOf(options.service ?? 'target_info');
  }

  metric(name: string): OwnMetric {
    return metricOf(name, this.options.metrics);
  }

  /** What the samples of a metric are called. */
  sample(metric: OwnMetric, part: Part = 'count'): string {
    const name = prometheusName(metric, this.options.prefix);
    return isHistogram(metric) && part !== 'native' ? `${name}_${part}` : name;
  }

  /** By how much what is chosen grew in the last `over` seconds, as a vector with at least the attributes of `by`. */
  of(selector: Selector, over: number, by: readonly string[], part: Part = 'count'): string {
    const { metric: name, where = {} } = selector;
    const metric = this.metric(name);
    if (part === 'count' && this.isNative(metric)) return `histogram_count(${this.of(selector, over, by, 'native')})`;
    const sample = this.sample(metric, part);
    const record = `telltale:${sample}:increase${duration(over)}`;
    const growth = this.growths.get(record) ?? { metric, sample, part, over, attributes: new Set() };
    this.growths.set(record, growth);
    for (const key of [...by, ...Object.keys(where)]) growth.attributes.add(key);
    this.memory = Math.max(this.memory, over);
    return `${record}${matchers(where)}`;
  }

  /** What is chosen, after `change` was made to it, with the attributes of `by` as labels. */
  now(
    { metric: name, where = {} }: Selector,
    by: readonly string[],
    change = (vector: string): string => vector,
  ): string {
    const metric = this.metric(name);
    const ofService = this.resourceAttributes(metric, [...by, ...Object.keys(where)]);
    const here = Object.entries(where).filter(([key]) => this.options.service === 'label' || !ofService.includes(key));
    const there = Object.fromEntries(Object.entries(where).filter(([key]) => !here.some(([known]) => known === key)));
    const sample = this.sample(metric, this.isNative(metric) ? 'native' : 'count');
    const vector = change(`${sample}${matchers(Object.fromEntries(here))}`);
    return this.service.joined(vector, ofService, matchersOfService(there));
  }

  isNative(metric: OwnMetric): boolean {
    return this.options.histograms === 'native' && metric.type === 'exponentialHistogram';
  }

  /** Seconds for which a group is still expected that may be absent for `over`; as the evaluation of `@telltale/alerts` has it. */
  remembered(over: number): number {
    const remember = this.options.remember ?? Math.max(DAY, 10 * over);
    this.memory = Math.max(this.memory, remember + over);
    return remember;
  }

  /** In the order in which they must be evaluated. */
  recordings(): readonly RecordingRule[] {
    const growths = [...this.growths].map(([record, growth]) => ({ record, expr: this.expression(growth) }));
    return [...this.service.recordings(this.memory), ...growths];
  }

  private expression({ metric, sample, part, over, attributes }: Growth): string {
    const window = duration(over);
    const keys = [...attributes].sort();
    // Prometheus counts what a series holds when it is first seen as no growth. Where its service was there before, it began at 0.
    const began = `${sample} unless ${sample} offset ${window} ${this.service.presentSince(over)}`;
    const grew = `increase(${sample}[${window}])`;
    // Boundaries of exponential histograms may come later, and then with all that is below them.
    const isGrowing = metric.type === 'exponentialHistogram' && part === 'bucket';
    const joined = this.service.joined(isGrowing ? grew : `${began} or ${grew}`, this.resourceAttributes(metric, keys));
    const labels = [...keys.map(prometheusLabel), ...(part === 'bucket' ? ['le'] : [])];
    return `sum by (${labels.join(', ')}) (${joined})`;
  }

  /** Whether an attribute is the service's and not the metric's own. */
  isOfService({ attributes }: OwnMetric, key: string): boolean {
    return attributes === undefined ? RESOURCE.test(key) : !attributes.includes(key);
  }

  private resourceAttributes(metric: OwnMetric, keys: readonly string[]): readonly string[] {
    return [...new Set(keys)].filter((key) => this.isOfService(metric, key));
  }
}

export function isHistogram({ type }: OwnMetric): boolean {
  return type === 'histogram' || type === 'exponentialHistogram';
}

/** For `target_info` in the shape of the join, in which the service is called `service`. */
function matchersOfService(where: Selector['where'] & object): string {
  return matchers(where).replace(/(?<=[{,])service_name(?=[=!])/, 'service');
}
