import type { AlertRule } from '@telltale/alerts';
import { stringify } from 'yaml';
import { rulesOf } from '../rules-of.ts';
import type { TemplateFile } from '../target.ts';
import { annotationsOf } from './annotations.ts';
import { conditionExpression } from './condition-expression.ts';
import { duration } from './duration.ts';
import { Growths } from './growth.ts';
import { prometheusLabel } from './prometheus-name.ts';
import { checkPrometheusOptions, type PrometheusRulesOptions } from './prometheus-options.ts';
import { ruleTests } from './rule-tests.ts';

const RULES_FILE = 'telltale-rules.yaml';

/**
 * Alert rules for Prometheus and what records the series that they share, for `rule_files`, and a test of them for `promtool test rules`.
 * Throws `ERR_OPTION` for a rule that names a metric that is not known, or asks of it what it is not.
 */
export function prometheusRules(options: PrometheusRulesOptions = {}): readonly TemplateFile[] {
  checkPrometheusOptions(options);
  const rules = rulesOf(options);
  const growths = new Growths(options);
  const alerts = rules.map((rule) => alertOf(rule, growths));
  // One group is evaluated from top to bottom, so that alerts see what was recorded just now.
  const groups = [{ name: 'telltale', rules: [...growths.recordings(), ...alerts] }];
  return [
    { path: RULES_FILE, content: yaml({ groups }, 'Alert rules of Telltale. Made by: telltale templates prometheus') },
    {
      path: RULES_FILE.replace('.yaml', '.test.yaml'),
      content: yaml(
        ruleTests(RULES_FILE, rules, growths, options),
        `To be run by: promtool test rules telltale-rules.test.yaml`,
      ),
    },
  ];
}

function alertOf(rule: AlertRule, growths: Growths): object {
  const { name, when, keepFiringFor = 0, severity = 'warning', labels = {} } = rule;
  const more = Object.entries(labels).map(([key, value]) => [
    prometheusLabel(key),
    value.replaceAll('{{', '{{ "{{" }}'),
  ]);
  return {
    alert: name,
    expr: conditionExpression(when, growths),
    ...(rule.for !== undefined && rule.for > 0 && { for: duration(rule.for) }),
    ...(keepFiringFor > 0 && { keep_firing_for: duration(keepFiringFor) }),
    labels: { ...Object.fromEntries(more), severity },
    annotations: annotationsOf(rule, (metric) => growths.metric(metric)),
  };
}

function yaml(document: object, comment: string): string {
  return `# ${comment}\n${stringify(document, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}
