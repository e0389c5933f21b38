import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { parser } from '@prometheus-io/lezer-promql';
import { createTelemetry, type Telemetry } from '@telltale/core';
import { METRICS } from '@telltale/core/conventions';
import { type PrometheusExporter, prometheus } from '@telltale/exporter-prometheus';
import { type PrometheusService, requireService, startPrometheus } from '@telltale-internal/services';
import { Ajv, type ValidateFunction } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { recordEverything } from '../everything-in-prometheus.test-support.ts';
import { grafana, prometheusRules } from '../index.ts';
import { prometheusName } from '../prometheus/prometheus-name.ts';

interface Target {
  readonly expr: string;
  readonly refId: string;
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly targets?: readonly Target[];
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly options?: unknown;
  readonly fieldConfig?: { readonly defaults: { readonly custom?: unknown; readonly unit?: string } };
}

interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}

const DASHBOARDS = grafana()
  .filter(({ path }) => path.endsWith('.json'))
  .map(({ path, content }) => ({ path, dashboard: JSON.parse(content) as Dashboard }));
const EXPRESSIONS = DASHBOARDS.flatMap(({ dashboard }) =>
  dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, refId }) => ({ where: `${dashboard.uid}: ${title} ${refId}`, expr })),
  ),
);

/** What Grafana puts in the place of its variables when one service is chosen. */
function interpolated(expression: string, { service = 'checkout', job = 'telltale', instance = '.+' } = {}): string {
  return expression
    .replaceAll('$__rate_interval', '4s')
    .replaceAll('$environment', '.*')
    .replaceAll('$service', service)
    .replaceAll('$job', job)
    .replaceAll('$instance', instance);
}

interface Schema {
  readonly definitions: Record<string, { readonly properties?: Record<string, object> }>;
}

/** Compiling takes long. */
const SCHEMAS = new Map<string, ValidateFunction>();

/** One of Grafana's schemas, or a part of it. */
function schema(name: string, part = ''): ValidateFunction {
  const known = SCHEMAS.get(`${name} ${part}`);
  if (known !== undefined) return known;
  const file = join(import.meta.dirname, '__golden__/schema', `${name}.jsonschema.json`);
  const whole = JSON.parse(readFileSync(file, 'utf8')) as Schema;
  for (const definition of Object.values(whole.definitions)) anything(definition.properties ?? {});
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  const compiled = ajv.compile(part === '' ? whole : { ...whole, $ref: `#/definitions/${part}` });
  SCHEMAS.set(`${name} ${part}`, compiled);
  return compiled;
}

/** What may be anything is an object in the published schemas, and `any` in the types beside them: a unit is a text. */
function anything(properties: Record<string, object>): void {
  for (const [key, one] of Object.entries(properties)) {
    const isAny = isDeepStrictEqual(
      { ...one, description: '' },
      { type: 'object', additionalProperties: {}, description: '' },
    );
    if (isAny) properties[key] = {};
  }
}

