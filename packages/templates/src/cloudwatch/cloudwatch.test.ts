import { defaultRules } from '@telltale/alerts';
import { cloudwatch } from '@telltale/exporter-cloudwatch';
import { awsTestOptions, type CloudWatchBackend, openCloudWatchBackend } from '@telltale-internal/backends';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportEverything, SERVICE_NAME } from '../clouds/everything.test-support.ts';
import { HARD_RULES } from '../clouds/rules.test-support.ts';
import { cloudwatchTemplates } from './cloudwatch.ts';
import { complaintsAboutBody } from './dashboard-schema.test-support.ts';
import { complaintsAbout } from './resource-schema.test-support.ts';
import type { ServiceView } from './roll-up.ts';
import { deployed, fileOf, PARAMETERS, type Resource, type Template } from './stack.test-support.ts';
import { terraformComplaints } from './terraform.test-support.ts';

const RULES = [...defaultRules(), ...HARD_RULES];
/** Never there: names and values are, but nothing of the kind was recorded. */
const NOT_RECORDED = /"(PUT|501|502|504|505|507|508|511|409|410|412|422|400|waiting|delayed)"/;

type Dimensions = Readonly<Record<string, string>>;
type Sent = ReadonlyMap<string, readonly Dimensions[]>;

interface Case {
  readonly naming: 'dots' | 'pascal';
  readonly environment: string;
}

const CASES: readonly Case[] = [
  { naming: 'dots', environment: 'production' },
  { naming: 'pascal', environment: 'production' },
  { naming: 'dots', environment: '' },
];

describe.each(CASES)('with names in $naming and the environment "$environment"', ({ naming, environment }) => {
  const { files } = cloudwatchTemplates({ rules: RULES, namespace: 'Checkout', naming });
  const template = fileOf(files, 'cloudformation.json') as Template;
  const resources = deployed(template, { ...PARAMETERS, Service: SERVICE_NAME, Environment: environment });
  let backend: CloudWatchBackend;
  let sent: Sent;

  beforeAll(async () => {
    backend = await openCloudWatchBackend();
    const exporter = () => cloudwatch({ namespace: 'Checkout', naming, ...awsTestOptions(backend) });
    const views = fileOf(files, 'service-views.json') as readonly ServiceView[];
    await exportEverything(exporter, { views, ...(environment !== '' && { environment }) });
    const series = new Map<string, Dimensions[]>();
    for (const { MetricName, Dimensions = [] } of backend.calls.flatMap(({ data }) => data)) {
      const dimensions = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]));
      series.set(MetricName, [...(series.get(MetricName) ?? []), dimensions]);
    }
    sent = series;
  });

  afterAll(() => backend.close());

  test('every series that an alarm names is one that the exporter sends, by exactly its dimensions', () => {
    const exact = alarmsOf(resources).flatMap(({ Metrics }) =>
      Metrics.flatMap(({ MetricStat }) => MetricStat?.Metric ?? []),
    );
    expect(exact.length).toBeGreaterThan(20);
    for (const { Namespace, MetricName, Dimensions } of exact) {
      expect(Namespace).toBe('Checkout');
      const wanted = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]));
      expect(isSent(sent, MetricName, wanted), `${MetricName} ${JSON.stringify(wanted)}`).toBe(true);
    }
  });

  test('every series on the dashboard is one that the exporter sends, by exactly its dimensions', () => {
    const exact = metricsOf(resources).filter((entry) => typeof entry[0] === 'string');
    expect(exact.length).toBeGreaterThan(20);
    for (const entry of exact) {
      const [namespace, name, ...rest] = entry.slice(0, -1) as readonly string[];
      expect(namespace).toBe('Checkout');
      const wanted = Object.fromEntries(rest.flatMap((key, i) => (i % 2 === 0 ? [[key, rest[i + 1] as string]] : [])));
      expect(isSent(sent, name as string, wanted), `${name} ${JSON.stringify(wanted)}`).toBe(true);
    }
  });

  test('every query names a metric that is sent, and dimensions and a service that its series have', () => {
    const queries = expressionsOf(resources).filter((expression) => expression.startsWith('SELECT'));
    expect(queries.length).toBeGreaterThan(20);
    for (const query of queries) {
      const parsed =
        /^SELECT (?:AVG|COUNT|MAX|MIN|SUM)\("([^"]+)"\) FROM "Checkout" WHERE (.*?)(?: GROUP BY (.*) ORDER BY (?:AVG|COUNT|MAX|MIN|SUM)\(\) DESC)?$/.exec(
          query,
        );
      expect(parsed, query).not.toBeNull();
      const [, name = '', where = '', groups = ''] = parsed ?? [];
      const conditions = where.split(' AND ').map((one) => /^"([^"]+)" (=|!=) '([^']*)'$/.exec(one));
      expect(conditions, query).not.toContain(null);
      const keys = [
        ...conditions.map((one) => one?.[1] ?? ''),
        ...groups
          .split(', ')
          .filter(Boolean)
          .map((key) => key.slice(1, -1)),
      ];
      const fitting = (sent.get(name) ?? []).filter((dimensions) => keys.every((key) => key in dimensions));
      expect(fitting, query).not.toEqual([]);
      const ofService = conditions.slice(0, environment === '' ? 1 : 2);
      expect(
        fitting.some((dimensions) => ofService.every((one) => dimensions[one?.[1] ?? ''] === one?.[3])),
        query,
      ).toBe(true);
    }
  });

  test('every search is for the exact names of dimensions that series have', () => {
    const searches = expressionsOf(resources).filter((expression) => expression.startsWith('SEARCH'));
    expect(searches.length).toBeGreaterThan(2);
    for (const search of searches) {
      const parsed = /^SEARCH\('\{"Checkout",(.*)\} MetricName="([^"]+)" "([^"]+)"="checkout"', 'p\d+', 60\)$/.exec(
        search,
      );
      expect(parsed, search).not.toBeNull();
      const [, schema = '', name = ''] = parsed ?? [];
      const keys = schema.split(',').map((key) => key.slice(1, -1));
      const fitting = (sent.get(name) ?? []).filter((dimensions) => sameKeys(dimensions, keys));
      expect(fitting, search).not.toEqual([]);
    }
  });

  test('resources are as the published schema of CloudFormation has them, the dashboard as its documentation', () => {
    for (const { Type, Properties } of Object.values(resources)) expect(complaintsAbout(Type, Properties)).toEqual([]);
    expect(complaintsAboutBody(bodyOf(resources))).toEqual([]);
  });

  test('Terraform has the same alarms and the same dashboard, in arguments of the provider and valid expressions', async () => {
    const module = fileOf(files, 'main.tf.json');
    const given = { namespace: 'Checkout', service: SERVICE_NAME, environment, topic_arn: PARAMETERS.TopicArn };
    expect(await terraformComplaints(module, given, resources)).toEqual([]);
  });
});

