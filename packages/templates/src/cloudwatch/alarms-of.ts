import type { Absence, AlertRule, BurnRate, Percentile, Rate, Ratio, Threshold } from '@telltale/alerts';
import type { Remark } from '../clouds/cloud-templates.ts';
import {
  aggregateOf,
  budgetShare,
  byOf,
  ENVIRONMENT,
  harmless,
  isDistribution,
  labelOf,
  limitOf,
  messageOf,
  SERVICE,
  selectorsOf,
  serviceKeysOf,
} from '../clouds/rule-words.ts';
import type { OwnMetric } from '../target.ts';
import { type Alarm, type AlarmQuery, type MetricAlarm, OPERATORS } from './alarm.ts';
import { insightsQuery } from './insights.ts';
import { MetricMath } from './metric-math.ts';
import type { RollUp } from './roll-up.ts';
import { type Naming, PLACES } from './spelling.ts';

/** "Metrics Insights quotas": alarms see the last three hours. */
const MAX_INSIGHTS = 10_800;
/** "PutMetricAlarm": a period is a day at most; all periods together a day, or seven where a period is an hour or more. */
const MAX_PERIOD = 86_400;
const HOUR = 3600;
const MAX_SPAN = 604_800;
const MINUTE = 60;

export interface RuleAlarms {
  readonly alarms: readonly Alarm[];
  readonly rollUps: readonly RollUp[];
  readonly remarks: readonly Remark[];
}

interface Context {
  readonly rule: AlertRule;
  readonly naming: Naming;
  readonly metricOf: (name: string) => OwnMetric;
  readonly rollUps: RollUp[];
  readonly changed: string[];
}

type Watched = Pick<MetricAlarm, 'queries' | 'comparison' | 'threshold' | 'periods' | 'missing'>;

/** The alarms of a rule, for one service; none when CloudWatch cannot watch what it says. */
export function alarmsOf(rule: AlertRule, naming: Naming, metricOf: (name: string) => OwnMetric): RuleAlarms {
  const context: Context = { rule, naming, metricOf, rollUps: [], changed: [] };
  const made = refusalOf(context) ?? makeAlarms(context);
  if (typeof made === 'string') {
    return { alarms: [], rollUps: [], remarks: [{ rule: rule.name, kind: 'left-out', reason: made }] };
  }
  for (const key of serviceKeysOf(rule.when, metricOf, [SERVICE, ENVIRONMENT])) {
    context.changed.push(`it needs ${key} as a dimension: cloudwatch({ resourceDimensions }).`);
  }
  if (rule.keepFiringFor !== undefined)
    context.changed.push('it is over as soon as the condition is: there is no time to go on firing.');
  const remarks = context.changed.map((reason) => ({ rule: rule.name, kind: 'changed' as const, reason }));
  return { alarms: made, rollUps: context.rollUps, remarks };
}

/** Attributes of the service that are no dimensions unless the exporter is told so. */
function refusalOf({ rule, metricOf }: Context): string | undefined {
  for (const { metric, where = {} } of selectorsOf(rule.when)) {
    metricOf(metric);
    for (const key of [SERVICE, ENVIRONMENT]) {
      if (key in where) return `it chooses by ${key}, which is a parameter of the template.`;
    }
  }
  return undefined;
}

function makeAlarms(context: Context): readonly Alarm[] | string {
  const { rule } = context;
  const { when } = rule;
  if (when.type === 'burn-rate') return burnRateAlarms(when, context);
  const watched =
    when.type === 'threshold'
      ? threshold(when, context)
      : when.type === 'rate'
        ? rate(when, context)
        : when.type === 'ratio'
          ? ratio(when, context)
          : when.type === 'percentile'
            ? percentile(when, context)
            : absence(when, context);
  return typeof watched === 'string' ? watched : [alarm(rule.name, watched, context, true)];
}

