import { checkKeys, TelemetryError } from '@telltale/core';
import { type CloudTemplates, jsonFile, readmeFile } from '../clouds/cloud-templates.ts';
import { metricOf } from '../metric-of.ts';
import { rulesOf } from '../rules-of.ts';
import type { TemplateOptions } from '../target.ts';
import { alarmsOf } from './alarms-of.ts';
import { cloudFormation } from './cloudformation.ts';
import { dashboardOf } from './dashboard.ts';
import { readmeOf } from './readme.ts';
import { viewsOf } from './roll-up.ts';
import type { Naming } from './spelling.ts';
import { terraform } from './terraform.ts';

export interface CloudWatchTemplateOptions extends TemplateOptions {
  /** That of the exporter, as the default of the parameter; default `Telltale`. */
  readonly namespace?: string;
  /** That of the exporter; default `dots`. */
  readonly naming?: Naming;
}

const KEYS = [
  'rules',
  'metrics',
  'namespace',
  'naming',
] as const satisfies readonly (keyof CloudWatchTemplateOptions)[];

/**
 * Dashboard and alarms for `cloudwatch()` and `emf()` of @telltale/exporter-cloudwatch, as CloudFormation and as Terraform; and `service-views.json`, which
 * the service needs for percentiles and ratios. Throws `ERR_OPTION` for options that cannot be.
 */
export function cloudwatchTemplates(options: CloudWatchTemplateOptions = {}): CloudTemplates {
  checkKeys('cloudwatch', options, KEYS);
  const rules = rulesOf(options);
  const { metrics, namespace = 'Telltale', naming = 'dots' } = options;
  if (!/^(?!AWS\/)[A-Za-z0-9 ._#:/-]{1,255}$/.test(namespace)) {
    throw new TelemetryError(
      'ERR_OPTION',
      `"cloudwatch.namespace" is ${JSON.stringify(namespace)}; give that of the exporter, such as 'Checkout'.`,
    );
  }
  if (naming !== 'dots' && naming !== 'pascal') {
    throw new TelemetryError(
      'ERR_OPTION',
      `"cloudwatch.naming" is ${JSON.stringify(naming)}; give 'dots' or 'pascal'.`,
    );
  }
  const find = (name: string) => metricOf(name, metrics);
  const dashboard = dashboardOf(naming, find);
  const made = rules.map((rule) => alarmsOf(rule, naming, find));
  const alarms = made.flatMap((one) => one.alarms);
  const rollUps = [...dashboard.rollUps, ...made.flatMap((one) => one.rollUps)];
  const remarks = made.flatMap((one) => one.remarks);
  const views = viewsOf(rollUps);
  return {
    files: [
      cloudFormation(dashboard.body, alarms, { namespace, naming }),
      terraform(dashboard.body, alarms, { namespace, naming }),
      jsonFile('service-views.json', views),
      readmeFile(readmeOf(alarms.length, views), remarks),
    ],
    remarks,
  };
}