test('the stack of the default rules is small enough to be deployed without a bucket', () => {
  const { content = '' } = cloudwatchTemplates().files[0] ?? {};
  // "CloudFormation quotas": a template within the request.
  expect(Buffer.byteLength(content)).toBeLessThanOrEqual(51_200);
});

test('a broken template is found out', () => {
  expect(complaintsAbout('AWS::CloudWatch::Alarm', { Treshold: 1, Metrics: [{ ReturnData: 'yes' }] })).toEqual([
    'AWS::CloudWatch::Alarm.Treshold is unknown',
    'AWS::CloudWatch::Alarm.Metrics[0].Id is missing',
    'AWS::CloudWatch::Alarm.Metrics[0].ReturnData is "yes", not of type boolean',
  ]);
  expect(
    complaintsAboutBody({
      widgets: [{ type: 'metric', x: 24, y: 0, width: 8, height: 6, properties: { metrics: [] } }],
    }),
  ).not.toEqual([]);
});

test('an alarm stays within the limits: ten metrics, one query, one that is watched, periods of a day or a week in all', () => {
  const resources = deployed(fileOf(cloudwatchTemplates({ rules: RULES }).files, 'cloudformation.json') as Template);
  for (const { Metrics, EvaluationPeriods } of alarmsOf(resources)) {
    const series = Metrics.filter(({ MetricStat }) => MetricStat !== undefined);
    const queries = Metrics.filter(({ Expression = '' }) => Expression.startsWith('SELECT'));
    expect(series.length).toBeLessThanOrEqual(10);
    expect(Metrics.filter(({ ReturnData }) => ReturnData)).toHaveLength(1);
    expect(queries.length).toBeLessThanOrEqual(1);
    if (queries.length > 0) expect(Metrics).toHaveLength(1);
    const period = Math.max(...Metrics.map(({ MetricStat, Period = 0 }) => MetricStat?.Period ?? Period));
    expect(period % 60).toBe(0);
    const span = queries.length > 0 ? 10_800 : period < 3600 ? 86_400 : 604_800;
    expect(period * EvaluationPeriods).toBeLessThanOrEqual(span);
  }
});

test('the default rules are as they are, but for groups that an alarm cannot have', () => {
  expect(cloudwatchTemplates().remarks).toEqual([
    { rule: 'SlowCalls', kind: 'changed', reason: expect.stringContaining('not one for each boundary.to') },
    { rule: 'FailingCalls', kind: 'changed', reason: expect.stringContaining('not one for each boundary.to') },
    { rule: 'FailingJobs', kind: 'changed', reason: expect.stringContaining('not one for each job.queue, job.name') },
  ]);
  const resources = deployed(fileOf(cloudwatchTemplates().files, 'cloudformation.json') as Template);
  expect(Object.keys(resources)).toEqual(['Dashboard', ...defaultRules().map(({ name }) => name)]);
});