function threshold(when: Threshold, context: Context): Watched | string {
  const metric = context.metricOf(when.metric);
  if (metric.type === 'counter' || isDistribution(metric) || metric.type === 'summary') {
    return 'it looks at a total since the start, and CloudWatch is told differences; make it a rate.';
  }
  const how = { sum: 'SUM', max: 'MAX', min: 'MIN', avg: 'AVG' } as const;
  const aggregate = aggregateOf(when, metric);
  if (aggregate === 'sum')
    context.changed.push(
      'the sum is right while the exporter sends once a minute: CloudWatch adds up all that came in one.',
    );
  const query = insightsQuery(how[aggregate], when, byOf(when), context.naming);
  if (typeof query === 'string') return query;
  return watchedOf([insights(query.query, MINUTE)], when, when.value, MINUTE, MAX_INSIGHTS, context);
}

function rate(when: Rate, context: Context): Watched | string {
  const distribution = isDistribution(context.metricOf(when.metric));
  const query = insightsQuery(distribution ? 'COUNT' : 'SUM', when, byOf(when), context.naming);
  const period = minutes(when.over);
  const value = Number((when.value * period).toPrecision(12));
  if (typeof query !== 'string' && period <= MAX_INSIGHTS) {
    return watchedOf([insights(query.query, period)], when, value, period, MAX_INSIGHTS, context);
  }
  const math = new MetricMath(context.naming, period, distribution ? 'SampleCount' : 'Sum');
  const sum = math.sumOf(when, true);
  if (sum.reason !== undefined) return sum.reason;
  return mathAlarm(math, sum.expression, when, value, period, context);
}

function ratio(when: Ratio, context: Context): Watched | string {
  return ratioOver(when, minutes(when.over), when.value, context);
}

function ratioOver(
  when: Pick<Ratio, 'part' | 'of' | 'is' | 'by' | 'atLeast'>,
  period: number,
  value: number,
  context: Context,
): Watched | string {
  const distribution = isDistribution(context.metricOf(when.of.metric));
  if (distribution !== isDistribution(context.metricOf(when.part.metric))) {
    return 'it divides the count of a histogram and a counter, which CloudWatch has as different statistics; use one of the two.';
  }
  const math = new MetricMath(context.naming, period, distribution ? 'SampleCount' : 'Sum');
  const of = math.sumOf(when.of, false);
  const part = math.sumOf(when.part, true);
  if (of.reason !== undefined) return of.reason;
  if (part.reason !== undefined) return part.reason;
  const share = `(${part.expression})/(${of.expression})`;
  const { atLeast = 1 } = when;
  const guarded = atLeast <= 1 ? share : `IF(${of.expression} >= ${atLeast}, ${share}, ${harmless(when.is, value)})`;
  return mathAlarm(math, guarded, when, value, period, context);
}

function percentile(when: Percentile, context: Context): Watched | string {
  if (!isDistribution(context.metricOf(when.metric))) return `${when.metric} is no histogram.`;
  const period = minutes(when.over);
  const math = new MetricMath(context.naming, period, `p${Number((when.quantile * 100).toPrecision(6))}`);
  const one = math.seriesOf(when);
  if (one.reason !== undefined) return one.reason;
  const { atLeast = 1 } = when;
  if (atLeast <= 1) return mathAlarm(math, undefined, when, when.value, period, context);
  const count = math.beside(one.id, 'SampleCount');
  const guarded = `IF(${count} >= ${atLeast}, ${one.id}, ${harmless(when.is, when.value)})`;
  return mathAlarm(math, guarded, when, when.value, period, context);
}

function absence(when: Absence, context: Context): Watched | string {
  const others = byOf(when).filter((key) => key !== SERVICE && key !== ENVIRONMENT);
  if (others.length > 0)
    return `a group (${others.join(', ')}) that is gone is in no query; nothing says that it is expected.`;
  const period = minutes(when.over);
  const query = insightsQuery('COUNT', when, [], context.naming);
  if (typeof query === 'string') return query;
  if (period > MAX_INSIGHTS)
    return `alarms on queries see the last ${MAX_INSIGHTS / HOUR} hours, and it asks for ${period} s.`;
  const watched = watchedOf([insights(query.query, period)], { is: '<' }, 1, period, MAX_INSIGHTS, context);
  return typeof watched === 'string' ? watched : { ...watched, missing: 'breaching' };
}

