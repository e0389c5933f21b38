export type { Alert } from './alert.ts';
export { type AlertingTelemetry, type Alerts, type AlertsOptions, alerts } from './alerts.ts';
export { checkRules } from './check-rules.ts';
export { type DefaultRuleName, type DefaultRuleOverrides, defaultRules } from './default-rules.ts';
export type { LabelMatch } from './label-match.ts';
export type { Notification, Notifier, NotifierContext } from './notifier.ts';
export type { NotifierOptions } from './notify/check-notifiers.ts';
export { type AlertmanagerOptions, alertmanager } from './notify/receivers/alertmanager.ts';
export { type AlertLog, logNotifier } from './notify/receivers/log-notifier.ts';
export { type PagerDutyOptions, pagerDuty } from './notify/receivers/pager-duty.ts';
export { type SlackOptions, slack } from './notify/receivers/slack.ts';
export {
  type WebhookAlert,
  type WebhookMessage,
  type WebhookOptions,
  webhook,
} from './notify/receivers/webhook.ts';
export type {
  Absence,
  AlertRule,
  BurnRate,
  Comparison,
  Condition,
  Match,
  Percentile,
  Rate,
  Ratio,
  Selector,
  Severity,
  Threshold,
} from './rule.ts';
export type { RuleOverride } from './rule-override.ts';
export type { ActiveSilence, Silence } from './silences.ts';
export { type SloOptions, slo } from './slo.ts';
