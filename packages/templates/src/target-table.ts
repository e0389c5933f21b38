import { nearestOf, TelemetryError } from '@telltale/core';
import { CLOUD_TARGETS } from './clouds/cloud-targets.ts';
import { grafana } from './grafana/grafana.ts';
import { prometheusRules } from './prometheus/prometheus-rules.ts';
import type { Target, TemplateFile, TemplateOptions } from './target.ts';

/** All targets, by the names that the command line has for them. */
export const TARGETS = {
  grafana: {
    description: 'Grafana dashboards on Prometheus, with provisioning',
    next: [
      "Mount the folder provisioning/dashboards into Grafana's /etc/grafana/provisioning/dashboards, or import its JSON files one by one.",
      'A data source of your Prometheus is needed; provisioning/datasources has an example.',
    ],
    make: grafana,
  },
  prometheus: {
    description: 'Prometheus alert rules, the recording rules they need, and a test of them',
    next: [
      'Name telltale-rules.yaml in prometheus.yml, under rule_files, and reload Prometheus.',
      'Try the rules: promtool test rules telltale-rules.test.yaml',
    ],
    make: prometheusRules,
  },
  ...CLOUD_TARGETS,
} as const satisfies Readonly<Record<string, Target>>;

export type TargetName = keyof typeof TARGETS;

/** The files for a target. Throws `ERR_OPTION` for one that is not known, naming the nearest, and for rules that are wrong. */
export function templatesOf(target: TargetName, options: TemplateOptions = {}): readonly TemplateFile[] {
  if (Object.hasOwn(TARGETS, target)) return TARGETS[target].make(options);
  const names = Object.keys(TARGETS);
  const nearest = nearestOf(String(target), names);
  throw new TelemetryError(
    'ERR_OPTION',
    `There are no templates for "${target}"${nearest === undefined ? '' : `; did you mean "${nearest}"?`} Known are ${names.join(', ')}.`,
  );
}
