import { defaultRules } from '@telltale/alerts';
import { datadog } from '@telltale/exporter-datadog';
import { type DatadogBackend, openDatadogBackend } from '@telltale-internal/backends';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportEverything, SERVICE_NAME } from '../clouds/everything.test-support.ts';
import { hcl } from '../clouds/hcl.test-support.ts';
import { HARD_RULES } from '../clouds/rules.test-support.ts';
import { datadogTemplates } from './datadog.ts';
import { complaintsAbout } from './datadog-schema.test-support.ts';

const RULES = [...defaultRules(), ...HARD_RULES];
const { files } = datadogTemplates({ rules: RULES });

interface Monitor {
  readonly name: string;
  readonly type: string;
  readonly query: string;
  readonly message: string;
  readonly options: { readonly thresholds?: { readonly critical: number } };
}

const monitors = new Map(
  files
    .filter(({ path }) => path.startsWith('monitors/'))
    .map(({ path, content }) => [path.slice(9, -5), JSON.parse(content) as Monitor]),
);
const dashboard = fileAt('dashboard.json');
const module = fileAt('main.tf.json') as {
  readonly resource: {
    readonly datadog_dashboard_json: { readonly telltale: { readonly dashboard: string } };
    readonly datadog_monitor: Readonly<Record<string, Monitor>>;
    readonly datadog_metric_tag_configuration: Readonly<Record<string, { readonly metric_name: string }>>;
  };
};
const ofDashboard = [...JSON.stringify(dashboard).matchAll(/"query":"((?:[^"\\]|\\.)+)"/g)].map(
  ([, query]) => query as string,
);
const ofMonitors = [...monitors.values()].filter(({ type }) => type === 'query alert').map(({ query }) => query);
/** `sum:job.stalled{scope} by {groups}`. */
const SERIES = /\b(sum|max|min|avg|count|p\d+(?:\.\d+)?):([a-zA-Z][\w.]*)\{([^}]*)\}(?: by \{([^}]*)\})?/g;

function fileAt(path: string): unknown {
  return JSON.parse(files.find((file) => file.path === path)?.content ?? 'null');
}

test('dashboard and monitors have the documented structure, and nothing else', () => {
  expect(complaintsAbout('dashboard', dashboard)).toEqual([]);
  expect(monitors.size).toBeGreaterThan(RULES.length);
  for (const monitor of monitors.values()) expect(complaintsAbout('monitor', monitor)).toEqual([]);
  expect(complaintsAbout('monitor', { ...monitors.get('HighCpu'), typ: 'x' })).not.toEqual([]);
});

test('a query is a time, series, and the threshold that the options have', () => {
  for (const { type, query, options } of monitors.values()) {
    if (type === 'composite') continue;
    const parsed = /^(?:avg|sum|max|min)\(last_(\d+)([mh])\):(.*) (>|>=|<|<=) (-?[\d.]+(?:e\+\d+)?)$/.exec(query);
    expect(parsed, query).not.toBeNull();
    const [, count, unit, series = '', , threshold] = parsed ?? [];
    expect(Number(count) * (unit === 'h' ? 60 : 1)).toBeLessThanOrEqual(10_080);
    expect(Number(threshold)).toBe(options.thresholds?.critical);
    const rest = series.replaceAll(SERIES, 'S').replaceAll('S.as_count()', 'S');
    expect(['S', 'S / S'], query).toContain(rest);
  }
});

