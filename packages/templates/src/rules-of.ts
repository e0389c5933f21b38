import { type AlertRule, checkRules, defaultRules } from '@telltale/alerts';
import type { TemplateOptions } from './target.ts';

/** The rules that templates are made of. Throws `ERR_OPTION` for the first that is wrong. */
export function rulesOf({ rules }: TemplateOptions): readonly AlertRule[] {
  return rules === undefined ? defaultRules() : checkRules('rules', rules);
}
