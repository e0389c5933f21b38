export { azure, cloudwatch, datadog, googleCloud } from './cloud-files.ts';
export type { CloudWatchTemplateOptions } from './cloudwatch/cloudwatch.ts';
export type { GoogleCloudTemplateOptions } from './google-cloud/google-cloud.ts';
export { type GrafanaOptions, grafana } from './grafana/grafana.ts';
export type { PrometheusRulesOptions } from './prometheus/prometheus-options.ts';
export { prometheusRules } from './prometheus/prometheus-rules.ts';
export type { OwnMetric, Target, TemplateFile, TemplateOptions } from './target.ts';
export { TARGETS, type TargetName, templatesOf } from './target-table.ts';
