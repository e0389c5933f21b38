import { checkKeys } from '@telltale/core';
import { type CloudTemplates, jsonFile, readmeFile } from '../clouds/cloud-templates.ts';
import { SECTIONS } from '../clouds/sections.ts';
import { metricOf } from '../metric-of.ts';
import { rulesOf } from '../rules-of.ts';
import type { TemplateOptions } from '../target.ts';
import { dashboardOf } from './dashboard.ts';
import { monitorBody } from './monitor-body.ts';
import { monitorsOf } from './monitors-of.ts';
import { terraform } from './terraform.ts';

/** Dashboard and monitors for `datadog()` and `dogstatsd()` of @telltale/exporter-datadog, as Datadog's API and as Terraform take them. Throws `ERR_OPTION` for options that cannot be. */
export function datadogTemplates(options: TemplateOptions = {}): CloudTemplates {
  checkKeys('datadog', options, ['rules', 'metrics']);
  const rules = rulesOf(options);
  const { metrics } = options;
  const find = (name: string) => metricOf(name, metrics);
  const made = rules.map((rule) => monitorsOf(rule, find));
  const monitors = made.flatMap((one) => one.monitors);
  const remarks = made.flatMap((one) => one.remarks);
  const shown = SECTIONS.flatMap(({ panels }) =>
    panels.flatMap(({ shows }) => (shows.type === 'percentile' ? [shows.metric] : [])),
  );
  const watched = rules.flatMap(({ when }) => (when.type === 'percentile' ? [when.metric] : []));
  const percentiles = [...new Set([...shown, ...watched])].toSorted().map(find);
  const dashboard = dashboardOf(find);
  return {
    files: [
      jsonFile('dashboard.json', dashboard),
      ...monitors.map((monitor) => jsonFile(`monitors/${monitor.id}.json`, monitorBody(monitor))),
      terraform(dashboard, monitors, percentiles),
      readmeFile(readmeOf(percentiles.map(({ name }) => name)), remarks),
    ],
    remarks,
  };
}

function readmeOf(percentiles: readonly string[]): readonly string[] {
  return [
    '# Telltale in Datadog',
    '',
    'A dashboard and monitors for all services that send to the organization, made by `@telltale/templates`.',
    '',
    '```sh',
    'terraform apply -var notify=@slack-ops   # main.tf.json in a folder of its own; DD_API_KEY, DD_APP_KEY and DD_HOST say where',
    '```',
    '',
    'Or by the API, with an API key and an application key:',
    '',
    '```sh',
    'curl -X POST https://api.datadoghq.com/api/v1/dashboard -H "DD-API-KEY: $DD_API_KEY" -H "DD-APPLICATION-KEY: $DD_APP_KEY" \\',
    "  -H 'content-type: application/json' -d @dashboard.json",
    'curl -X POST https://api.datadoghq.com/api/v1/monitor … -d @monitors/OldJobs.json',
    '```',
    '',
    'In the query of a composite monitor, `@Name@` stands for the id of the monitor in `monitors/Name.json`, which the API gives when it is made. Terraform does this by itself.',
    '',
    `Percentiles must be switched on for ${percentiles.map((name) => `\`${name}\``).join(', ')}: Terraform does, else by Metrics, Summary, the metric, Advanced. Each counts as further custom metrics.`,
  ];
}
