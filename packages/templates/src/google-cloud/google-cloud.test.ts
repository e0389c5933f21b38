import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { defaultRules } from '@telltale/alerts';
import { googleCloud } from '@telltale/exporter-google-cloud';
import { type GoogleCloudBackend, openGoogleCloudBackend } from '@telltale-internal/backends';
import { promtool, requireService } from '@telltale-internal/services';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { exportEverything, SERVICE_NAME } from '../clouds/everything.test-support.ts';
import { HARD_RULES } from '../clouds/rules.test-support.ts';
import type { TemplateFile } from '../target.ts';
import { googleCloudTemplates } from './google-cloud.ts';
import { lostInProto } from './proto.test-support.ts';

const RULES = [...defaultRules(), ...HARD_RULES];
const require = createRequire(import.meta.url);
const { files } = googleCloudTemplates({ rules: RULES });
const policies = files.filter(({ path }) => path.startsWith('alerts/')).map(parsed) as readonly Policy[];
const dashboard = parsed(files.find(({ path }) => path === 'dashboard.json'));
const queries = [...queriesOf(policies), ...queriesOf(dashboard)];

interface Policy {
  readonly displayName: string;
  readonly severity: string;
  readonly conditions: readonly {
    readonly conditionPrometheusQueryLanguage: { readonly query: string; readonly duration: string };
  }[];
}

function parsed(file: TemplateFile | undefined): unknown {
  return JSON.parse(file?.content ?? 'null');
}

function queriesOf(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) =>
    (key === 'query' || key === 'prometheusQuery') && typeof one === 'string' ? [one] : queriesOf(one),
  );
}

test('the dashboard is as the published messages of the API have it: nothing is unknown or of another type', () => {
  const protos = require('@google-cloud/monitoring-dashboards/build/protos/protos.json');
  const complaint = lostInProto(protos, 'google.monitoring.dashboard.v1.Dashboard');
  expect(complaint(dashboard)).toBeUndefined();
  expect(complaint({ ...(dashboard as object), displayNam: 'x' })).toBe('displayNam');
});

test('the alert policies are, too', () => {
  const protos = require('@google-cloud/monitoring/build/protos/protos.json');
  const complaint = lostInProto(protos, 'google.monitoring.v3.AlertPolicy');
  expect(policies.map(({ displayName }) => displayName)).toEqual(RULES.map(({ name }) => name));
  for (const policy of policies) expect(complaint(policy), policy.displayName).toBeUndefined();
  expect(complaint({ ...policies[0], severity: 'SEVERE' })).toBe('severity');
});

test('each query is PromQL', () => {
  expect(queries.length).toBeGreaterThan(RULES.length + 30);
  for (const query of queries) expect(errorsIn(query), query).toEqual([]);
  expect(errorsIn('rate(x[5m]')).not.toEqual([]);
});

describe('with all that the exporter wrote', () => {
  let backend: GoogleCloudBackend;

  beforeAll(async () => {
    backend = await openGoogleCloudBackend();
    const addresses = { endpoint: backend.url, tracesEndpoint: backend.tracesUrl };
    const exporter = () => googleCloud({ projectId: 'shop', getAccessToken: async () => 'token', ...addresses });
    await exportEverything(exporter, { environment: 'production' });
  });

  afterAll(() => backend.close());

  test('each query asks for metrics that are written, of their kind, by labels that they have', () => {
    const written = new Map<
      string,
      { readonly kind: string; readonly labels: Set<string>; readonly values: Set<string> }
    >();
    for (const { metric, resource, valueType } of backend.series()) {
      // "Mapping Cloud Monitoring metrics to PromQL": the first slash is a colon, other characters are underscores.
      const name = metric.type.replace('/', ':').replaceAll(/[^a-zA-Z0-9_:]/g, '_');
      const one = written.get(name) ?? {
        kind: valueType,
        labels: new Set(['monitored_resource', 'le']),
        values: new Set(),
      };
      for (const [label, value] of Object.entries({ ...metric.labels, ...resource.labels })) {
        one.labels.add(label);
        one.values.add(`${label}=${value}`);
      }
      one.values.add(`monitored_resource=${resource.type}`);
      written.set(name, one);
    }
    for (const query of queries) {
      const selectors = [...query.matchAll(/([a-z_]+:[a-z_0-9]+)\{([^}]*)\}/g)];
      if (!query.startsWith('vector(1)')) expect(selectors.length, query).toBeGreaterThan(0);
      const grouped = [...query.matchAll(/ by \(([^)]*)\)/g)].flatMap(([, labels = '']) => labels.split(', '));
      for (const [, name = '', matchers = ''] of selectors) {
        const base = name.replace(/_(?:bucket|count)$/, '');
        const found = written.get(base)?.kind === 'DISTRIBUTION' ? written.get(base) : written.get(name);
        expect(found, `${name} in ${query}`).toBeDefined();
        expect(name.endsWith('_bucket') || name.endsWith('_count'), query).toBe(found?.kind === 'DISTRIBUTION');
        const labels = [...matchers.matchAll(/(\w+)(=~|!=|!~|=)"/g)].map(([, label]) => label as string);
        for (const label of [...labels, ...grouped])
          expect(found?.labels, `${label} of ${name} in ${query}`).toContain(label);
        expect(found?.values).toContain(/monitored_resource="([^"]+)"/.exec(matchers)?.[0].replaceAll('"', ''));
        expect(found?.values).toContain(`job=${SERVICE_NAME}`);
      }
    }
  });
});

describe.runIf(requireService('promtool'))('promtool', () => {
  test('finds the queries to be of the right types', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'google-cloud-'));
    try {
      const rules = queries.map((expr, i) => ({ alert: `A${i}`, expr }));
      const path = join(folder, 'rules.yaml');
      writeFileSync(path, stringify({ groups: [{ name: 'all', rules }] }));
      expect(await promtool(['check', 'rules', path])).toMatchObject({ exitCode: 0 });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test('all default rules are as they are', () => {
  const { remarks, files: all } = googleCloudTemplates();
  expect(remarks).toEqual([]);
  expect(all.map(({ path }) => path)).toEqual([
    'dashboard.json',
    ...defaultRules().map(({ name }) => `alerts/${name}.json`),
    'README.md',
  ]);
});

test('the only rules that differ are those that are to go on firing', () => {
  expect(googleCloudTemplates({ rules: RULES }).remarks).toEqual(
    RULES.filter(({ keepFiringFor = 0 }) => keepFiringFor > 0).map(({ name }) => ({
      rule: name,
      kind: 'changed',
      reason: expect.stringContaining('no time to go on firing'),
    })),
  );
});

test('with another monitored resource the service is a label of the metric', () => {
  const { files: others } = googleCloudTemplates({
    metricPrefix: 'custom.googleapis.com',
    resourceType: 'k8s_container',
  });
  const [query] = queriesOf(others.filter(({ path }) => path === 'alerts/HighCpu.json').map(parsed));
  expect(query).toBe(
    'max by (service_name) (custom_googleapis_com:nodejs_eventloop_utilization{monitored_resource="k8s_container"}) > 0.9',
  );
});

test('options that cannot be are refused', () => {
  expect(() => googleCloudTemplates({ resourceType: 'A B' })).toThrow('"googleCloud.resourceType" is "A B"');
  expect(() => googleCloudTemplates({ prefix: 'x' } as object)).toThrow('prefix');
});

function errorsIn(query: string): readonly string[] {
  const errors: string[] = [];
  parser.parse(query).iterate({
    enter: ({ type, from }) => {
      if (type.isError) errors.push(`at ${from}`);
    },
  });
  return errors;
}
