import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTelemetry, type Exporter } from '@telltale/core';
import { expect, it, vi } from 'vitest';
import type { MadeExporter } from '../integration.ts';
import { loadHere } from './configs.test-support.ts';
import { exporterEntry } from './exporter-entry.ts';
import { type ExporterToMake, type MakeSettings, makeExporters } from './make-exporters.ts';

function made(entries: readonly object[], settings: Partial<MakeSettings> = {}): readonly MadeExporter[] {
  const places = entries.map(
    (entry, at): ExporterToMake =>
      'problem' in entry
        ? (entry as ExporterToMake)
        : { path: `exporters[${at}]`, source: 'a.yaml', entry: exporterEntry.parse(entry) },
  );
  return makeExporters(places, { load: loadHere, folder: '/srv/shop', ...settings });
}

function problemOf(entry: object, settings: Partial<MakeSettings> = {}): string | undefined {
  const [only, ...others] = made([entry], settings);
  expect(others).toEqual([]);
  return only?.problem;
}

/** What `start` says. */
async function whyOf(exporter: Exporter | undefined): Promise<unknown> {
  return Promise.resolve(exporter?.start?.({} as never)).then(
    () => undefined,
    (error: Error) => error.message,
  );
}

const TENANTS = { attribute: 'tenant.id', names: ['acme', 7] };

it('what is switched off is not made, nor loaded', () => {
  const load = vi.fn(loadHere);
  expect(made([{ type: 'otlp', enabled: false }], { load })).toEqual([]);
  expect(load).not.toHaveBeenCalled();
});

it('an entry that was refused shows in health with what was wrong', async () => {
  const problem = 'a.yaml: exporters[0].config.prot is no option.';
  const [only] = made([{ path: 'exporters[0]', source: 'a.yaml', name: 'prom', problem }]);
  expect(only).toMatchObject({ problem, exporter: { name: 'prom' } });
  expect(await whyOf(only?.exporter)).toBe(problem);
});

it('names that are taken, by code too, give the next one a number', () => {
  const names = made([{ type: 'otlp' }, { type: 'otlp' }, { type: 'jaeger', name: 'otlp-2' }, { type: 'console' }], {
    taken: ['console'],
  }).map(({ exporter, problem }) => [exporter.name, problem !== undefined]);
  expect(names).toEqual([
    ['otlp', false],
    ['otlp-2', true],
    ['otlp-2-2', true],
    ['console-2', true],
  ]);
});

it('a package that is missing is told once, however many tenants there are', () => {
  const load = (name: string): never => {
    throw new Error(`${name} is not installed; run \`npm install ${name}\`.`);
  };
  expect(problemOf({ type: 'jaeger', name: 'traces', tenants: TENANTS }, { load })).toBe(
    'a.yaml: exporters[0] (jaeger): @telltale/exporter-otlp is not installed; run `npm install @telltale/exporter-otlp`.',
  );
});

it('a package of another version is told', () => {
  expect(problemOf({ type: 'jaeger' }, { load: () => ({}) })).toContain('@telltale/exporter-otlp has no jaeger()');
});

it('what the maker refuses is told with the path in the file, and without secrets', () => {
  vi.stubEnv('DD_SITE', 'nowhere.example');
  expect(problemOf({ type: 'datadog', config: { apiKey: 'very-secret' } })).toMatch(
    /^a\.yaml: "exporters\[0\]\.config\.site" /,
  );
  vi.unstubAllEnvs();
  expect(problemOf({ type: 'google_cloud', config: { projectId: 'p' }, interval: { metrics: 1 } })).toMatch(
    /^a\.yaml: "exporters\[0\]\.interval\.metrics" is 1; Cloud Monitoring takes/,
  );
  const secret = problemOf({ type: 'datadog', config: { apiKey: 'very-secret', site: 'x' } });
  expect(secret).not.toContain('very-secret');
});

it('what core would refuse is an exporter that fails, not a service that does not start', () => {
  expect(problemOf({ type: 'otlp', adaptiveInterval: { max: 30 } })).toContain(
    '`adaptiveInterval.max` of the exporter',
  );
  expect(problemOf({ type: 'otlp', adaptiveInterval: { max: 30 }, interval: 20 })).toBeUndefined();
  expect(problemOf({ type: 'zipkin', budget: { perMonth: 5 } })).toContain('zipkin');
  expect(problemOf({ type: 'otlp', metrics: { prefix: '{tenant}.' }, tenants: { ...TENANTS, names: [7] } })).toContain(
    '`prefix`',
  );
});

it('{tenant} is filled into every text of config, dimensions, prefix and spool, and into nothing else', async () => {
  const all = made([
    {
      type: 'otlp',
      name: 'eu',
      config: {
        url: { metrics: 'http://{tenant}.example.com/{tenant}' },
        headers: { 'x-tenant': '{tenant}', 'x-literal': '$& {TENANT}' },
      },
      dimensions: { customer: '{tenant}' },
      metrics: { prefix: 't{tenant}.' },
      tenants: { ...TENANTS, rest: true },
    },
  ]);
  expect(all.map(({ exporter, problem }) => [exporter.name, exporter.delivery?.prefix, problem])).toEqual([
    ['eu-acme', 'tacme.', undefined],
    ['eu-7', 't7.', undefined],
    ['eu-rest', 'trest.', undefined],
  ]);
  const [acme, seven, rest] = all.map(({ exporter }) => exporter.delivery?.filter?.series);
  const owners = (id: unknown) =>
    [acme, seven, rest].map((series) => series?.('orders', id === undefined ? {} : { 'tenant.id': id as string }));
  expect(owners('acme')).toEqual([true, false, false]);
  expect(owners(7)).toEqual([false, true, false]);
  expect(owners('rest')).toEqual([false, false, true]);
  expect(owners(undefined)).toEqual([false, false, true]);
});

