import { compactJsonFile } from '../clouds/cloud-templates.ts';
import { ENVIRONMENT, SERVICE } from '../clouds/rule-words.ts';
import type { TemplateFile } from '../target.ts';
import type { Alarm, AlarmQuery, ExactMetric, MetricAlarm } from './alarm.ts';
import { type CloudWatchDashboard, environmentPlaces } from './dashboard.ts';
import { type Naming, PLACES, spelt } from './spelling.ts';

type Json = Readonly<Record<string, unknown>>;

/** Printable ASCII but for quotes and backslashes, as these stand within texts. */
const TEXT = '^[ !#-&(-\\[\\]-~]*$';
const IF_ENVIRONMENT = 'HasEnvironment';

/** One stack: the dashboard and the alarms of one service. */
export function cloudFormation(
  dashboard: CloudWatchDashboard['body'],
  alarms: readonly Alarm[],
  { namespace, naming }: { readonly namespace: string; readonly naming: Naming },
): TemplateFile {
  return compactJsonFile('cloudformation.json', {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'Dashboard and alarms of Telltale for one service; made by @telltale/templates',
    Parameters: {
      Namespace: {
        Type: 'String',
        Default: namespace,
        AllowedPattern: '^[A-Za-z0-9 ._#:/-]{1,255}$',
        Description: 'As in cloudwatch({ namespace })',
      },
      Service: { Type: 'String', AllowedPattern: TEXT, MinLength: 1, MaxLength: 255, Description: 'service.name' },
      Environment: {
        Type: 'String',
        Default: '',
        AllowedPattern: TEXT,
        MaxLength: 255,
        Description:
          'deployment.environment.name (service.environment of createTelemetry); empty where the service has none',
      },
      TopicArn: { Type: 'String', Default: '', Description: 'SNS topic that is told; empty: nobody is' },
    },
    Conditions: {
      [IF_ENVIRONMENT]: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'Environment' }, ''] }] },
      HasTopic: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'TopicArn' }, ''] }] },
    },
    Resources: {
      Dashboard: {
        Type: 'AWS::CloudWatch::Dashboard',
        Properties: {
          DashboardName: { 'Fn::Sub': `\${AWS::StackName}-\${AWS::Region}` },
          DashboardBody: bodyOf(dashboard, naming),
        },
      },
      ...Object.fromEntries(
        alarms.map((alarm) => [
          alarm.id,
          alarm.kind === 'metric'
            ? { Type: 'AWS::CloudWatch::Alarm', Properties: metricAlarm(alarm, naming) }
            : { Type: 'AWS::CloudWatch::CompositeAlarm', Properties: compositeAlarm(alarm) },
        ]),
      ),
    },
    Outputs: {
      DashboardAddress: {
        Value: {
          'Fn::Sub': `https://\${AWS::Region}.console.aws.amazon.com/cloudwatch/home?region=\${AWS::Region}#dashboards:name=\${Dashboard}`,
        },
      },
    },
  });
}

function bodyOf(dashboard: CloudWatchDashboard['body'], naming: Naming): Json {
  const places = environmentPlaces(`\${Environment}`, naming);
  // Within a text of JSON, quotes are escaped; the items of a list are not within one.
  const escaped = (text: string): string => JSON.stringify(text).slice(1, -1);
  const body = JSON.stringify(dashboard)
    .replaceAll(`\${`, `\${!`)
    .replaceAll(`,"${PLACES.environmentItems}"`, `\${EnvironmentItems}`);
  return {
    'Fn::Sub': [
      withPlaces(body),
      {
        AndEnvironment: ifEnvironment(escaped(places.and)),
        EnvironmentName: ifEnvironment(escaped(places.name)),
        EnvironmentItems: ifEnvironment(places.items),
      },
    ],
  };
}

function ifEnvironment(text: string): Json {
  return { 'Fn::If': [IF_ENVIRONMENT, { 'Fn::Sub': text }, ''] };
}

function withPlaces(text: string): string {
  return text
    .replaceAll(PLACES.namespace, `\${Namespace}`)
    .replaceAll(PLACES.service, `\${Service}`)
    .replaceAll(PLACES.region, `\${AWS::Region}`)
    .replaceAll(PLACES.andEnvironment, `\${AndEnvironment}`)
    .replaceAll(PLACES.environmentName, `\${EnvironmentName}`);
}

function metricAlarm(alarm: MetricAlarm, naming: Naming): Json {
  const last = alarm.queries.length - 1;
  return {
    ...shared(alarm),
    ...(alarm.tells ? told() : { ActionsEnabled: false }),
    ComparisonOperator: alarm.comparison,
    Threshold: alarm.threshold,
    EvaluationPeriods: alarm.periods,
    DatapointsToAlarm: alarm.periods,
    TreatMissingData: alarm.missing,
    Metrics: alarm.queries.map((query, i) => metricQuery(query, i === last, naming)),
  };
}

function metricQuery(
  { id, label, expression, period, metric, stat }: AlarmQuery,
  watched: boolean,
  naming: Naming,
): Json {
  return {
    Id: id,
    ...(label !== undefined && { Label: label }),
    ...(expression !== undefined && { Expression: expressionOf(expression, naming) }),
    ...(expression !== undefined && period !== undefined && { Period: period }),
    ...(metric !== undefined && {
      MetricStat: {
        Metric: {
          Namespace: { Ref: 'Namespace' },
          MetricName: metric.name,
          Dimensions: dimensionsOf(metric, naming),
        },
        Period: period,
        Stat: stat,
      },
    }),
    ReturnData: watched,
  };
}

function expressionOf(expression: string, naming: Naming): unknown {
  if (!expression.includes('⟦')) return expression;
  const { and } = environmentPlaces(`\${Environment}`, naming);
  return { 'Fn::Sub': [withPlaces(expression.replaceAll(`\${`, `\${!`)), { AndEnvironment: ifEnvironment(and) }] };
}

function dimensionsOf({ dimensions }: ExactMetric, naming: Naming): Json {
  const pair = (Name: string, Value: unknown): Json => ({ Name, Value });
  const own = Object.entries(dimensions).map(([name, value]) => pair(name, value));
  const service = pair(spelt(SERVICE, naming), { Ref: 'Service' });
  const environment = pair(spelt(ENVIRONMENT, naming), { Ref: 'Environment' });
  return { 'Fn::If': [IF_ENVIRONMENT, [service, environment, ...own], [service, ...own]] };
}

function compositeAlarm(alarm: Extract<Alarm, { readonly kind: 'composite' }>): Json {
  const rule = alarm.anyOf.map((ids) => `(${ids.map((id) => `ALARM("\${${id}}")`).join(' AND ')})`).join(' OR ');
  return { ...shared(alarm), ...told(), AlarmRule: { 'Fn::Sub': rule } };
}

function shared({ id, rule, severity, description }: Alarm): Json {
  return {
    AlarmName: { 'Fn::Sub': `\${AWS::StackName}-${id}` },
    AlarmDescription: { 'Fn::Sub': withPlaces(description.replaceAll(`\${`, `\${!`)) },
    Tags: [
      { Key: 'telltale:rule', Value: rule },
      { Key: 'severity', Value: severity },
    ],
  };
}

function told(): Json {
  const actions = { 'Fn::If': ['HasTopic', [{ Ref: 'TopicArn' }], { Ref: 'AWS::NoValue' }] };
  return { AlarmActions: actions, OKActions: actions };
}