describe('dashboards for Grafana', () => {
  it.each(DASHBOARDS)("$path is valid by Grafana's own schemas, with its panels and queries", ({ dashboard }) => {
    const whole = schema('dashboard');
    expect(whole(dashboard), JSON.stringify(whole.errors)).toBe(true);
    expect(whole({ ...dashboard, surprise: 1 })).toBe(false);
    const query = schema('prometheus');
    for (const panel of dashboard.panels.filter(({ type }) => type !== 'row')) {
      const options = schema(panel.type, 'Options');
      expect(options(panel.options), `${panel.title}: ${JSON.stringify(options.errors)}`).toBe(true);
      if (panel.type !== 'stat') {
        const config = schema(panel.type, 'FieldConfig');
        expect(config(panel.fieldConfig?.defaults.custom), `${panel.title}: ${JSON.stringify(config.errors)}`).toBe(
          true,
        );
      }
      for (const target of panel.targets ?? []) expect(query(target), JSON.stringify(query.errors)).toBe(true);
    }
  });

  it.each(DASHBOARDS)(
    '$path has no panels over each other, each with a description and an id of its own',
    ({ dashboard }) => {
      const taken = new Set<string>();
      for (const { gridPos, title } of dashboard.panels) {
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
            expect(taken.has(`${x} ${y}`), title).toBe(false);
            expect(x).toBeLessThan(24);
            taken.add(`${x} ${y}`);
          }
      }
      expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
      for (const { type, description } of dashboard.panels)
        if (type !== 'row') expect(description).toMatch(/\. .*|\.$/);
    },
  );

  it("shows all that is Telltale's own and no variant of something shown", () => {
    const shown = EXPRESSIONS.map(({ expr }) => expr).join('\n');
    const missing = METRICS.filter(
      (metric) => !new RegExp(`\\b${prometheusName(metric)}(_count|_sum|_bucket)?\\b`).test(shown),
    ).map(({ name }) => name);
    expect(missing).toEqual([
      // Of @telltale/native and of decorators: what is there differs from service to service.
      'wasm.compile.duration',
      'wasm.module.size',
      'nodejs.active_resources',
      'function.duration',
      'function.calls',
      // Beside others of the same.
      'nodejs.eventloop.delay.mean',
      'nodejs.eventloop.delay.min',
      'nodejs.eventloop.delay.p90',
      'nodejs.eventloop.delay.stddev',
      'process.cpu.utilization',
      'system.cpu.time',
      'system.memory.utilization',
      'v8js.memory.heap.space.available_size',
      'v8js.memory.heap.space.physical_size',
      'system.disk.operations',
      'system.filesystem.usage',
      'system.network.packet.count',
    ]);
  });

  it.each(EXPRESSIONS)('$where is PromQL', ({ expr }) => {
    const problems: string[] = [];
    parser.parse(interpolated(expr)).iterate({
      enter: ({ type, from, to }) => {
        if (type.isError) problems.push(expr.slice(from, to));
      },
    });
    expect(problems).toEqual([]);
  });

  it('are found and provisioned by the file beside them', () => {
    const files = new Map(grafana().map(({ path, content }) => [path, content]));
    const { providers } = parse(files.get('provisioning/dashboards/telltale.yaml') as string);
    expect(providers).toEqual([
      expect.objectContaining({ type: 'file', options: { path: '/etc/grafana/provisioning/dashboards/telltale' } }),
    ]);
    expect([...files.keys()].filter((path) => path.startsWith('provisioning/dashboards/telltale/'))).toHaveLength(7);
    expect(parse(files.get('provisioning/datasources/telltale.example.yaml') as string).datasources).toHaveLength(1);
  });

  it('have the prefix that the exporter has, and refuse what cannot be one', () => {
    expect(grafana({ prefix: 'shop' })[0]?.content).toContain('shop_http_server_request_duration_seconds_bucket');
    expect(() => grafana({ prefix: 'a b' })).toThrow('grafana: prefix is "a b"; give letters, digits and underscores.');
    expect(() => grafana({ prefx: 'shop' } as never)).toThrow('did you mean "prefix"?');
  });
});

describe.runIf(requireService('prometheus'))(
  'in a real Prometheus that scrapes a service where everything is recorded',
  () => {
    let telemetry: Telemetry;
    let server: PrometheusService;
    let recording: NodeJS.Timeout;

    beforeAll(async () => {
      const exporter: PrometheusExporter = prometheus({ port: 0, host: '127.0.0.1' });
      telemetry = createTelemetry({
        service: { name: 'checkout', environment: 'production' },
        exporters: [exporter],
        shutdown: { signals: false },
      });
      recordEverything(telemetry);
      recordEverything(telemetry.forService('auth') as Telemetry);
      recording = setInterval(() => recordEverything(telemetry), 200);
      while (exporter.address === undefined) await sleep(5);
      const rules = prometheusRules({
        rules: [
          { name: 'Busy', when: { type: 'threshold', metric: 'telltale.series', is: '>', value: 0 }, summary: 'Busy' },
        ],
      });
      server = await startPrometheus({ scrapePort: exporter.address.port, rules: rules[0]?.content as string });
      for (
        let i = 0;
        i < 100 && (await results('count_over_time(telltale_series[1m]) >= 4 and ALERTS')).length === 0;
        i++
      )
        await sleep(100);
    }, 30_000);

    afterAll(async () => {
      clearInterval(recording);
      await server?.stop();
      await telemetry?.shutdown();
    });

    async function results(query: string): Promise<readonly { readonly value: readonly [number, string] }[]> {
      const { result } = (await server.api('query', { query })) as { result: { value: [number, string] }[] };
      return result;
    }

    it.each(EXPRESSIONS)('$where has data', async ({ expr }) => {
      const values = (await results(interpolated(expr))).map(({ value }) => Number(value[1]));
      expect(values.filter((value) => !Number.isNaN(value))).not.toEqual([]);
    });

    it('what is chosen at the top is found in it', async () => {
      const series = async (definition: string): Promise<unknown> => {
        const [, match, label] = /^label_values\((.*), (\w+)\)$/.exec(interpolated(definition)) as unknown as [
          string,
          string,
          string,
        ];
        return server.api(`label/${label}/values`, { 'match[]': match });
      };
      const found: Record<string, unknown> = {};
      for (const { name, definition } of DASHBOARDS[0]?.dashboard.templating.list ?? [])
        if (definition !== undefined) found[name] = await series(definition);
      expect(found).toEqual({
        environment: ['production'],
        service: ['auth', 'checkout'],
        job: ['telltale'],
        instance: [expect.stringMatching(/^127\.0\.0\.1:/)],
      });
    });
  },
);
