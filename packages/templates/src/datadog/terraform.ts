import { jsonFile } from '../clouds/cloud-templates.ts';
import { isDistribution } from '../clouds/rule-words.ts';
import type { OwnMetric, TemplateFile } from '../target.ts';
import { monitorBody } from './monitor-body.ts';
import type { Monitor } from './monitors-of.ts';
import { nameOf } from './queries.ts';

type Json = Readonly<Record<string, unknown>>;

/** The dashboard, the monitors, and percentiles switched on for the metrics that need them. */
export function terraform(
  dashboard: Json,
  monitors: readonly Monitor[],
  percentiles: readonly OwnMetric[],
): TemplateFile {
  const ids = monitors.map((monitor) => [monitor.id, monitorResource(monitor)] as const);
  return jsonFile('main.tf.json', {
    terraform: { required_providers: { datadog: { source: 'DataDog/datadog', version: '>= 3.30' } } },
    variable: {
      notify: {
        type: 'string',
        description: 'Who is told: @slack-ops, @pagerduty-checkout …; several with spaces',
        default: '',
      },
      percentile_tags: {
        type: 'list(string)',
        description: 'Tags by which percentiles can be asked for; each combination of values is a custom metric',
        default: ['service', 'env', 'http.route', 'job.name', 'boundary.to'],
      },
    },
    resource: {
      datadog_dashboard_json: { telltale: { dashboard: literal(JSON.stringify(dashboard)) } },
      ...(ids.length > 0 && { datadog_monitor: Object.fromEntries(ids) }),
      datadog_metric_tag_configuration: Object.fromEntries(
        percentiles.filter(isDistribution).map(({ name }) => [
          nameOf(name).replaceAll('.', '_'),
          {
            metric_name: nameOf(name),
            metric_type: 'distribution',
            tags: `\${var.percentile_tags}`,
            include_percentiles: true,
          },
        ]),
      ),
    },
  });
}

function monitorResource(monitor: Monitor): Json {
  const { name, type, query, message, tags, priority, options } = monitorBody(monitor);
  const { notify_no_data, no_data_timeframe, thresholds, include_tags, require_full_window } = options;
  return {
    name: literal(name),
    type,
    query: literal(query).replaceAll(/@(\w+)@/g, `\${datadog_monitor.$1.id}`),
    message: monitor.tells ? `${literal(message)}\n\n\${var.notify}` : literal(message),
    tags,
    priority,
    include_tags,
    ...(require_full_window !== undefined && { require_full_window }),
    ...(thresholds !== undefined && { monitor_thresholds: thresholds }),
    ...(notify_no_data !== undefined && { notify_no_data, no_data_timeframe }),
  };
}

/** Text in which Terraform is to find nothing of its own. */
function literal(text: string): string {
  return text.replaceAll(`\${`, `$\${`).replaceAll('%{', '%%{');
}
