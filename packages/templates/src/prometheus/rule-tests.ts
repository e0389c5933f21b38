import type { AlertRule, Condition } from '@telltale/alerts';
import { duration } from './duration.ts';
import { type FaultSeries, faultSeries, STEP } from './fault-series.ts';
import type { Growths } from './growth.ts';
import { quoted } from './matchers.ts';
import { prometheusLabel } from './prometheus-name.ts';
import type { PrometheusRulesOptions } from './prometheus-options.ts';

/** The service at fault, behind a target that says it by `target_info`. */
const SERVICE = 'checkout';
const INSTANCE = '127.0.0.1:9464';
/** Seconds for which all is well first, so that nothing is new. */
const BEFORE = 10 * STEP;
/** Seconds that a fault lasts at least. */
const FEW = 5 * STEP;

/** For `promtool test rules`: each rule is silent while all is well, fires on its fault, not before its time, and is silent again thereafter. */
export function ruleTests(
  file: string,
  rules: readonly AlertRule[],
  growths: Growths,
  options: PrometheusRulesOptions,
): object {
  return {
    rule_files: [file],
    evaluation_interval: duration(STEP),
    tests: rules.flatMap((rule) => {
      const series = faultSeries(rule.when, growths);
      return series === undefined ? [] : [testOf(rule, series, options)];
    }),
  };
}

function testOf(
  { name, when, for: wait = 0, keepFiringFor = 0 }: AlertRule,
  series: FaultSeries,
  options: PrometheusRulesOptions,
): object {
  const [window, memory] = windowsOf(when);
  const end = BEFORE + ceil(window + wait) + 2 * STEP;
  const healed = end + ceil(memory + keepFiringFor) + 2 * STEP;
  const phases = [BEFORE / STEP, (end - BEFORE) / STEP + 1, (healed - end) / STEP + 2] as const;
  const { source, labels } = placeOf(series.resource, options);
  const firing = `count(ALERTS{alertname="${name}",alertstate="firing"}) or vector(0)`;
  const at = (seconds: number, value: number): object => ({
    expr: firing,
    eval_time: duration(seconds),
    exp_samples: [{ labels: '{}', value }],
  });
  return {
    name,
    interval: duration(STEP),
    input_series: [
      { series: source, values: `1+0x${phases[0] + phases[1] + phases[2]}` },
      ...series.all.map((one) => ({
        series: `${one.sample}${labelsText({ ...labels, ...one.labels }, one.le)}`,
        values: one.values(phases),
      })),
    ],
    promql_expr_test: [
      at(BEFORE - STEP, 0),
      ...(wait > STEP ? [at(BEFORE + floor(wait) - STEP, 0)] : []),
      at(end, 1),
      at(healed, 0),
    ],
  };
}

/** How long a fault lasts until it is all that a condition sees, and how long it is seen after it. */
function windowsOf(when: Condition): readonly [fault: number, after: number] {
  if (when.type === 'threshold') return [0, 0];
  if (when.type === 'absence') return [when.over, 0];
  if (when.type !== 'burn-rate') return [when.over, when.over];
  // All requests fail, after none did for BEFORE: the share is above the limit long before a window is full.
  const limits = when.windows.map(({ factor }) => Math.min(0.99, factor * (1 - when.objective)));
  const fault = Math.max(...limits.map((limit) => (2 * BEFORE * limit) / (1 - limit)));
  return [Math.max(FEW, fault), Math.max(...when.windows.map(({ short }) => short))];
}

/** What says which service it is, and the labels that all series have for it. */
function placeOf(
  resource: Readonly<Record<string, string>>,
  { service = 'target_info' }: PrometheusRulesOptions,
): { readonly source: string; readonly labels: Readonly<Record<string, string>> } {
  const about = { service_name: SERVICE, ...resource };
  const target = { job: service === 'job' ? SERVICE : 'shop', instance: INSTANCE };
  if (service === 'label') return { source: `up${labelsText(target)}`, labels: { ...target, ...about } };
  return { source: `target_info${labelsText({ ...target, ...about })}`, labels: target };
}

function labelsText(labels: Readonly<Record<string, string>>, le?: string): string {
  const all = Object.entries(labels).map(([key, value]) => `${prometheusLabel(key)}="${quoted(value)}"`);
  return `{${[...all, ...(le === undefined ? [] : [`le="${le}"`])].join(',')}}`;
}

function ceil(seconds: number): number {
  return Math.ceil(seconds / STEP) * STEP;
}

function floor(seconds: number): number {
  return Math.floor(seconds / STEP) * STEP;
}