describe('with all that the exporter sent', () => {
  let backend: DatadogBackend;

  beforeAll(async () => {
    backend = await openDatadogBackend();
    await exportEverything(() => datadog({ apiKey: 'test-key', endpoint: backend.url, signals: ['metrics'] }), {
      environment: 'production',
    });
  });

  afterAll(() => backend.close());

  test('each query asks for metrics that are sent, as what they are, by tags that they have', () => {
    const sent = new Map<string, { readonly type: string; readonly keys: Set<string>; readonly tags: Set<string> }>();
    const take = (metric: string, type: string, tags: readonly string[]): void => {
      const one = sent.get(metric) ?? { type, keys: new Set(), tags: new Set() };
      for (const tag of tags) {
        one.keys.add(tag.slice(0, tag.indexOf(':')));
        one.tags.add(tag);
      }
      sent.set(metric, one);
    };
    for (const { metric, type, tags } of backend.series) take(metric, type, tags);
    for (const { metric, tags } of backend.distributions) take(metric, 'distribution', tags);
    for (const query of [...ofDashboard, ...ofMonitors]) {
      const series = [...query.matchAll(SERIES)];
      expect(series.length, query).toBeGreaterThan(0);
      for (const [whole, how = '', metric = '', scope = '', groups = ''] of series) {
        const found = sent.get(metric);
        expect(found, `${metric} in ${query}`).toBeDefined();
        if (/^(?:count|p)/.test(how)) expect(found?.type, query).toBe('distribution');
        else expect(found?.type, query).not.toBe('distribution');
        if (query.includes(`${whole}.as_count()`) && how === 'sum') expect(found?.type, query).toBe('count');
        const keys = [...scope.matchAll(/(?:^|[\s(])([a-z][a-z_.]*)(?=:| IN| NOT IN)/g)].map(
          ([, key]) => key as string,
        );
        const variables = [...scope.matchAll(/\$(\w+)/g)].map(([, name]) => name as string);
        for (const key of [...keys, ...variables, ...groups.split(',').filter(Boolean)]) {
          expect([...(found?.keys ?? [])], `${key} of ${metric} in ${query}`).toContain(key);
        }
        expect(found?.tags).toContain(`service:${SERVICE_NAME}`);
      }
    }
  });
});

test('what a composite is made of is there, and tells nobody itself', () => {
  const composites = [...monitors.values()].filter(({ type }) => type === 'composite');
  expect(composites.length).toBeGreaterThan(4);
  const { datadog_monitor } = module.resource;
  for (const { query } of composites) {
    for (const [, id = ''] of query.matchAll(/@(\w+)@/g)) {
      expect(monitors.get(id)?.type).toBe('query alert');
      expect(datadog_monitor[id]?.message).not.toContain(`\${var.notify}`);
    }
  }
});

test('Terraform has the same monitors and dashboard, in valid expressions, and percentiles for what asks for them', async () => {
  const { datadog_monitor, datadog_dashboard_json, datadog_metric_tag_configuration } = module.resource;
  expect(Object.keys(datadog_monitor)).toEqual([...monitors.keys()]);
  for (const [id, { query }] of monitors) {
    expect(datadog_monitor[id]?.query).toBe(query.replaceAll(/@(\w+)@/g, `\${datadog_monitor.$1.id}`));
  }
  expect(JSON.parse(datadog_dashboard_json.telltale.dashboard.replaceAll('$${', '${'))).toEqual(dashboard);
  const texts = textsOf(module).map((text, i) => `  t${i} = <<END_OF_TEXT\n${text}\nEND_OF_TEXT\n`);
  await expect(hcl.parse('texts.tf', `locals {\n${texts.join('')}}\n`)).resolves.toBeDefined();
  const asked = [...ofDashboard, ...ofMonitors]
    .flatMap((query) => [...query.matchAll(SERIES)])
    .filter(([, how = '']) => how.startsWith('p'));
  const named = Object.values(datadog_metric_tag_configuration).map(({ metric_name }) => metric_name);
  expect(new Set(named)).toEqual(new Set(asked.map(([, , metric]) => metric)));
});

test('the default rules differ where monitors cannot wait, and in nothing else', () => {
  const differing = datadogTemplates().remarks.map(({ rule, kind, reason }) => [
    rule,
    kind,
    reason.split(' ').slice(0, 4).join(' '),
  ]);
  expect(differing).toEqual([
    ['HighErrorRate', 'changed', 'it fires as soon'],
    ['SlowRequests', 'changed', 'it fires as soon'],
    ['SlowRequests', 'changed', 'the average of the'],
    ['SlowCalls', 'changed', 'it fires as soon'],
    ['SlowCalls', 'changed', 'the average of the'],
    ['FailingCalls', 'changed', 'it fires as soon'],
  ]);
});

test('what Datadog cannot watch is left out, with the reason', () => {
  const { remarks } = datadogTemplates({ rules: HARD_RULES });
  expect(remarks.filter(({ kind }) => kind === 'left-out')).toEqual([
    { rule: 'CounterTotal', kind: 'left-out', reason: expect.stringContaining('make it a rate') },
  ]);
});

function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsOf);
}
