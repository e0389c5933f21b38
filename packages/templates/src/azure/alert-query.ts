import type { AlertRule, BurnRate, Comparison, Condition, Percentile, Ratio, Selector } from '@telltale/alerts';
import {
  aggregateOf,
  budgetShare,
  byOf,
  ENVIRONMENT,
  isDistribution,
  labelOf,
  SERVICE,
  serviceKeysOf,
} from '../clouds/rule-words.ts';
import type { OwnMetric } from '../target.ts';
import { EXPAND_BUCKETS, groupsOf, growthOf, latest, percentileOf, predicateOf, sumOf } from './kql.ts';

/** Windows that rules can have ("Microsoft.Insights scheduledQueryRules"), in minutes. */
const WINDOWS = [5, 10, 15, 30, 45, 60, 120, 180, 240, 300, 360, 1440, 2880];
const MAX_PERIODS = 6;
/** Attributes of the service that rows have. */
const TOLD = [SERVICE, ENVIRONMENT, 'service.instance.id'];
const DAY = '1d';

/** What a rule asks, and when the answer is an alert. */
export interface AlertQuery {
  readonly query: string;
  /** Minutes. */
  readonly window: number;
  readonly periods: number;
  /** Of the column `value`; without one, of how many rows there are. */
  readonly measure?: 'value';
  readonly is: Comparison;
  readonly threshold: number;
  /** Columns that tell alerts apart. */
  readonly groups: readonly string[];
  /** How it differs from the rule. */
  readonly changed: readonly string[];
}

type Find = (name: string) => OwnMetric;

/** A text: why there is no such alert. */
export function alertQuery(rule: AlertRule, metricOf: Find): AlertQuery | string {
  const { when } = rule;
  const changed: string[] = [];
  const seconds = secondsOf(when);
  const window = WINDOWS.find((minutes) => minutes * 60 >= seconds);
  if (window === undefined) {
    const shorter = when.type === 'burn-rate' ? when.windows.filter(({ long }) => long <= 172_800) : [];
    if (when.type !== 'burn-rate' || shorter.length === 0)
      return 'it looks back further than two days, which is as far as an alert on logs can.';
    const rest = alertQuery({ ...rule, when: { ...when, windows: shorter } }, metricOf);
    if (typeof rest === 'string') return rest;
    const hours = when.windows.filter(({ long }) => long > 172_800).map(({ long }) => `${long / 3600} h`);
    return {
      ...rest,
      changed: [
        ...rest.changed,
        `without the windows of ${hours.join(', ')}: an alert on logs looks back two days at most.`,
      ],
    };
  }
  if (window * 60 !== seconds && when.type !== 'absence' && 'over' in when) {
    changed.push(`it looks back ${window} minutes: windows have fixed lengths.`);
  }
  const wanted =
    when.type === 'burn-rate' || when.type === 'absence' ? 1 : 1 + Math.ceil((rule.for ?? 0) / (window * 60));
  const most = Math.max(1, Math.min(MAX_PERIODS, Math.floor(2880 / window)));
  const periods = Math.min(wanted, most);
  if (periods < wanted)
    changed.push(`it fires after ${periods} windows of ${window} minutes: an alert looks at ${most} at most.`);
  for (const key of serviceKeysOf(when, metricOf, TOLD))
    changed.push(`it needs ${key} in each row: azureMonitor({ resourceAttributes }).`);
  if ((rule.keepFiringFor ?? 0) > 0)
    changed.push('it is over when the condition is: there is no time to go on firing.');
  if (when.type === 'absence' && byOf(when).length > 0) {
    changed.push('expected is what was there within a day before: what is gone for longer is forgotten.');
  }
  const made = queryOf(when, `${window}m`, metricOf);
  if (typeof made === 'string') return made;
  return { window, periods, groups: byOf(when).map(labelOf), changed, ...made };
}

type Asked = Pick<AlertQuery, 'query' | 'is' | 'threshold' | 'measure'>;

function queryOf(when: Condition, window: string, metricOf: Find): Asked | string {
  switch (when.type) {
    case 'threshold': {
      const metric = metricOf(when.metric);
      if (metric.type === 'counter' || metric.type === 'summary' || isDistribution(metric)) {
        return 'it looks at a total since the start, and Application Insights is told differences; make it a rate.';
      }
      const lines = [rowsOf(when), ...latest(aggregateOf(when, metric), stepOf(window), byOf(when))];
      return { query: lines.join('\n'), measure: 'value', is: when.is, threshold: when.value };
    }
    case 'rate': {
      const metric = metricOf(when.metric);
      const lines = [
        rowsOf(when),
        `| summarize value = todouble(sum(${growthOf(metric)})) / ${Number.parseInt(window, 10) * 60} by ${by(window, byOf(when))}`,
      ];
      return { query: lines.join('\n'), measure: 'value', is: when.is, threshold: when.value };
    }
    case 'ratio':
      return ratio(when, window, metricOf);
    case 'percentile':
      return percentile(when, window, metricOf);
    case 'absence':
      return absence(when, byOf(when), `${when.over}s`, metricOf);
    case 'burn-rate':
      return burnRate(when, metricOf);
  }
}

