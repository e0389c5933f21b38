import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  type Panel,
  QueryVariableBuilder,
  RowBuilder,
  VariableHide,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { prometheusLabel } from '../prometheus/prometheus-name.ts';
import { DATASOURCE } from './panels.ts';

export interface DashboardSpec {
  /** Of the file, and of the address in Grafana: `/d/telltale-requests`. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly rows: readonly { readonly title: string; readonly panels: readonly Builder<Panel>[] }[];
}

const TAG = 'telltale';
const SERVICE = prometheusLabel('service.name');
const ENVIRONMENT = prometheusLabel('deployment.environment.name');

/** A dashboard with the variables and the links that all have. */
export function dashboardOf({ name, title, description, rows }: DashboardSpec): Dashboard {
  const builder = new DashboardBuilder(`Telltale: ${title}`)
    .uid(`${TAG}-${name}`)
    .description(description)
    .tags([TAG])
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .editable()
    .link(
      new DashboardLinkBuilder('Telltale')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .asDropdown(false)
        .includeVars(true)
        .keepTime(true)
        .targetBlank(false)
        .icon('dashboard')
        .tooltip('')
        .url(''),
    )
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'));
  const chosen = `${ENVIRONMENT}=~"$environment",${SERVICE}=~"$service"`;
  for (const variable of [
    // Without one, a service has no such label.
    labels('environment', 'Environment', ENVIRONMENT, 'target_info').allValue('.*'),
    labels('service', 'Service', SERVICE, `target_info{${ENVIRONMENT}=~"$environment"}`),
    // Which services a process tells of is known by target_info; series of its own service do not say it.
    labels('job', 'Job', 'job', `target_info{${chosen}}`).hide(VariableHide.HideVariable),
    labels('instance', 'Instance', 'instance', `target_info{${chosen},job=~"$job"}`),
  ])
    builder.withVariable(variable);
  for (const row of rows) {
    builder.withRow(new RowBuilder(row.title));
    for (const panel of row.panels) builder.withPanel(panel);
  }
  const dashboard = builder.build();
  return { ...dashboard, panels: (dashboard.panels ?? []).map((panel, i) => ({ ...panel, id: i + 1 })) as never };
}

function labels(name: string, label: string, of: string, series: string): QueryVariableBuilder {
  const query = `label_values(${series}, ${of})`;
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query(query)
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalCaseInsensitiveAsc)
    .multi(true)
    .includeAll(true)
    .current({ selected: true, text: ['All'], value: ['$__all'] });
}
