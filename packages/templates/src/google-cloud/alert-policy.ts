import type { AlertRule, Severity } from '@telltale/alerts';
import { labelOf, limitOf, messageOf, SERVICE } from '../clouds/rule-words.ts';
import type { OwnMetric } from '../target.ts';
import type { GooglePromql } from './promql.ts';

/** google.monitoring.v3.AlertPolicy.Severity has three. */
const SEVERITIES = {
  critical: 'CRITICAL',
  error: 'ERROR',
  warning: 'WARNING',
  info: 'WARNING',
} as const satisfies Record<Severity, string>;
/** A policy must close its incidents after half an hour at the least. */
const AUTO_CLOSE = '1800s';

/** google.monitoring.v3.AlertPolicy as JSON. */
export function alertPolicy(
  rule: AlertRule,
  promql: GooglePromql,
  metricOf: (name: string) => OwnMetric,
): Readonly<Record<string, unknown>> {
  const severity = rule.severity ?? 'warning';
  const word = (label: string): string => {
    if (label === 'value') return limitOf(rule.when, metricOf);
    return `\${metric_or_resource.label.${label === labelOf(SERVICE) ? promql.label(SERVICE) : label}}`;
  };
  return {
    displayName: rule.name,
    severity: SEVERITIES[severity],
    combiner: 'OR',
    enabled: true,
    userLabels: { made_by: 'telltale', severity, ...userLabels(rule.labels) },
    documentation: { content: messageOf(rule, word), mimeType: 'text/markdown', subject: rule.name },
    conditions: [
      {
        displayName: rule.name,
        conditionPrometheusQueryLanguage: {
          query: promql.condition(rule.when),
          duration: `${rule.for ?? 0}s`,
          evaluationInterval: '60s',
          ruleGroup: 'telltale',
          alertRule: rule.name,
          disableMetricValidation: true,
        },
      },
    ],
    alertStrategy: { autoClose: AUTO_CLOSE },
  };
}

/** Lower case, digits, `_` and `-`, 63 characters. */
function userLabels(labels: AlertRule['labels'] = {}): Readonly<Record<string, string>> {
  const clean = (text: string): string =>
    text
      .toLowerCase()
      .replaceAll(/[^a-z0-9_-]/g, '_')
      .slice(0, 63);
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [clean(key), clean(value)]));
}
