import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { createProject, type Service, startService, tracesIn } from './service.test-support.ts';

const EXPRESS = createRequire(import.meta.url).resolve('express/package.json');
const DASHBOARD = join(import.meta.dirname, '../../dashboard/package.json');
const REGISTER = pathToFileURL(join(import.meta.dirname, 'index.ts')).href;

const after: (() => unknown)[] = [];
afterEach(async () => {
  for (const work of after.splice(0).reverse()) await work();
});

/** A project with this configuration file, and Express. */
async function project(
  config: unknown,
  { packages = {}, file = 'telltale.config.json' }: { packages?: Record<string, string>; file?: string } = {},
): Promise<string> {
  const { folder, remove } = await createProject({ express: EXPRESS, ...packages });
  after.push(remove);
  if (config !== undefined)
    await writeFile(join(folder, file), typeof config === 'string' ? config : JSON.stringify(config));
  return folder;
}

async function start(...args: Parameters<typeof startService>): Promise<Service> {
  // Without the port that other tests need, which says where metrics are to go to.
  const [folder, file, env, options] = args;
  const service = await startService(folder, file, { TELLTALE_PROMETHEUS_PORT: '', ...env }, options);
  after.push(() => service.stop());
  return service;
}

/** The health of a program that records by hand. */
async function exportersOf(service: Service): Promise<unknown> {
  return (await service.sent('exporters')).exporters;
}