test('what CloudWatch cannot watch is left out, with the reason', () => {
  const { remarks, files } = cloudwatchTemplates({ rules: HARD_RULES });
  expect(remarks.filter(({ kind }) => kind === 'left-out')).toEqual([
    { rule: 'CounterTotal', kind: 'left-out', reason: expect.stringContaining('make it a rate') },
    { rule: 'PatternOfAny', kind: 'left-out', reason: expect.stringContaining('"/admin/*"') },
    { rule: 'GaugeOfTwo', kind: 'left-out', reason: expect.stringContaining('job.state is, or is not, one value') },
    { rule: 'GoneQueue', kind: 'left-out', reason: expect.stringContaining('a group (job.queue) that is gone') },
    { rule: 'CheckoutBudgetSlow', kind: 'left-out', reason: expect.stringContaining('longer than a period') },
  ]);
  const readme = files.find(({ path }) => path === 'README.md')?.content;
  for (const { rule, reason } of remarks) expect(readme).toContain(`- **${rule}**: ${reason}`);
});

test('a burn rate is a composite of alarms that tell nobody themselves', () => {
  const resources = deployed(
    fileOf(cloudwatchTemplates({ rules: HARD_RULES }).files, 'cloudformation.json') as Template,
  );
  const composites = Object.values(resources).filter(({ Type }) => Type === 'AWS::CloudWatch::CompositeAlarm');
  expect(composites.length).toBeGreaterThan(0);
  for (const { Properties } of composites) {
    const names = [...String(Properties.AlarmRule).matchAll(/ALARM\("stack-(\w+)"\)/g)].map(([, id]) => id as string);
    expect(names.length).toBeGreaterThan(1);
    for (const name of names) expect(resources[name]?.Properties).toMatchObject({ ActionsEnabled: false });
    expect(Properties.AlarmActions).toEqual([PARAMETERS.TopicArn]);
  }
});

test('an absence is told when there is no data, all else is good then', () => {
  const resources = deployed(fileOf(cloudwatchTemplates({ rules: RULES }).files, 'cloudformation.json') as Template);
  for (const [id, { Type, Properties }] of Object.entries(resources)) {
    if (Type !== 'AWS::CloudWatch::Alarm') continue;
    expect([id, Properties.TreatMissingData]).toEqual([id, id === 'NoRequests' ? 'breaching' : 'notBreaching']);
  }
});

test('names that cannot be are refused', () => {
  expect(() => cloudwatchTemplates({ namespace: 'AWS/Mine' })).toThrow('"cloudwatch.namespace" is "AWS/Mine"');
  expect(() => cloudwatchTemplates({ naming: 'snake' as 'dots' })).toThrow('"cloudwatch.naming" is "snake"');
  expect(() =>
    cloudwatchTemplates({
      rules: [{ name: 'X', when: { type: 'absence', metric: 'no.such', over: 60 }, summary: 'x' }],
    }),
  ).toThrow('no.such');
});

interface AlarmProperties {
  readonly EvaluationPeriods: number;
  readonly Metrics: readonly {
    readonly Expression?: string;
    readonly Period?: number;
    readonly ReturnData: boolean;
    readonly MetricStat?: {
      readonly Period: number;
      readonly Metric: {
        readonly Namespace: string;
        readonly MetricName: string;
        readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[];
      };
    };
  }[];
}

function alarmsOf(resources: Readonly<Record<string, Resource>>): readonly AlarmProperties[] {
  return Object.values(resources)
    .filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
    .map(({ Properties }) => Properties as unknown as AlarmProperties);
}

function bodyOf(resources: Readonly<Record<string, Resource>>): {
  readonly widgets: readonly { readonly properties: { readonly metrics?: readonly Entry[] } }[];
} {
  return JSON.parse(String(resources.Dashboard?.Properties.DashboardBody));
}

type Entry = readonly (string | { readonly expression?: string })[];

function metricsOf(resources: Readonly<Record<string, Resource>>): readonly Entry[] {
  return bodyOf(resources).widgets.flatMap(({ properties }) => properties.metrics ?? []);
}

function expressionsOf(resources: Readonly<Record<string, Resource>>): readonly string[] {
  const ofAlarms = alarmsOf(resources).flatMap(({ Metrics }) => Metrics.flatMap(({ Expression }) => Expression ?? []));
  const ofDashboard = metricsOf(resources).flatMap(([first]) =>
    typeof first === 'object' ? (first.expression ?? []) : [],
  );
  return [...ofAlarms, ...ofDashboard];
}

/** A value that nothing had makes a series of the same shape. */
function isSent(sent: Sent, name: string, wanted: Dimensions): boolean {
  const series = sent.get(name) ?? [];
  const missing = Object.keys(wanted).filter((key) => NOT_RECORDED.test(`"${wanted[key]}"`));
  return series.some(
    (dimensions) =>
      sameKeys(dimensions, Object.keys(wanted)) &&
      Object.keys(wanted).every((key) => missing.includes(key) || dimensions[key] === wanted[key]),
  );
}

function sameKeys(dimensions: Dimensions, keys: readonly string[]): boolean {
  return Object.keys(dimensions).toSorted().join() === keys.toSorted().join();
}
