import { jsonFile } from '../clouds/cloud-templates.ts';
import { ENVIRONMENT, SERVICE } from '../clouds/rule-words.ts';
import type { TemplateFile } from '../target.ts';
import type { Alarm, AlarmQuery, MetricAlarm } from './alarm.ts';
import { type CloudWatchDashboard, environmentPlaces } from './dashboard.ts';
import { type Naming, PLACES, spelt } from './spelling.ts';

type Json = Readonly<Record<string, unknown>>;

/** The same as the stack of CloudFormation, as JSON of Terraform. */
export function terraform(
  dashboard: CloudWatchDashboard['body'],
  alarms: readonly Alarm[],
  { namespace, naming }: { readonly namespace: string; readonly naming: Naming },
): TemplateFile {
  const metricAlarms = alarms.filter((alarm) => alarm.kind === 'metric');
  const composites = alarms.filter((alarm) => alarm.kind === 'composite');
  const places = environmentPlaces(`\${var.environment}`, naming);
  const escaped = (text: string): string => JSON.stringify(text).slice(1, -1);
  const local = (text: string): string => `\${var.environment == "" ? "" : ${JSON.stringify(text)}}`;
  const variable = (name: string, description: string, value?: string): Json => ({
    type: 'string',
    description,
    ...(value !== undefined && { default: value }),
    validation: {
      // They stand within texts of JSON and of queries.
      condition: `\${can(regex("^[ !#-&(-\\\\[\\\\]-~]*$", var.${name}))}`,
      error_message: 'Printable ASCII without quotes and backslashes.',
    },
  });
  return jsonFile('main.tf.json', {
    terraform: { required_providers: { aws: { source: 'hashicorp/aws', version: '>= 5.0' } } },
    variable: {
      namespace: variable('namespace', 'As in cloudwatch({ namespace })', namespace),
      service: variable('service', 'service.name'),
      environment: variable('environment', 'deployment.environment.name; empty where the service has none', ''),
      topic_arn: { type: 'string', description: 'SNS topic that is told; empty: nobody is', default: '' },
    },
    locals: {
      prefix: `\${var.environment == "" ? var.service : "\${var.service}-\${var.environment}"}`,
      actions: `\${var.topic_arn == "" ? [] : [var.topic_arn]}`,
      dimensions: `\${merge({${JSON.stringify(spelt(SERVICE, naming))} = var.service}, var.environment == "" ? {} : {${JSON.stringify(spelt(ENVIRONMENT, naming))} = var.environment})}`,
      and_environment: local(places.and),
      and_environment_json: local(escaped(places.and)),
      environment_name_json: local(escaped(places.name)),
      environment_items: local(places.items),
    },
    data: { aws_region: { current: {} } },
    resource: {
      aws_cloudwatch_dashboard: {
        telltale: {
          // Characters that names of dashboards do not have.
          dashboard_name: `\${replace(local.prefix, "/[^A-Za-z0-9_-]/", "-")}`,
          dashboard_body: withPlaces(
            literal(JSON.stringify(dashboard)).replaceAll(
              `,"${PLACES.environmentItems}"`,
              `\${local.environment_items}`,
            ),
            `\${local.and_environment_json}`,
          ),
        },
      },
      ...(metricAlarms.length > 0 && {
        aws_cloudwatch_metric_alarm: Object.fromEntries(metricAlarms.map((alarm) => [alarm.id, metricAlarm(alarm)])),
      }),
      ...(composites.length > 0 && {
        aws_cloudwatch_composite_alarm: Object.fromEntries(
          composites.map((alarm) => [alarm.id, { ...shared(alarm), ...TOLD, alarm_rule: ruleOf(alarm.anyOf) }]),
        ),
      }),
    },
  });
}

const TOLD = { alarm_actions: `\${local.actions}`, ok_actions: `\${local.actions}` };

/** Text in which Terraform is to find nothing of its own. */
function literal(text: string): string {
  return text.replaceAll(`\${`, `$\${`).replaceAll('%{', '%%{');
}

function withPlaces(text: string, environment = `\${local.and_environment}`): string {
  return text
    .replaceAll(PLACES.namespace, `\${var.namespace}`)
    .replaceAll(PLACES.service, `\${var.service}`)
    .replaceAll(PLACES.region, `\${data.aws_region.current.name}`)
    .replaceAll(PLACES.andEnvironment, environment)
    .replaceAll(PLACES.environmentName, `\${local.environment_name_json}`);
}

function metricAlarm(alarm: MetricAlarm): Json {
  const last = alarm.queries.length - 1;
  return {
    ...shared(alarm),
    ...(alarm.tells ? TOLD : { actions_enabled: false }),
    comparison_operator: alarm.comparison,
    threshold: alarm.threshold,
    evaluation_periods: alarm.periods,
    datapoints_to_alarm: alarm.periods,
    treat_missing_data: alarm.missing,
    metric_query: alarm.queries.map((query, i) => metricQuery(query, i === last)),
  };
}

function metricQuery({ id, label, expression, period, metric, stat }: AlarmQuery, watched: boolean): Json {
  const own = Object.entries(metric?.dimensions ?? {}).map(
    ([name, value]) => `${JSON.stringify(name)} = ${JSON.stringify(literal(value))}`,
  );
  return {
    id,
    ...(label !== undefined && { label }),
    ...(expression !== undefined && { expression: withPlaces(literal(expression)) }),
    ...(expression !== undefined && period !== undefined && { period }),
    ...(metric !== undefined && {
      metric: {
        namespace: `\${var.namespace}`,
        metric_name: metric.name,
        dimensions: own.length === 0 ? `\${local.dimensions}` : `\${merge(local.dimensions, {${own.join(', ')}})}`,
        period,
        stat,
      },
    }),
    return_data: watched,
  };
}

function ruleOf(anyOf: readonly (readonly string[])[]): string {
  const alarm = (id: string): string => `ALARM("\${aws_cloudwatch_metric_alarm.${id}.alarm_name}")`;
  return anyOf.map((ids) => `(${ids.map(alarm).join(' AND ')})`).join(' OR ');
}

function shared({ id, rule, severity, description }: Alarm): Json {
  return {
    alarm_name: `\${local.prefix}-${id}`,
    alarm_description: withPlaces(literal(description)),
    tags: { 'telltale:rule': rule, severity },
  };
}