function burnRateAlarms(when: BurnRate, context: Context): readonly Alarm[] | string {
  const alarms: Alarm[] = [];
  const pairs: (readonly string[])[] = [];
  for (const [i, { long, short, factor }] of when.windows.entries()) {
    if (minutes(long) > MAX_PERIOD) {
      context.changed.push(`the windows of ${long} and ${short} s are left out: a period has ${MAX_PERIOD} s at most.`);
      continue;
    }
    const ids: string[] = [];
    for (const [name, seconds] of Object.entries({ Long: long, Short: short })) {
      const { bad: part, of, by, atLeast } = when;
      const compared = { part, of, is: '>' as const, ...(by && { by }), ...(atLeast !== undefined && { atLeast }) };
      const watched = ratioOver(compared, minutes(seconds), budgetShare(when.objective, factor), context);
      if (typeof watched === 'string') return watched;
      const id = `${context.rule.name}${name}${i + 1}`;
      alarms.push(alarm(id, watched, context, false));
      ids.push(id);
    }
    pairs.push(ids);
  }
  if (pairs.length === 0) return `its windows are longer than a period can be (${MAX_PERIOD} s).`;
  context.changed.splice(0, context.changed.length, ...new Set(context.changed));
  if (context.rule.for !== undefined) context.changed.push('it fires without waiting: its windows are what must hold.');
  return [...alarms, { kind: 'composite', anyOf: pairs, ...described(context.rule.name, context) }];
}

function mathAlarm(
  math: MetricMath,
  expression: string | undefined,
  when: { readonly is: '>' | '>=' | '<' | '<='; readonly by?: readonly string[] },
  value: number,
  period: number,
  context: Context,
): Watched | string {
  const others = (when.by ?? []).filter((key) => key !== SERVICE && key !== ENVIRONMENT);
  if (others.length > 0) {
    context.changed.push(
      `one alarm for the service as a whole, not one for each ${others.join(', ')}: an alarm must name its series.`,
    );
  }
  if (period > MAX_PERIOD) return `a period has ${MAX_PERIOD} s at most, and it asks for ${period}.`;
  const queries = math.queries(expression);
  if (typeof queries === 'string') return queries;
  context.rollUps.push(...math.rollUps);
  return watchedOf(queries, when, value, period, period < HOUR ? MAX_PERIOD : MAX_SPAN, context);
}

function watchedOf(
  queries: readonly AlarmQuery[],
  { is }: { readonly is: '>' | '>=' | '<' | '<=' },
  threshold: number,
  period: number,
  span: number,
  { rule, changed }: Context,
): Watched | string {
  // The first period that holds says what was so at its end; each further one, that it still is.
  const wanted = rule.when.type === 'burn-rate' ? 1 : 1 + Math.ceil((rule.for ?? 0) / period);
  const periods = Math.max(1, Math.min(wanted, Math.floor(span / period)));
  if (periods < wanted)
    changed.push(`it fires after ${periods} periods of ${period} s: an alarm looks back ${span} s at most.`);
  return { queries, comparison: OPERATORS[is], threshold, periods, missing: 'notBreaching' };
}

function insights(expression: string, period: number): AlarmQuery {
  return { id: 'q1', expression, period };
}

function alarm(id: string, watched: Watched, context: Context, tells: boolean): MetricAlarm {
  return { kind: 'metric', tells, ...described(id, context), ...watched };
}

function described(id: string, { rule, metricOf }: Context): Pick<Alarm, 'id' | 'rule' | 'severity' | 'description'> {
  const word = (label: string): string => {
    if (label === labelOf(SERVICE)) return PLACES.service;
    return label === 'value' ? limitOf(rule.when, metricOf) : `<${label}>`;
  };
  const description = messageOf(rule, word);
  // "PutMetricAlarm": 1,024 characters.
  return {
    id: id.replaceAll('_', ''),
    rule: rule.name,
    severity: rule.severity ?? 'warning',
    description: description.slice(0, 1024),
  };
}

/** Alarms have whole minutes. */
function minutes(seconds: number): number {
  return Math.max(1, Math.ceil(seconds / MINUTE)) * MINUTE;
}