function ratio(when: Ratio, window: string, metricOf: Find): Asked {
  const { part, of, is, value, atLeast = 1 } = when;
  const lines = [
    rowsOf(part, of),
    `| summarize part = ${sumOf(part, metricOf(part.metric))}, whole = ${sumOf(of, metricOf(of.metric))} by ${by(window, byOf(when))}`,
    `| where whole >= ${atLeast}`,
    '| extend value = todouble(part) / whole',
  ];
  return { query: lines.join('\n'), measure: 'value', is, threshold: value };
}

function percentile(when: Percentile, window: string, metricOf: Find): Asked | string {
  if (!isDistribution(metricOf(when.metric))) return `${when.metric} is no histogram.`;
  const { quantile, is, value, atLeast = 1 } = when;
  const lines = [
    rowsOf(when),
    EXPAND_BUCKETS,
    `| summarize value = ${percentileOf(quantile)}, whole = sum(tolong(bucket[1])) by ${by(window, byOf(when))}`,
    `| where whole >= ${atLeast}`,
  ];
  return { query: lines.join('\n'), measure: 'value', is, threshold: value };
}

/** Rows are what is missing. Of a counter or histogram, what did not grow has no row or one of 0. */
function absence(selector: Selector, groups: readonly string[], window: string, metricOf: Find): Asked {
  const metric = metricOf(selector.metric);
  const grows = metric.type === 'counter' || isDistribution(metric);
  const there = grows ? `| where ${isDistribution(metric) ? 'valueCount' : 'valueSum'} > 0` : undefined;
  const recent = [rowsOf(selector), `| where timestamp > ago(${window})`, ...(there === undefined ? [] : [there])];
  if (groups.length === 0) {
    return { query: [...recent, '| summarize value = count()'].join('\n'), measure: 'value', is: '<', threshold: 1 };
  }
  const labels = groups.map(labelOf);
  const distinct = `| distinct ${labels.join(', ')}`;
  const extend = `| extend ${groupsOf(groups).join(', ')}`;
  const query = [
    `let recent = ${[...recent, extend, distinct].join(' ')};`,
    // Expected is what was there within a day.
    `${rowsOf(selector)}`,
    `| where timestamp between (ago(${DAY}) .. ago(${window}))`,
    extend,
    distinct,
    `| join kind=leftanti recent on ${labels.join(', ')}`,
  ].join('\n');
  return { query, is: '>', threshold: 0 };
}

/** One row for each group that uses up its budget too fast. */
function burnRate(when: BurnRate, metricOf: Find): Asked {
  const { bad, of, windows, objective, atLeast = 1 } = when;
  const sums: string[] = [];
  const conditions: string[] = [];
  for (const [i, { long, short, factor }] of windows.entries()) {
    const budget = budgetShare(objective, factor);
    for (const [which, seconds] of [
      ['long', long],
      ['short', short],
    ] as const) {
      sums.push(`bad_${which}_${i + 1} = ${sumOf(bad, metricOf(bad.metric), `${seconds}s`)}`);
      sums.push(`all_${which}_${i + 1} = ${sumOf(of, metricOf(of.metric), `${seconds}s`)}`);
    }
    const above = (which: string): string => `todouble(bad_${which}_${i + 1}) / all_${which}_${i + 1} > ${budget}`;
    conditions.push(`(all_long_${i + 1} >= ${atLeast} and ${above('long')} and ${above('short')})`);
  }
  const groups = groupsOf(byOf(when));
  const lines = [
    rowsOf(bad, of),
    `| summarize ${sums.join(', ')}${groups.length === 0 ? '' : ` by ${groups.join(', ')}`}`,
    `| where ${conditions.join(' or ')}`,
  ];
  return { query: lines.join('\n'), is: '>', threshold: 0 };
}

/** Rows of the selectors' metrics. Of one selector, only what it chooses; of several, all that any of them may. */
function rowsOf(...selectors: readonly Selector[]): string {
  const [first] = selectors;
  const names = [...new Set(selectors.map(({ metric }) => metric))];
  const predicates =
    selectors.length === 1 && first !== undefined
      ? [predicateOf(first)]
      : names.map((metric) => predicateOf({ metric }));
  return `customMetrics | where ${predicates.join(' or ')}`;
}

function by(window: string, keys: readonly string[]): string {
  return [`timestamp = ${stepOf(window)}`, ...groupsOf(keys)].join(', ');
}

/** Steps that end now, as the rule's do. */
function stepOf(window: string): string {
  return `bin_at(timestamp, ${window}, now())`;
}

function secondsOf(when: Condition): number {
  if (when.type === 'burn-rate') return Math.max(...when.windows.map(({ long }) => long));
  // A group is expected for a day after it was last seen.
  if (when.type === 'absence' && byOf(when).length > 0) return 86_400 + when.over;
  return 'over' in when ? when.over : 0;
}
