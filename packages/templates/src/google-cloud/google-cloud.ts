import { checkKeys, TelemetryError } from '@telltale/core';
import { type CloudTemplates, jsonFile, type Remark, readmeFile } from '../clouds/cloud-templates.ts';
import { serviceKeysOf } from '../clouds/rule-words.ts';
import { metricOf } from '../metric-of.ts';
import { rulesOf } from '../rules-of.ts';
import type { TemplateOptions } from '../target.ts';
import { alertPolicy } from './alert-policy.ts';
import { dashboardOf } from './dashboard.ts';
import { GooglePromql } from './promql.ts';

export interface GoogleCloudTemplateOptions extends TemplateOptions {
  /** That of the exporter; default `workload.googleapis.com`. */
  readonly metricPrefix?: string;
  /** The type of the exporter's `monitoredResource`; default `generic_task`. With another, the service is the label `service_name`. */
  readonly resourceType?: string;
}

const KEYS = [
  'rules',
  'metrics',
  'metricPrefix',
  'resourceType',
] as const satisfies readonly (keyof GoogleCloudTemplateOptions)[];

/** Dashboard and alert policies for `googleCloud()` of @telltale/exporter-google-cloud, as its APIs take them. Throws `ERR_OPTION` for options that cannot be. */
export function googleCloudTemplates(options: GoogleCloudTemplateOptions = {}): CloudTemplates {
  checkKeys('googleCloud', options, KEYS);
  const rules = rulesOf(options);
  const { metrics, metricPrefix = 'workload.googleapis.com', resourceType = 'generic_task' } = options;
  for (const [name, text] of Object.entries({ metricPrefix, resourceType })) {
    if (typeof text === 'string' && /^[a-z][a-zA-Z0-9_./]*$/.test(text)) continue;
    throw new TelemetryError(
      'ERR_OPTION',
      `"googleCloud.${name}" is ${JSON.stringify(text)}; give that of the exporter.`,
    );
  }
  const find = (name: string) => metricOf(name, metrics);
  const promql = new GooglePromql({ metricPrefix, resourceType }, find);
  const policies = rules.map((rule) => jsonFile(`alerts/${rule.name}.json`, alertPolicy(rule, promql, find)));
  // All that a rule can say is PromQL.
  const remarks = rules.flatMap((rule): readonly Remark[] => {
    const changed = serviceKeysOf(rule.when, find, promql.told()).map(
      (key) => `it needs ${key} as a label: googleCloud({ resourceAttributes }).`,
    );
    if ((rule.keepFiringFor ?? 0) > 0)
      changed.push('its incident is over as soon as the condition is: there is no time to go on firing.');
    return changed.map((reason) => ({ rule: rule.name, kind: 'changed', reason }));
  });
  const files = [jsonFile('dashboard.json', dashboardOf(promql, find)), ...policies];
  return { files: [...files, readmeFile(README, remarks)], remarks };
}

const README = [
  '# Telltale in Google Cloud',
  '',
  'A dashboard and alert policies for all services that send to the project, made by `@telltale/templates`.',
  '',
  '```sh',
  'gcloud monitoring dashboards create --config-from-file=dashboard.json',
  'for policy in alerts/*.json; do',
  '  gcloud monitoring policies create --policy-from-file="$policy" --notification-channels=CHANNEL',
  'done',
  '```',
  '',
  'CHANNEL is the name that `gcloud beta monitoring channels list` shows. To change a policy: `gcloud monitoring policies update NAME --policy-from-file=…`.',
];
