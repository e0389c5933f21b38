import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire, findPackageJSON } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { VARIABLES } from '@telltale/config';
import { type RedisService, requireService, startRedis } from '@telltale-internal/services';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createProject, readReadme, type Service, startService, tracesIn } from './service.test-support.ts';

const require = createRequire(import.meta.url);
const EXPRESS = require.resolve('express/package.json');
const API = findPackageJSON('@opentelemetry/api', import.meta.url) ?? '';
const CORE = require.resolve('@telltale/core/package.json');

type Project = Awaited<ReturnType<typeof createProject>>;

const running: Service[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.stop()));
});

async function start(...args: Parameters<typeof startService>): Promise<Service> {
  const service = await startService(...args);
  running.push(service);
  return service;
}

function useProject(packages: Readonly<Record<string, string>>): { readonly folder: string } {
  let project: Project | undefined;
  beforeAll(async () => {
    project = await createProject(packages);
  });
  afterAll(() => project?.remove());
  return {
    get folder() {
      if (project === undefined) throw new Error('the project is made before the first test');
      return project.folder;
    },
  };
}

const requests = (lines: readonly string[]): string[] =>
  lines.filter((line) => line.startsWith('http_server_request_duration_seconds_count'));

describe.each([
  ['5', EXPRESS],
  ['4', require.resolve('express4/package.json')],
])('a service on Express %s that knows nothing of telemetry', (_, express) => {
  const project = useProject({ express });

  it.each([
    ['express.mjs', '--import'],
    ['express.cjs', '--import'],
    ['express.cjs', '--require'],
  ])('is observed: %s with %s', async (file, option) => {
    const service = await start(project.folder, file, {}, [option, '@telltale/register']);
    for (const path of ['/products/7', '/boom', '/Boom']) await (await fetch(service.url + path)).text();
    const scrape = await service.scrape();
    const series = (method: string, status: number, route: string, more = ''): string =>
      `http_server_request_duration_seconds_count{${more}http_request_method="${method}",http_response_status_code="${status}",http_route="${route}",url_scheme="http"} 1`;
    expect(requests(scrape).sort()).toEqual(
      [
        series('GET', 200, '/prices/:sku'),
        series('GET', 200, '/products/:id'),
        series('GET', 503, '/boom', 'error_type="RangeError",'),
        series('GET', 404, '(no route)'),
      ].sort(),
    );
    expect(scrape.find((line) => line.startsWith('target_info'))).toContain(
      'service_name="shop",service_version="1.2.3"',
    );
    expect(service.output.stderr).toMatch(
      /^telltale: "shop" is observed: metrics at http:\/\/localhost:\d+\/metrics\n$/,
    );
  });

  it('tells of its event loop and its process with TELLTALE_RUNTIME', async () => {
    const service = await start(project.folder, 'express.mjs', { TELLTALE_RUNTIME: 'true' });
    await vi.waitFor(
      async () => {
        const scrape = (await service.scrape()).join('\n');
        for (const name of ['nodejs_eventloop_delay_p99', 'process_cpu_time', 'system_memory_usage']) {
          expect(scrape).toContain(`\n${name}`);
        }
      },
      { timeout: 20_000, interval: 100 },
    );
    expect(await service.stop()).toBe(0);
  });

  it('has one trace over the calls between its parts', async () => {
    const service = await start(project.folder, 'express.mjs', { OTEL_TRACES_EXPORTER: 'console' });
    await (await fetch(`${service.url}/products/7`)).text();
    expect(await service.stop()).toBe(0);
    expect(tracesIn(service.output.stdout)).toEqual([['GET /products/:id', 'GET', 'GET /prices/:sku']]);
  });
});

describe.runIf(requireService('redis')).each([
  ['6', require.resolve('bullmq/package.json')],
  ['5', require.resolve('bullmq5/package.json')],
])('a service on BullMQ %s that knows nothing of telemetry', (_, bullmq) => {
  const project = useProject({ express: EXPRESS, bullmq });
  let redis: RedisService;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  it.each(['bullmq.mjs', 'bullmq.cjs'])('is observed, in one trace with the request: %s', async (file) => {
    const service = await start(project.folder, file, {
      OTEL_TRACES_EXPORTER: 'console',
      REDIS_PORT: `${redis.port}`,
    });
    const response = await fetch(`${service.url}/orders`, { method: 'POST' });
    expect(await response.json()).toEqual({ isWorker: true, kind: 'Postman', place: 'post office' });
    await service.sent('both');
    const scrape = await service.scrape();
    expect(scrape).toContain('job_enqueued_total{job_name="welcome",job_queue="emails"} 1');
    for (const name of ['welcome', 'digest']) {
      expect(scrape).toContain(
        `job_duration_seconds_count{job_name="${name}",job_outcome="completed",job_queue="emails"} 1`,
      );
    }
    expect(await service.stop()).toBe(0);
    const [trace, ...others] = tracesIn(service.output.stdout);
    expect(trace?.toSorted()).toEqual([
      'POST /orders',
      'process emails',
      'process emails',
      'send emails',
      'send emails',
    ]);
    expect(others).toEqual([]);
  });
});