/** What a collector is sent. */
async function collector(): Promise<{
  readonly url: string;
  readonly requests: { url: string; key: unknown; body: string }[];
}> {
  const requests: { url: string; key: unknown; body: string }[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    requests.push({ url: request.url ?? '', key: request.headers['api-key'], body });
    response.setHeader('content-type', 'application/json').end('{}');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  after.push(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

describe('a service with a configuration file', () => {
  it('has the exporters of the file, with what it says of them', async () => {
    const folder = await project(
      [
        'service: { name: checkout, environment: production }',
        'exporters:',
        '  - { type: prometheus, config: { port: 0, path: /m, prefix: shop } }',
        '  - { type: console, signals: [spans] }',
      ].join('\n'),
      { file: 'telltale.config.yaml' },
    );
    const service = await start(folder, 'express.mjs');
    await (await fetch(`${service.url}/products/7`)).text();
    const scrape = await service.scrape();
    expect(scrape.find((line) => line.startsWith('target_info'))).toContain(
      'deployment_environment_name="production",service_instance_id=',
    );
    expect(scrape.filter((line) => line.startsWith('shop_http_server_request_duration_seconds_count'))).toHaveLength(2);
    expect(await service.stop()).toBe(0);
    expect(service.output.stderr).toMatch(
      /^telltale: "checkout" is observed: metrics at http:\/\/localhost:\d+\/m, spans on standard output\n$/,
    );
    expect(tracesIn(service.output.stdout)).toEqual([['GET /products/:id', 'GET', 'GET /prices/:sku']]);
  });

  it('has the environment over the file', async () => {
    const folder = await project({
      service: { name: 'checkout' },
      exporters: [{ type: 'prometheus', config: { port: 1, path: '/m' } }, { type: 'console' }],
    });
    const service = await start(folder, 'express.mjs', {
      OTEL_SERVICE_NAME: 'shop',
      TELLTALE_PROMETHEUS_PORT: '0',
      OTEL_METRICS_EXPORTER: 'prometheus',
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
    });
    await service.scrape();
    expect(await service.stop()).toBe(0);
    expect(service.output.stderr).toMatch(/^telltale: "shop" is observed: metrics at http:\/\/localhost:\d+\/m\n$/);
    expect(service.output.stdout).toBe('');
  });

  it('serves nothing that the file does not ask for', async () => {
    const service = await start(
      await project({ exporters: [{ type: 'console', signals: ['spans'] }] }),
      'exporters.mjs',
    );
    expect(await exportersOf(service)).toEqual([{ name: 'console' }]);
  });

  it('serves to Prometheus as ever with a file that says nothing of exporters', async () => {
    const folder = await project({ service: { name: 'checkout' } });
    const service = await start(folder, 'exporters.mjs', { OTEL_EXPORTER_PROMETHEUS_PORT: '0' });
    expect(await exportersOf(service)).toEqual([{ name: 'prometheus' }]);
  });

  it('starts with what is right when something is wrong, and says what', async () => {
    const folder = await project({
      intervall: 30,
      exporters: [
        { type: 'prometheus', config: { port: 0 } },
        { type: 'dogstatsd', config: { port: 'x' } },
        { type: 'aws_xray' },
      ],
    });
    const service = await start(folder, 'exporters.mjs');
    const exporters = (await exportersOf(service)) as { name: string; error?: string }[];
    expect(exporters).toContainEqual({ name: 'prometheus' });
    expect(exporters.find(({ name }) => name === 'dogstatsd')?.error).toContain('exporters[1].config.port');
    await service.scrape();
    expect(service.output.stderr).toContain('telltale.config.json: "intervall"');
    expect(service.output.stderr).toContain('"interval"');
  });

  it('is one that says that it is disabled, and is left alone', async () => {
    const service = await start(await project({ disabled: true, exporters: [{ type: 'console' }] }), 'express.mjs');
    expect((await fetch(`${service.url}/prices/1`)).status).toBe(200);
    await service.stop();
    expect(service.output).toEqual({ stdout: '', stderr: '' });
  });

  it('can have it beside the program, or where TELLTALE_CONFIG says', async () => {
    const folder = await project({ exporters: [{ type: 'console', name: 'beside' }] });
    const elsewhere = await project(undefined);
    await mkdir(join(elsewhere, 'deploy'));
    await writeFile(join(elsewhere, 'deploy/prod.json'), '{ "exporters": [{ "type": "console", "name": "named" }] }');
    const program = join('..', folder.split('/').at(-1) ?? '', 'exporters.mjs');
    const beside = await start(elsewhere, program, {}, ['--import', REGISTER]);
    expect(await exportersOf(beside)).toEqual([{ name: 'beside' }]);
    const named = await start(elsewhere, 'exporters.mjs', { TELLTALE_CONFIG: 'deploy/prod.json' });
    expect(await exportersOf(named)).toEqual([{ name: 'named' }]);
  });

  it('serves from its main thread only, and sends from every thread', async () => {
    const folder = await project(
      {
        dashboard: { port: 0 },
        exporters: [
          { type: 'prometheus', config: { port: 0 } },
          { type: 'console', interval: 3600 },
        ],
      },
      { packages: { '@telltale/dashboard': DASHBOARD } },
    );
    const service = await start(folder, 'threads.mjs');
    const { exporters, child, thread } = service.messages[0] as Record<string, { name: string; error?: string }[]>;
    const names = (some: { name: string }[] | undefined) => some?.map(({ name }) => name).sort();
    expect(names(exporters)).toEqual(['console', 'dashboard', 'prometheus']);
    expect(names(child)).toEqual(['console', 'dashboard', 'prometheus']);
    expect(thread).toEqual([{ name: 'console' }]);
    expect(await service.stop()).toBe(0);
  });
});

describe('a service that is set up by the environment alone', () => {
  it('goes to OTLP with an endpoint, without a word of its headers', async () => {
    const { url, requests } = await collector();
    const service = await start(await project(undefined), 'express.mjs', {
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=s3cret',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'none',
    });
    await (await fetch(`${service.url}/products/7`)).text();
    expect(await service.stop()).toBe(0);
    expect(service.output).toEqual({ stdout: '', stderr: 'telltale: "shop" is observed: metrics and spans to otlp\n' });
    expect(new Set(requests.map((request) => request.url))).toEqual(new Set(['/v1/metrics', '/v1/traces']));
    expect(new Set(requests.map(({ key }) => key))).toEqual(new Set(['s3cret']));
    const all = requests.map(({ body }) => body).join('\n');
    for (const part of ['http.server.request.duration', 'GET /products/:id', '"shop"']) expect(all).toContain(part);
  });

  it('has the live page by @telltale/dashboard, and a sentence where that cannot be loaded', async () => {
    const env = { TELLTALE_DASHBOARD_PORT: '0', TELLTALE_PROMETHEUS_PORT: '0' };
    const broken = await project(undefined);
    await mkdir(join(broken, 'node_modules/@telltale/dashboard'));
    await writeFile(join(broken, 'node_modules/@telltale/dashboard/package.json'), '{ "exports": {} }');
    const without = await start(broken, 'express.mjs', env);
    await without.scrape();
    expect(without.output.stderr).toContain(
      '[ERR_OPTION] TelltaleWarning: The dashboard is not served: @telltale/dashboard could not be loaded: ',
    );
    const folder = await project(undefined, { packages: { '@telltale/dashboard': DASHBOARD } });
    const service = await start(folder, 'express.mjs', env);
    await service.scrape();
    const page = await service.said(/the live page is at (\S+)/);
    expect((await fetch(page)).status).toBe(200);
    expect(await service.stop()).toBe(0);
  });
});
