import type { AlertRule, BurnRate, Comparison, Ratio, Threshold } from '@telltale/alerts';
import type { Remark } from '../clouds/cloud-templates.ts';
import {
  aggregateOf,
  budgetShare,
  byOf,
  isDistribution,
  labelOf,
  limitOf,
  messageOf,
  serviceKeysOf,
} from '../clouds/rule-words.ts';
import type { OwnMetric } from '../target.ts';
import { growthOf, SERVICE_KEYS, seriesOf, tagOf, windowOf } from './queries.ts';

/** "Create a monitor": the longest window of a metric. */
const MAX_WINDOW = 604_800;
/** A gauge is sent once a minute; a window must have some of it. */
const MIN_WINDOW = 300;
const PRIORITIES = { critical: 1, error: 2, warning: 3, info: 4 } as const;

export interface Monitor {
  /** Letters and digits. */
  readonly id: string;
  readonly rule: string;
  readonly type: 'query alert' | 'composite';
  /** Of a composite, with `@id@` for the monitors that it is made of. */
  readonly query: string;
  readonly message: string;
  readonly tags: readonly string[];
  readonly priority: number;
  readonly threshold?: number;
  /** Minutes without data after which it fires. */
  readonly noData?: number;
  /** Parts of a composite tell nobody. */
  readonly tells: boolean;
}

type Find = (name: string) => OwnMetric;

interface Made {
  readonly monitors: readonly Monitor[];
  readonly remarks: readonly Remark[];
}

/** The monitors of a rule; none when Datadog cannot watch what it says. */
export function monitorsOf(rule: AlertRule, metricOf: Find): Made {
  const changed: string[] = [];
  const made = make(rule, metricOf, changed);
  const remark = (kind: Remark['kind'], reason: string): Remark => ({ rule: rule.name, kind, reason });
  if (typeof made === 'string') return { monitors: [], remarks: [remark('left-out', made)] };
  for (const key of serviceKeysOf(rule.when, metricOf, SERVICE_KEYS))
    changed.push(`it needs the tag ${tagOf(key)}: datadog({ tags }).`);
  if ((rule.keepFiringFor ?? 0) > 0)
    changed.push('it is over as soon as the condition is: there is no time to go on firing.');
  return { monitors: made, remarks: changed.map((reason) => remark('changed', reason)) };
}

function make(rule: AlertRule, metricOf: Find, changed: string[]): readonly Monitor[] | string {
  const { when } = rule;
  const by = byOf(when);
  const monitor = (part: Partial<Monitor> & Pick<Monitor, 'query'>): Monitor => ({ ...plain(rule, metricOf), ...part });
  const longest =
    when.type === 'burn-rate' ? Math.max(...when.windows.map(({ long }) => long)) : 'over' in when ? when.over : 0;
  if (longest > MAX_WINDOW) return 'it looks back further than a week, which is as far as a monitor can.';
  if (when.type !== 'threshold' && (rule.for ?? 0) > 0)
    changed.push('it fires as soon as the condition holds over its window: monitors of growth cannot wait besides.');
  switch (when.type) {
    case 'threshold': {
      const metric = metricOf(when.metric);
      if (metric.type === 'counter' || metric.type === 'summary' || isDistribution(metric)) {
        return 'it looks at a total since the start, and Datadog is told differences; make it a rate.';
      }
      return [
        monitor({
          query: threshold(when, metric, Math.max(MIN_WINDOW, rule.for ?? 0), rule.for !== undefined),
          threshold: when.value,
        }),
      ];
    }
    case 'rate': {
      const value = Number((when.value * when.over).toPrecision(12));
      const query = `sum(${windowOf(when.over)}):${growthOf(metricOf(when.metric), when, by)} ${when.is} ${value}`;
      return [monitor({ query, threshold: value })];
    }
    case 'ratio': {
      const share = monitor({ query: shareOver(when, when.over, by, metricOf), threshold: when.value });
      return withEnough(share, when.of, when.over, by, when.atLeast ?? 1, metricOf);
    }
    case 'percentile': {
      if (!isDistribution(metricOf(when.metric))) return `${when.metric} is no histogram.`;
      changed.push('the average of the percentiles of the points in its window, which are shorter.');
      const name = `p${Number((when.quantile * 100).toPrecision(4))}`;
      const query = `avg(${windowOf(when.over)}):${seriesOf(name, when, by)} ${when.is} ${when.value}`;
      return withEnough(monitor({ query, threshold: when.value }), when, when.over, by, when.atLeast ?? 1, metricOf);
    }
    case 'absence': {
      const metric = metricOf(when.metric);
      const window = windowOf(Math.max(MIN_WINDOW, when.over));
      const grows = metric.type === 'counter' || isDistribution(metric);
      // A gauge fires by having no data alone: no number is as small as this.
      const query = grows
        ? `sum(${window}):${growthOf(metric, when, by)} <= 0`
        : `max(${window}):${seriesOf('max', when, by)} < -1e+300`;
      changed.push('a group that has sent nothing for a day is forgotten.');
      return [
        monitor({ query, threshold: grows ? 0 : -1e300, noData: Math.ceil(Math.max(MIN_WINDOW, when.over) / 60) }),
      ];
    }
    case 'burn-rate':
      return burnRate(when, by, metricOf, monitor, rule);
  }
}

