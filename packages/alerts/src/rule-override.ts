import { checkKeys } from '@telltale/core';
import type { AlertRule, Percentile, Rate, Ratio, Threshold } from './rule.ts';

/** Conditions that compare with a value. */
export type OverridableCondition = Threshold | Rate | Ratio | Percentile;
type ConditionOf<T extends OverridableCondition['type']> = Extract<OverridableCondition, { readonly type: T }>;

const OF_A_RULE = ['when', 'for', 'keepFiringFor', 'severity', 'labels', 'summary', 'description', 'runbook'] as const;

/** What of each type of condition may be otherwise without writing it anew. */
const OF_A_CONDITION = {
  threshold: ['value', 'by'],
  rate: ['value', 'by', 'over'],
  ratio: ['value', 'by', 'over', 'atLeast'],
  percentile: ['value', 'by', 'over', 'atLeast', 'quantile'],
} as const satisfies { readonly [T in OverridableCondition['type']]: readonly (keyof ConditionOf<T>)[] };

type Tuned<T extends OverridableCondition['type']> = Partial<
  Pick<ConditionOf<T>, (typeof OF_A_CONDITION)[T][number] & keyof ConditionOf<T>>
>;

/** Fields of a rule that replace its own, and those of its condition that are mostly tuned. `when` is another condition altogether. */
export type RuleOverride<T extends OverridableCondition['type']> = Partial<
  Pick<AlertRule, (typeof OF_A_RULE)[number]>
> &
  Tuned<T>;

/** The rule with what is overridden; not checked as a rule. Throws `ERR_OPTION` for what cannot be overridden. */
export function overriddenRule(
  path: string,
  rule: AlertRule & { readonly when: OverridableCondition },
  override: object,
): AlertRule {
  const tunable: readonly string[] = OF_A_CONDITION[rule.when.type];
  checkKeys(path, override, [...OF_A_RULE, ...tunable]);
  const given = Object.entries(override).filter(([, value]) => value !== undefined);
  const own: Partial<AlertRule> = Object.fromEntries(given.filter(([key]) => !tunable.includes(key)));
  const tuned: object = Object.fromEntries(given.filter(([key]) => tunable.includes(key)));
  return { ...rule, ...own, when: { ...(own.when ?? rule.when), ...tuned } };
}
