import type { AlertRule, Comparison, Condition, Selector } from '@telltale/alerts';
import type { OwnMetric } from '../target.ts';

export const SERVICE = 'service.name';
export const ENVIRONMENT = 'deployment.environment.name';

/** What there is one alert for: the attributes of `by`, or the service. An absence without `by` is of everything together. */
export function byOf(condition: Condition): readonly string[] {
  return condition.by ?? (condition.type === 'absence' ? [] : [SERVICE]);
}

/** Metrics that a condition looks at, with what their attributes must be. */
export function selectorsOf(condition: Condition): readonly Selector[] {
  if (condition.type === 'ratio') return [condition.part, condition.of];
  if (condition.type === 'burn-rate') return [condition.bad, condition.of];
  return [condition];
}

/** What a key is of when the metric does not say which it has. */
const OF_SERVICE = /^(?:service|deployment|host|os|process|container|k8s|cloud|faas|telemetry)\./;

/** Attributes of the service that a rule needs, and that a backend is only told of by an option of its exporter. `told`: those that it is told anyway. */
export function serviceKeysOf(
  when: Condition,
  metricOf: (name: string) => OwnMetric,
  told: readonly string[],
): readonly string[] {
  const selectors = selectorsOf(when);
  const keys = [...byOf(when), ...selectors.flatMap(({ where = {} }) => Object.keys(where))];
  const has = ({ metric }: Selector, key: string): boolean =>
    metricOf(metric).attributes?.includes(key) ?? !OF_SERVICE.test(key);
  return [...new Set(keys)].filter((key) => !told.includes(key) && !selectors.some((selector) => has(selector, key)));
}

export function aggregateOf(
  { aggregate }: { readonly aggregate?: 'sum' | 'max' | 'min' | 'avg' },
  { type }: OwnMetric,
): 'sum' | 'max' | 'min' | 'avg' {
  return aggregate ?? (type === 'gauge' ? 'max' : 'sum');
}

/** Metrics whose points are counts of values, not numbers. */
export function isDistribution({ type }: OwnMetric): boolean {
  return type === 'histogram' || type === 'exponentialHistogram';
}

/** `{{service_name}}` and `{{value}}` of the summary in a backend's own words. */
function worded(text: string, word: (label: string) => string): string {
  return text.replaceAll(/\{\{\s*([A-Za-z_]\w*)\s*\}\}/g, (_, label: string) => word(label));
}

/** What an alert says: summary, description, runbook, in lines. */
export function messageOf(rule: AlertRule, word: (label: string) => string): string {
  const { summary, description, runbook } = rule;
  const lines = [summary, ...(description === undefined ? [] : ['', description])];
  const more = runbook === undefined ? [] : ['', `Runbook: ${runbook}`];
  return [...lines.map((line) => worded(line, word)), ...more].join('\n');
}

/** The limit of a condition in words, for backends that cannot put the value into their texts: `5 %`, `1 s`. */
export function limitOf(when: Condition, metricOf: (name: string) => OwnMetric): string {
  if (when.type === 'absence') return `${when.over} s`;
  if (when.type === 'ratio') return percent(when.value);
  if (when.type === 'burn-rate') return percent(budgetShare(when.objective, when.windows[0]?.factor ?? 1));
  const { name, unit } = metricOf(when.metric);
  if (when.type === 'rate') return `${when.value}/s`;
  if (unit === '1' || name.endsWith('.utilization')) return percent(when.value);
  return unit === '' || unit.startsWith('{') ? `${when.value}` : `${when.value} ${unit === 'By' ? 'bytes' : unit}`;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(6))} %`;
}

/** As rules call an attribute in texts. */
export function labelOf(attribute: string): string {
  return attribute.replaceAll(/[^A-Za-z0-9_]/g, '_');
}

/** A threshold of a burn rate as a part of 1, without the noise of binary fractions. */
export function budgetShare(objective: number, factor: number): number {
  return Number((factor * (1 - objective)).toPrecision(12));
}

/** A value that does not satisfy the comparison. */
export function harmless(is: Comparison, value: number): number {
  if (is === '>=') return value - 1;
  return is === '<=' ? value + 1 : value;
}