it('{tenant} without tenants is told with its path, also within lists', () => {
  expect(problemOf({ type: 'aws_cloudwatch', config: { namespace: 'Shop/{tenant}' } })).toBe(
    'a.yaml: "exporters[0].config.namespace" has {tenant}, and this exporter has no tenants; add tenants: { attribute: tenant.id, names: […] }, or write the name.',
  );
  expect(problemOf({ type: 'google_cloud', config: { projectId: 'p', integers: ['a', '{tenant}'] } })).toContain(
    '"exporters[0].config.integers[1]" has {tenant}',
  );
});

it('attributes choose series, spans and events that have one of the values of each, whatever their type', () => {
  const [only] = made([{ type: 'otlp', attributes: { plan: ['pro', 'free'], vip: [true], shard: ['1'] } }]);
  const { series, spans, events } = only?.exporter.delivery?.filter ?? {};
  const judge = (attributes: object) => [
    series?.('orders', attributes as never),
    spans?.({ attributes } as never),
    events?.({ attributes } as never),
  ];
  expect(judge({ plan: 'free', vip: 'true', shard: 1 })).toEqual([true, true, true]);
  expect(judge({ plan: 'trial', vip: true, shard: 1 })).toEqual([false, false, false]);
  expect(judge({ plan: 'pro', vip: true })).toEqual([false, false, false]);
  expect(judge({ plan: ['pro'], vip: true, shard: 1, toString: 'x' })).toEqual([true, true, true]);
});

it('intervals of the file are those of exporters that do not say their own', () => {
  const intervals = (entry: object, interval: MakeSettings['interval']) =>
    made([{ type: 'otlp', ...entry }], { interval })[0]?.exporter.interval;
  expect(intervals({}, undefined)).toBeUndefined();
  expect(intervals({}, 30)).toBe(30);
  expect(intervals({ interval: 5 }, 30)).toBe(5);
  expect(intervals({ interval: { metrics: 60 } }, 30)).toEqual({ metrics: 60, spans: 30, events: 30 });
  expect(intervals({ interval: { metrics: 60 } }, { spans: 2 })).toEqual({ metrics: 60, spans: 2 });
  expect(made([{ type: 'prometheus' }], { interval: 30 })[0]?.exporter.interval).toBeUndefined();
});

it('the console prints only the signals that are asked for', () => {
  const [only] = made([{ type: 'console', signals: ['spans'] }]);
  expect(only?.exporter.exportSpans).toBeTypeOf('function');
  expect(only?.exporter.exportMetrics).toBeUndefined();
  expect(only?.exporter.exportEvents).toBeUndefined();
});

it('a spool is from the folder of the file, one for each tenant', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'telltale-config-'));
  try {
    const spool = { directory: 'spool/{tenant}', maxBytes: 100_000 };
    const lines = vi.spyOn(console, 'log').mockImplementation(() => {});
    const all = made([{ type: 'console', spool, tenants: TENANTS }], { folder });
    const telemetry = createTelemetry({
      service: { name: 'shop' },
      exporters: all.map(({ exporter }) => exporter),
      shutdown: { signals: false },
      onError: () => {},
    });
    telemetry.counter('orders').add(1, { 'tenant.id': 'acme' });
    await telemetry.flush();
    await telemetry.shutdown();
    lines.mockRestore();
    expect((await readdir(join(folder, 'spool'))).sort()).toEqual(['7', 'acme']);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('without the package of the spool the exporter works without, and that is told', async () => {
  const load: MakeSettings['load'] = (name) => {
    if (name === '@telltale/disk-spool') throw new Error(`${name} is not installed.`);
    return loadHere(name);
  };
  const lines = vi.spyOn(console, 'log').mockImplementation(() => {});
  const told: string[] = [];
  const [only] = made([{ type: 'console', spool: { directory: '/x' } }], { load });
  expect(only?.problem).toBeUndefined();
  const telemetry = createTelemetry({
    service: { name: 'shop' },
    exporters: [only!.exporter],
    shutdown: { signals: false },
    onError: ({ message }) => void told.push(message),
  });
  telemetry.counter('orders').add(1);
  await telemetry.flush();
  await telemetry.shutdown();
  expect(lines.mock.calls.flat().join('\n')).toContain('orders');
  lines.mockRestore();
  expect(told.join('\n')).toContain('@telltale/disk-spool is not installed.');
});

it('what no definition has judged does not throw either', () => {
  const places = [{ type: 'nowhere' }, { type: 'otlp', tenants: 7 }, { type: 'otlp', config: 7, metrics: 'x' }].map(
    (entry, at) => ({ path: `exporters[${at}]`, source: 'a.yaml', entry }) as unknown as ExporterToMake,
  );
  const problems = makeExporters(places, { load: loadHere, folder: '/' }).map(({ problem }) => problem);
  expect(problems[0]).toMatch(/There is no exporter of the type "nowhere"; there are prometheus, /);
  expect(problems[1]).toContain('exporters[1]');
});
