import { defaultRules } from '@telltale/alerts';
import { azureMonitor } from '@telltale/exporter-azure-monitor';
import { type AzureMonitorBackend, openAzureMonitorBackend } from '@telltale-internal/backends';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportEverything, SERVICE_NAME } from '../clouds/everything.test-support.ts';
import { HARD_RULES } from '../clouds/rules.test-support.ts';
import { azureTemplates } from './azure.ts';
import { complaintsAbout } from './azure-schema.test-support.ts';
import { complaintsAboutKql } from './kql-check.test-support.ts';

const RULES = [...defaultRules(), ...HARD_RULES];

interface Criterion {
  readonly query: string;
  readonly threshold: number;
  readonly operator: string;
  readonly timeAggregation: string;
  readonly metricMeasureColumn?: string;
  readonly dimensions: readonly { readonly name: string }[];
  readonly failingPeriods: object;
}

interface Rule {
  readonly name: string;
  readonly properties: {
    readonly windowSize: string;
    readonly severity: number;
    readonly description: string;
    readonly criteria: { readonly allOf: readonly [Criterion] };
  };
}

interface Workbook {
  readonly items: readonly { readonly content: { readonly query?: string; readonly visualization?: string } }[];
}

interface Template {
  readonly resources: readonly [object, ...Rule[]];
  readonly variables: { readonly workbook: string };
  readonly parameters: Readonly<Record<string, unknown>>;
}

function made(rules = RULES): {
  readonly template: Template;
  readonly workbook: Workbook;
  readonly rules: readonly Rule[];
} {
  const { files } = azureTemplates({ rules });
  const read = (path: string) => JSON.parse(files.find((file) => file.path === path)?.content ?? 'null');
  const template = read('azuredeploy.json') as Template;
  return {
    template,
    workbook: read('workbook.json') as Workbook,
    rules: template.resources.slice(1) as readonly Rule[],
  };
}

const { template, workbook, rules } = made();
const ofRules = rules.map(({ properties }) => properties.criteria.allOf[0]);
const queries = [
  ...ofRules.map(({ query }) => query),
  ...workbook.items.flatMap(({ content: { query = '', visualization } }) =>
    visualization === undefined ? [] : [query],
  ),
];

test('workbook and template have the documented structure, and nothing else', () => {
  expect(complaintsAbout('template', template)).toEqual([]);
  expect(complaintsAbout('workbook', workbook)).toEqual([]);
  expect(complaintsAbout('workbook', { ...workbook, itemz: [] })).not.toEqual([]);
  expect(
    complaintsAbout('template', { ...template, resources: [{ ...template.resources[1], kind: 'Log' }] }),
  ).not.toEqual([]);
});

test('the template deploys the very workbook, of the resource that it is given', () => {
  expect(JSON.parse(template.variables.workbook)).toEqual(workbook);
  expect(template.variables.workbook.split('__APPLICATION_INSIGHTS__')).toHaveLength(2);
  const used = [...JSON.stringify(template.resources).matchAll(/parameters\('(\w+)'\)/g)].map(
    ([, name]) => name as string,
  );
  expect(new Set(used)).toEqual(new Set(Object.keys(template.parameters)));
});

test('each query is made of columns and functions that there are, with brackets that fit', () => {
  expect(queries.length).toBeGreaterThan(40);
  for (const query of queries) expect(complaintsAboutKql(query), query).toEqual([]);
  expect(complaintsAboutKql('customMetrics | where nme == "x"')).toEqual(['nme is neither a column nor a function']);
  expect(complaintsAboutKql('customMetrics | where (name == "x"')).toEqual(['( is not closed']);
  expect(complaintsAboutKql("customMetrics | where name == 'x'")).toEqual([expect.stringContaining('unknown at')]);
});

test('what an alert looks at is in its query: the measure, the dimensions, the time', () => {
  for (const { query, metricMeasureColumn, dimensions, timeAggregation } of ofRules) {
    expect(timeAggregation, query).toBe(metricMeasureColumn === undefined ? 'Count' : 'Maximum');
    if (metricMeasureColumn !== undefined) expect(query).toMatch(new RegExp(`\\b${metricMeasureColumn} = `));
    for (const { name } of dimensions) expect(query).toMatch(new RegExp(`\\b${name} = |by .*\\b${name}\\b`));
  }
});

describe('with all that the exporter sent', () => {
  let backend: AzureMonitorBackend;

  beforeAll(async () => {
    backend = await openAzureMonitorBackend();
    await exportEverything(() => azureMonitor({ connectionString: backend.connectionString }), {
      environment: 'production',
    });
  });

  afterAll(() => backend.close());

  test('each query names a metric that is sent, and dimensions that its rows have', () => {
    const sent = new Map<string, Set<string>>();
    for (const { data, tags } of backend.items()) {
      if (data.baseType !== 'MetricData') continue;
      expect(tags['ai.cloud.role']).toBe(SERVICE_NAME);
      const { metrics, properties } = data.baseData as unknown as {
        metrics: readonly { name: string }[];
        properties: object;
      };
      for (const { name } of metrics) sent.set(name, new Set([...(sent.get(name) ?? []), ...Object.keys(properties)]));
    }
    for (const query of queries) {
      const names = [...query.matchAll(/\bname == "([^"]+)"/g)].map(([, name]) => name as string);
      expect(names.length, query).toBeGreaterThan(0);
      for (const name of names) expect([...sent.keys()], query).toContain(name);
      const keys = [...query.matchAll(/customDimensions\["([^"]+)"\]/g)].map(([, key]) => key as string);
      for (const key of keys)
        expect(
          names.some((name) => sent.get(name)?.has(key)),
          `${key} in ${query}`,
        ).toBe(true);
    }
  });
});

test('all default rules are as they are', () => {
  const { remarks } = azureTemplates();
  expect(remarks).toEqual([]);
  expect(made([...defaultRules()]).rules.map(({ name }) => name)).toEqual(
    defaultRules().map(({ name }) => `[concat(parameters('prefix'), '-${name}')]`),
  );
});

test('what cannot be is left out, and what differs is told', () => {
  expect(azureTemplates({ rules: HARD_RULES }).remarks).toEqual([
    { rule: 'CounterTotal', kind: 'left-out', reason: expect.stringContaining('make it a rate') },
    { rule: 'GoneQueue', kind: 'changed', reason: expect.stringContaining('within a day') },
    { rule: 'FewRequests', kind: 'changed', reason: expect.stringContaining('no time to go on firing') },
    { rule: 'CheckoutBudgetSlow', kind: 'left-out', reason: expect.stringContaining('two days') },
  ]);
});

test('a text that begins with a bracket is no expression', () => {
  const [rule] = made([
    { name: 'X', when: { type: 'absence', metric: 'job.started', over: 60 }, summary: '[reference(1)]' },
  ]).rules;
  expect(rule?.properties.description).toBe('[[reference(1)]');
});

test('a burn rate holds in both windows of a pair', () => {
  const rule = rules.find(({ name }) => name.includes('CheckoutBudgetFast'));
  const [{ query = '', threshold, operator } = ofRules[0] as Criterion] = rule?.properties.criteria.allOf ?? [];
  expect([operator, threshold]).toEqual(['GreaterThan', 0]);
  expect(query).toContain('ago(3600s)');
  expect(query).toMatch(
    /\| where \(all_long_1 >= \d+ and todouble\(bad_long_1\) \/ all_long_1 > 0\.0144 and todouble\(bad_short_1\) \/ all_short_1 > 0\.0144\) or/,
  );
});
