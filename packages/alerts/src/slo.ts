import { checkKeys, TelemetryError } from '@telltale/core';
import { checkRules } from './check-rules.ts';
import type { AlertRule, BurnRate, Selector } from './rule.ts';

export interface SloOptions {
  /** Of the objective; the rules are called `<name>BudgetFast` and `<name>BudgetSlow`. A letter, then letters, digits and `_`. */
  readonly name: string;
  /** Between 0 and 1: 0.999. */
  readonly objective: number;
  /** What uses the budget up; default: requests that are answered with a status of 500 and above. */
  readonly bad?: Selector;
  /** Of what; default: all requests. */
  readonly of?: Selector;
  /** One alert per combination of these attributes; default `service.name`. */
  readonly by?: readonly string[];
  /** No alert while fewer came in the long window; default 1. */
  readonly atLeast?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly runbook?: string;
}

const KEYS = ['name', 'objective', 'bad', 'of', 'by', 'atLeast', 'labels', 'runbook'];

const REQUESTS: Selector = { metric: 'http.server.request.duration' };
const FAILED_REQUESTS: Selector = { ...REQUESTS, where: { 'http.response.status_code': '5*' } };

const HOUR = 3600;

/**
 * Windows and factors of Google's SRE workbook, chapter 5 ("Multiwindow, Multi-Burn-Rate Alerts"), for a budget of 30 days: somebody is woken when 2 % of it
 * went in an hour, or 5 % in six; a ticket is enough when 10 % went in three days.
 */
const FAST = [
  { long: HOUR, short: 300, factor: 14.4 },
  { long: 6 * HOUR, short: 1800, factor: 6 },
] as const;
const SLOW = [{ long: 72 * HOUR, short: 6 * HOUR, factor: 1 }] as const;

/**
 * Rules that fire when the error budget of an objective is used up too fast: one that is worth waking somebody, and one that is worth a ticket; of an objective
 * below 0.84 only the second, as its budget cannot go fast. Throws `ERR_OPTION` for options that are wrong.
 */
export function slo(options: SloOptions): readonly AlertRule[] {
  checkKeys('slo', options, KEYS);
  const { name, objective, bad = FAILED_REQUESTS, of = REQUESTS, by, atLeast, labels, runbook } = options;
  if (typeof name !== 'string' || !/^[A-Za-z]\w*$/.test(name)) {
    throw new TelemetryError(
      'ERR_OPTION',
      `"slo.name" is ${JSON.stringify(name)}; give a letter, then letters, digits and "_", such as "Checkout".`,
    );
  }
  const percent = `${Number((objective * 100).toPrecision(10))} %`;
  const burn = (windows: BurnRate['windows']): BurnRate => ({
    type: 'burn-rate',
    bad,
    of,
    objective,
    windows,
    ...(by !== undefined && { by }),
    ...(atLeast !== undefined && { atLeast }),
  });
  const shared = { ...(labels !== undefined && { labels }), ...(runbook !== undefined && { runbook }) };
  // A ratio is at most 1: where the objective is low, the budget cannot go so fast.
  const fast = FAST.filter(({ factor }) => !(factor * (1 - objective) >= 1));
  const rules: readonly AlertRule[] = [
    {
      name: `${name}BudgetFast`,
      severity: 'critical',
      when: burn(fast),
      summary: `{{value}} of ${name} is bad: its objective of ${percent} will be missed`,
      description:
        'At this pace the error budget of 30 days is gone within five: 2 % of it went in the last hour, or 5 % in the last six, and it still goes. Mend it now; then see what used it up.',
      ...shared,
    },
    {
      name: `${name}BudgetSlow`,
      severity: 'warning',
      when: burn(SLOW),
      summary: `{{value}} of ${name} was bad in the last three days: more than its objective of ${percent} allows`,
      description:
        'A tenth of the error budget of 30 days went in three, and it still goes: nobody needs to wake up, but the objective will be missed if it stays so.',
      ...shared,
    },
  ];
  return checkRules('slo', fast.length === 0 ? rules.slice(1) : rules);
}
