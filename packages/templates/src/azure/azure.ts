import { checkKeys } from '@telltale/core';
import { type CloudTemplates, jsonFile, type Remark, readmeFile } from '../clouds/cloud-templates.ts';
import { metricOf } from '../metric-of.ts';
import { rulesOf } from '../rules-of.ts';
import type { TemplateOptions } from '../target.ts';
import { alertQuery } from './alert-query.ts';
import { armTemplate, type NamedQuery } from './arm-template.ts';
import { workbookOf } from './workbook.ts';

/** Workbook and alerts for `azureMonitor()` of @telltale/exporter-azure-monitor, as a template of Azure Resource Manager. Throws `ERR_OPTION` for options that cannot be. */
export function azureTemplates(options: TemplateOptions = {}): CloudTemplates {
  checkKeys('azure', options, ['rules', 'metrics']);
  const rules = rulesOf(options);
  const { metrics } = options;
  const find = (name: string) => metricOf(name, metrics);
  const remarks: Remark[] = [];
  const alerts: NamedQuery[] = [];
  for (const rule of rules) {
    const asked = alertQuery(rule, find);
    if (typeof asked === 'string') remarks.push({ rule: rule.name, kind: 'left-out', reason: asked });
    else {
      alerts.push({ rule, asked });
      remarks.push(...asked.changed.map((reason): Remark => ({ rule: rule.name, kind: 'changed', reason })));
    }
  }
  const workbook = workbookOf(find);
  const files = [
    jsonFile('azuredeploy.json', armTemplate(workbook, alerts, find)),
    jsonFile('workbook.json', workbook),
  ];
  return { files: [...files, readmeFile(README, remarks)], remarks };
}

const README = [
  '# Telltale in Azure Monitor',
  '',
  'A workbook and alerts for all services that send to one Application Insights resource, made by `@telltale/templates`.',
  '',
  '```sh',
  'az deployment group create --resource-group GROUP --template-file azuredeploy.json \\',
  '  --parameters applicationInsightsId=/subscriptions/…/providers/microsoft.insights/components/NAME actionGroupId=/subscriptions/…/actionGroups/NAME',
  '```',
  '',
  '`workbook.json` is the workbook alone, for its advanced editor (`</>`): put the id of the resource in the place of `__APPLICATION_INSIGHTS__`.',
  '',
  'Percentiles need the buckets that `azureMonitor()` sends with histograms (`buckets: true`, its default).',
];