describe('a service that has telemetry of its own', () => {
  const project = useProject({
    express: EXPRESS,
    '@telltale/core': CORE,
    '@telltale/express': require.resolve('@telltale/express/package.json'),
    '@telltale/exporter-prometheus': require.resolve('@telltale/exporter-prometheus/package.json'),
  });

  it('keeps its requests for itself, and they count once', async () => {
    const service = await start(project.folder, 'observed-by-hand.mjs');
    await (await fetch(`${service.url}/products/7`)).text();
    const own = await (await fetch(`${service.url}/metrics`)).text();
    expect(requests(own.split('\n'))).toEqual([
      'http_server_request_duration_seconds_count{http_request_method="GET",http_response_status_code="200",http_route="/products/:id",url_scheme="http"} 1',
    ]);
    expect(requests(await service.scrape())).toEqual([]);
  });
});

// Nest 11, and Nest as it is installed, are in fixtures/consumers.
describe('a service on Nest 12', () => {
  const project = useProject({
    '@nestjs/common': require.resolve('@nestjs/common/package.json'),
    '@nestjs/core': require.resolve('@nestjs/core/package.json'),
    '@nestjs/platform-express': require.resolve('@nestjs/platform-express/package.json'),
    '@oxc-node/core': require.resolve('@oxc-node/core/package.json'),
    '@telltale/core': CORE,
    '@telltale/nest': require.resolve('@telltale/nest/package.json'),
    'reflect-metadata': require.resolve('reflect-metadata'),
    rxjs: require.resolve('rxjs/package.json'),
  });
  // The sources of @telltale/nest have decorators, which Node does not run.
  const options = ['--import', '@oxc-node/core/register', '--import', '@telltale/register'];

  it.each(['nest.mjs', 'nest.cjs'])('is observed, and finds its modules as ever: %s', async (file) => {
    const service = await start(project.folder, file, { OTEL_TRACES_EXPORTER: 'console' }, options);
    expect(service.messages).toEqual([
      { port: expect.any(Number), root: 'AppModule', selected: 'Prices', price: 4.2, imports: 2 },
    ]);
    for (const path of ['/prices/7', '/prices/unknown', '/nowhere']) await (await fetch(service.url + path)).text();
    const series = (status: number, route: string): string =>
      `http_server_request_duration_seconds_count{http_request_method="GET",http_response_status_code="${status}",http_route="${route}",url_scheme="http"} 1`;
    expect(requests(await service.scrape()).sort()).toEqual(
      [series(404, '(no route)'), series(200, '/prices/:sku'), series(404, '/prices/:sku')].sort(),
    );
    expect(await service.stop()).toBe(0);
    expect(tracesIn(service.output.stdout)).toEqual([
      ['GET /prices/:sku', 'PricesController.get'],
      ['GET /prices/:sku', 'PricesController.get'],
      ['GET'],
    ]);
  });

  it('that has telemetry of its own keeps its requests for itself', async () => {
    const service = await start(project.folder, 'nest-by-hand.mjs', {}, options);
    await (await fetch(`${service.url}/prices`)).text();
    expect(requests(await service.scrape())).toEqual([]);
    expect(await service.stop()).toBe(0);
    expect(service.messages.at(-1)).toEqual({ own: [['/prices', 1]] });
  });
});

