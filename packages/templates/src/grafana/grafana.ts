import { checkKeys, TelemetryError } from '@telltale/core';
import type { TemplateFile, TemplateOptions } from '../target.ts';
import { dashboardOf } from './dashboard-of.ts';
import { boundaries } from './dashboards/boundaries.ts';
import { jobs } from './dashboards/jobs.ts';
import { overview } from './dashboards/overview.ts';
import { pools } from './dashboards/pools.ts';
import { requests } from './dashboards/requests.ts';
import { runtime } from './dashboards/runtime.ts';
import { telemetry } from './dashboards/telemetry.ts';
import { provisioning } from './provisioning.ts';
import { Queries } from './queries.ts';

export interface GrafanaOptions extends TemplateOptions {
  /** As the exporter for Prometheus has it. */
  readonly prefix?: string;
}

/**
 * Dashboards for Grafana 10 and later on what Prometheus scrapes from Telltale, and files to provision them. They have no alert rules: those are
 * Prometheus' (`prometheusRules`).
 */
export function grafana(options: GrafanaOptions = {}): readonly TemplateFile[] {
  checkKeys('grafana', options, ['rules', 'metrics', 'prefix']);
  const { prefix = '' } = options;
  if (!/^[a-zA-Z0-9_]*$/.test(prefix))
    throw new TelemetryError(
      'ERR_OPTION',
      `grafana: prefix is ${JSON.stringify(prefix)}; give letters, digits and underscores.`,
    );
  const queries = new Queries(prefix);
  const dashboards = [overview, requests, jobs, pools, boundaries, runtime, telemetry].map((make) => make(queries));
  return [
    ...dashboards.map((spec) => ({
      path: `provisioning/dashboards/telltale/${spec.name}.json`,
      content: `${JSON.stringify(dashboardOf(spec), undefined, 2)}\n`,
    })),
    ...provisioning(),
  ];
}