function plain(rule: AlertRule, metricOf: Find): Omit<Monitor, 'query'> {
  const severity = rule.severity ?? 'warning';
  const word = (label: string): string => {
    if (label === 'value') return limitOf(rule.when, metricOf);
    const key = byOf(rule.when).find((one) => labelOf(one) === label);
    // Datadog's own variables; tags with dots are in brackets.
    return key === undefined
      ? label
      : /^[a-z_]+$/.test(tagOf(key))
        ? `{{${tagOf(key)}.name}}`
        : `{{[${tagOf(key)}].name}}`;
  };
  return {
    id: rule.name.replaceAll('_', ''),
    rule: rule.name,
    type: 'query alert',
    message: messageOf(rule, word),
    tags: [
      'made_by:telltale',
      `severity:${severity}`,
      ...Object.entries(rule.labels ?? {}).map(([key, value]) => `${key}:${value}`),
    ],
    priority: PRIORITIES[severity],
    tells: true,
  };
}

/** That it held all the time: of what must be above, the least is. */
function threshold(when: Threshold, metric: OwnMetric, seconds: number, holds: boolean): string {
  const above = when.is.startsWith('>');
  return `${above === holds ? 'min' : 'max'}(${windowOf(seconds)}):${seriesOf(aggregateOf(when, metric), when, byOf(when))} ${when.is} ${when.value}`;
}

function shareOver(
  { part, of, is, value }: Pick<Ratio, 'part' | 'of'> & { readonly is: Comparison; readonly value: number },
  seconds: number,
  by: readonly string[],
  metricOf: Find,
): string {
  const some = growthOf(metricOf(part.metric), part, by);
  const whole = growthOf(metricOf(of.metric), of, by);
  return `sum(${windowOf(seconds)}):${some} / ${whole} ${is} ${value}`;
}

/** Two monitors and a composite of them where it takes a number of events to say anything. */
function withEnough(
  monitor: Monitor,
  of: Parameters<typeof growthOf>[1],
  seconds: number,
  by: readonly string[],
  atLeast: number,
  metricOf: Find,
): readonly Monitor[] {
  if (atLeast <= 1) return [monitor];
  const { id } = monitor;
  const enough = `sum(${windowOf(seconds)}):${growthOf(metricOf(of.metric), of, by)} >= ${atLeast}`;
  const { threshold: _, ...whole } = monitor;
  return [
    { ...monitor, id: `${id}Value`, tells: false },
    { ...monitor, id: `${id}Enough`, query: enough, threshold: atLeast, tells: false },
    { ...whole, type: 'composite', query: `@${id}Value@ && @${id}Enough@` },
  ];
}

function burnRate(
  when: BurnRate,
  by: readonly string[],
  metricOf: Find,
  monitor: (part: Partial<Monitor> & Pick<Monitor, 'query'>) => Monitor,
  { name }: AlertRule,
): readonly Monitor[] {
  const id = name.replaceAll('_', '');
  const { bad: part, of, atLeast = 1 } = when;
  const parts: Monitor[] = [];
  const pairs = when.windows.map(({ long, short, factor }, i) => {
    const value = budgetShare(when.objective, factor);
    const share = (seconds: number): string => shareOver({ part, of, is: '>', value }, seconds, by, metricOf);
    const own: Monitor[] = [
      monitor({ id: `${id}Long${i + 1}`, query: share(long), threshold: value, tells: false }),
      monitor({ id: `${id}Short${i + 1}`, query: share(short), threshold: value, tells: false }),
    ];
    if (atLeast > 1) {
      const enough = `sum(${windowOf(long)}):${growthOf(metricOf(of.metric), of, by)} >= ${atLeast}`;
      own.push(monitor({ id: `${id}Enough${i + 1}`, query: enough, threshold: atLeast, tells: false }));
    }
    parts.push(...own);
    return `(${own.map((one) => `@${one.id}@`).join(' && ')})`;
  });
  return [...parts, monitor({ type: 'composite', query: pairs.join(' || ') })];
}