describe('@telltale/register', () => {
  const project = useProject({ express: EXPRESS, '@opentelemetry/api': API });

  it('gives the program its telemetry, to record on by hand', async () => {
    const service = await start(project.folder, 'counted-by-hand.mjs');
    const scrape = await service.scrape();
    expect(scrape).toContain('orders_total{plan="pro"} 3');
    expect(scrape).toContain('job_records_total{job_name="nightly",job_stage="loaded"} 7');
    expect(await service.stop()).toBe(0);
  });

  it('does nothing when OTEL_SDK_DISABLED is true, and the program can record all the same', async () => {
    const env = { OTEL_SDK_DISABLED: 'true' };
    const service = await start(project.folder, 'counted-by-hand.mjs', env);
    expect(service.messages).toEqual([{ port: 0, health: 'ok' }]);
    expect(await service.stop()).toBe(0);
    const observed = await start(project.folder, 'express.mjs', env);
    expect((await fetch(`${observed.url}/prices/1`)).status).toBe(200);
    expect(service.output).toEqual({ stdout: '', stderr: '' });
    expect(observed.output).toEqual({ stdout: '', stderr: '' });
  });

  it('says nothing at all where OTEL_LOG_LEVEL is none', async () => {
    const env = { OTEL_LOG_LEVEL: 'none', TELLTALE_NONSENSE: '1', OTEL_METRICS_EXPORTER: 'otlp' };
    const service = await start(project.folder, 'express.mjs', env);
    expect((await fetch(`${service.url}/prices/1`)).status).toBe(200);
    expect(service.output).toEqual({ stdout: '', stderr: '' });
  });

  it('warns of what it cannot read, and starts', async () => {
    const service = await start(project.folder, 'express.mjs', {
      OTEL_TRACES_SAMPLER: 'sometimes',
      TELLTALE_PROMETEUS_PORT: '1',
    });
    await (await fetch(`${service.url}/prices/1`)).text();
    expect(requests(await service.scrape())).toHaveLength(1);
    const { stderr } = service.output;
    expect(stderr).toContain('[ERR_OPTION] TelltaleWarning: OTEL_TRACES_SAMPLER is "sometimes". Use parentbased_');
    expect(stderr).toContain('did you mean TELLTALE_PROMETHEUS_PORT?');
  });

  it('leaves the service running when its port is taken, and says what to do', async () => {
    const other = createServer().listen(0, 'localhost');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const service = await start(project.folder, 'express.mjs', { TELLTALE_PROMETHEUS_PORT: `${port}` });
    expect((await fetch(`${service.url}/prices/1`)).status).toBe(200);
    expect(await service.stop()).toBe(0);
    other.close();
    expect(service.output.stderr).toContain(
      `port ${port} of localhost is taken, so process ${service.pid} is observed but serves no metrics; give each process a port of its own with TELLTALE_PROMETHEUS_PORT, 0 for any that is free`,
    );
  });

  it('leaves an OpenTelemetry SDK that was there before in its place', async () => {
    const service = await start(project.folder, 'express.mjs', {}, [
      '--import',
      './other-sdk.mjs',
      '--import',
      '@telltale/register',
    ]);
    await (await fetch(`${service.url}/prices/1`)).text();
    expect(requests(await service.scrape())).toHaveLength(1);
    expect(service.output.stderr).toContain(
      '[ERR_ALREADY_REGISTERED] TelltaleWarning: The process has a global OpenTelemetry tracer provider already (NodeTracerProvider).',
    );
  });

  it('serves metrics from no worker thread, and from a child process only on a port of its own', async () => {
    const other = createServer().listen(0, 'localhost');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    other.close();
    const service = await start(project.folder, 'threads.mjs', { TELLTALE_PROMETHEUS_PORT: `${port}` });
    const { exporters, child, thread } = service.messages[0] as Record<string, { name: string; error?: string }[]>;
    expect(exporters).toEqual([{ name: 'prometheus' }]);
    expect(child?.[0]?.error).toMatch(/^port \d+ of localhost is taken/);
    expect(thread).toEqual([]);
    expect(await service.stop()).toBe(0);
  });

  it('leaves npm and other programs that start the service alone, so that its port is free for the service', async () => {
    const file = 'node_modules/nodemon/bin/nodemon.js';
    await mkdir(join(project.folder, 'node_modules/nodemon/bin'), { recursive: true });
    await writeFile(
      join(project.folder, file),
      "process.send({ port: 0 }); process.once('message', () => process.disconnect());",
    );
    const service = await start(project.folder, file);
    expect(await service.stop()).toBe(0);
    expect(service.output).toEqual({ stdout: '', stderr: '' });
  });

  it('tells of a version that it does not know, and leaves it as it is', async () => {
    const old = await createProject({});
    try {
      const folder = join(old.folder, 'node_modules/express');
      await mkdir(folder);
      await writeFile(join(folder, 'package.json'), '{"name":"express","version":"3.21.2","main":"index.js"}');
      await writeFile(join(folder, 'index.js'), 'module.exports = () => "old";');
      await writeFile(
        join(old.folder, 'app.mjs'),
        "import express from 'express'; process.send({ port: 0, express: express() }); process.disconnect();",
      );
      const service = await startService(old.folder, 'app.mjs');
      expect(await service.stop()).toBe(0);
      expect(service.messages).toEqual([{ port: 0, express: 'old' }]);
      expect(service.output.stderr).toContain('express 3.21.2 is not observed: Telltale knows its versions 4 and 5.');
    } finally {
      await old.remove();
    }
  });
});

describe('the README', () => {
  it('has every variable, with what is allowed and the default', async () => {
    const readme = await readReadme();
    for (const { name, meaning, allowed, default: value } of VARIABLES) {
      expect(readme).toContain(`| \`${name}\` | ${meaning} | ${allowed} | ${value} |`);
    }
  });
});
