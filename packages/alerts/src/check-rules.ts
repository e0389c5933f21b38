import { checkKeys, nearestOf, TelemetryError } from '@telltale/core';
import { checkCondition } from './check-condition.ts';
import { checkNumber, fail, shown } from './check-value.ts';
import { labelName, placeholdersOf } from './evaluation/alert-text.ts';
import { byOf } from './evaluation/group-by.ts';
import type { AlertRule, Severity } from './rule.ts';

const SEVERITIES: readonly Severity[] = ['critical', 'error', 'warning', 'info'];
const KEYS = [
  'name',
  'when',
  'for',
  'keepFiringFor',
  'severity',
  'labels',
  'summary',
  'description',
  'runbook',
] as const satisfies readonly (keyof AlertRule)[];
const RESERVED = ['alertname', 'severity'];

/** Each is looked at in every evaluation. */
const MAX_RULES = 1000;
const DAY = 86_400;

/** Frozen copies. Throws `ERR_OPTION` for the first thing that is wrong, with its path, what it is and what it may be. */
export function checkRules(path: string, rules: readonly AlertRule[]): readonly AlertRule[] {
  if (!Array.isArray(rules)) fail(path, rules, 'an array of rules');
  if (rules.length > MAX_RULES) fail(path, `${rules.length} rules`, `at most ${MAX_RULES}`);
  const names = new Set<string>();
  return Object.freeze(
    rules.map((rule: AlertRule, i) => {
      const checked = checkRule(`${path}[${i}]`, rule);
      if (names.has(checked.name)) {
        throw new TelemetryError(
          'ERR_OPTION',
          `"${path}" has two rules called "${checked.name}"; alerts are told apart by their rule's name, so give one of them another.`,
        );
      }
      names.add(checked.name);
      return checked;
    }),
  );
}

function checkRule(path: string, rule: AlertRule): AlertRule {
  checkKeys(path, rule, KEYS);
  const { name, severity, summary } = rule;
  if (typeof name !== 'string' || !/^[A-Za-z]\w{0,199}$/.test(name)) {
    fail(`${path}.name`, name, 'a letter, then letters, digits and "_", such as "HighErrorRate"');
  }
  // From here on its name says more than its place.
  const own = `${path} (${name})`;
  checkCondition(`${own}.when`, rule.when);
  checkNumber(`${own}.for`, rule.for ?? 0, { from: 0, to: 30 * DAY }, 'seconds');
  checkNumber(`${own}.keepFiringFor`, rule.keepFiringFor ?? 0, { from: 0, to: 30 * DAY }, 'seconds');
  if (severity !== undefined && !SEVERITIES.includes(severity)) {
    const nearest = nearestOf(String(severity), SEVERITIES);
    fail(
      `${own}.severity`,
      severity,
      `one of ${SEVERITIES.join(', ')}`,
      nearest === undefined ? undefined : `did you mean "${nearest}"?`,
    );
  }
  const labels = checkLabels(`${own}.labels`, rule);
  checkText(`${own}.summary`, summary, labels);
  if (summary.trim() === '' || /[\r\n]/.test(summary)) fail(`${own}.summary`, summary, 'one line of text');
  if (rule.description !== undefined) checkText(`${own}.description`, rule.description, labels);
  if (rule.runbook !== undefined) checkText(`${own}.runbook`, rule.runbook, labels);
  return deepFrozen(rule);
}

/** The labels that its alerts have. */
function checkLabels(path: string, { labels = {}, when }: AlertRule): readonly string[] {
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) {
    fail(path, labels, "an object of texts, such as { team: 'payments' }");
  }
  const ofGroups = byOf(when).map(labelName);
  for (const [label, value] of Object.entries<unknown>(labels)) {
    if (!/^[A-Za-z_]\w{0,127}$/.test(label)) {
      fail(`${path}`, `a label called ${shown(label)}`, 'names of letters, digits and "_"');
    }
    if (RESERVED.includes(label) || ofGroups.includes(label)) {
      fail(`${path}.${label}`, value, `another name: alerts have a label "${label}" of their own`);
    }
    if (typeof value !== 'string') fail(`${path}.${label}`, value, 'a text');
  }
  return [...RESERVED, ...ofGroups, ...Object.keys(labels)];
}

function checkText(path: string, text: unknown, labels: readonly string[]): void {
  if (typeof text !== 'string') fail(path, text, 'a text');
  const known = ['value', ...labels];
  for (const name of placeholdersOf(text)) {
    if (known.includes(name)) continue;
    const nearest = nearestOf(labelName(name), known);
    fail(
      path,
      `a text with {{${name}}}`,
      `only ${known.map((one) => `{{${one}}}`).join(', ')} in it`,
      nearest === undefined ? undefined : `did you mean {{${nearest}}}?`,
    );
  }
}

/** Of what was checked to be plain data. */
function deepFrozen<T>(data: T): T {
  if (Array.isArray(data)) return Object.freeze(data.map(deepFrozen)) as T;
  if (typeof data !== 'object' || data === null) return data;
  const entries = Object.entries(data).filter(([, value]) => value !== undefined);
  return Object.freeze(Object.fromEntries(entries.map(([key, value]) => [key, deepFrozen(value)]))) as T;
}
