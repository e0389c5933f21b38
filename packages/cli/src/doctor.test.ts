import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { CHECKS } from './doctor/checks.ts';
import { createProject, diagnose, found, type TestProjectParts, telltale } from './project.test-support.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A server on a free port of localhost that answers everything with this text. */
async function serve(text: string): Promise<number> {
  const server = createServer((_request, response) => response.end(text)).listen(0, 'localhost');
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  return (server.address() as AddressInfo).port;
}

const TELEMETRY = [
  "import { createTelemetry } from '@telltale/core';",
  "import { prometheus } from '@telltale/exporter-prometheus';",
  'export const metrics: unknown = prometheus();',
  "export const telemetry = createTelemetry({ service: { name: 'shop' }, exporters: [metrics as never] });",
].join('\n');
const APP = [
  "import express from 'express';",
  "import { expressTelemetry } from '@telltale/express';",
  "import { metrics, telemetry } from './telemetry.ts';",
  'export const app = express();',
  "app.get('/metrics', metrics.handler);",
  'app.use(expressTelemetry(telemetry));',
  'app.use(express.json());',
].join('\n');

/** A service with Express that does everything right. */
const HEALTHY: TestProjectParts = {
  dependencies: {
    express: '^5.1.0',
    '@telltale/core': '^0.0.0',
    '@telltale/express': '^0.0.0',
    '@telltale/exporter-prometheus': '^0.0.0',
  },
  files: { 'src/telemetry.ts': TELEMETRY, 'src/app.ts': APP, 'src/app.test.ts': "import 'koa';" },
  installed: { express: '5.3.0', '@telltale/express': '0.0.0' },
  linked: ['@telltale/core', '@telltale/exporter-prometheus'],
};

/** A service that is started with @telltale/register. */
const REGISTERED: TestProjectParts = {
  dependencies: { express: '^5.1.0', '@telltale/register': '^0.0.0' },
  scripts: { start: 'node --import @telltale/register app.js' },
  files: { 'app.js': "import 'express';" },
  installed: { express: '5.3.0' },
  linked: ['@telltale/core', '@telltale/register'],
};
const FREE_PORT = { TELLTALE_PROMETHEUS_PORT: '0' };

describe('telltale doctor', () => {
  it('says in plain text that all is well', async () => {
    const project = await createProject(HEALTHY);
    try {
      const { code, stdout, stderr } = await telltale(['doctor', project.folder]);
      expect(stdout.replace(/\d+ lines/, '# lines')).toBe(`shop 1.4.0, Node ${process.versions.node}, 2 source files

Frameworks
  express 5.3.0  observed by @telltale/express (src/app.ts:2)

Exporters (src/telemetry.ts)
  prometheus  ok  rendered # lines

No problems.
`);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    } finally {
      await project.remove();
    }
  });

  it('says in plain text what is wrong, with the mend, and ends with 1', async () => {
    const project = await createProject({
      dependencies: { express: '^5.1.0', bullmq: '^6.0.0', koa: '^3.0.0' },
      files: { 'index.js': "import express from 'express';" },
      installed: { express: '5.3.0', bullmq: '6.7.0', koa: '3.1.1' },
    });
    try {
      expect(await telltale(['doctor', project.folder])).toEqual({
        code: 1,
        stderr: '',
        stdout: `shop 1.4.0, Node ${process.versions.node}, 1 source file

Frameworks
  express 5.3.0  not observed
  bullmq 6.7.0   not observed
  koa 3.1.1      not supported

Problems
  - Nothing observes express 5.3.0.
    Use @telltale/express, or start the service with node --import @telltale/register.
  - Nothing observes bullmq 6.7.0.
    Use @telltale/bullmq, or start the service with node --import @telltale/register.

Notes
  - Telltale does not observe koa 3.1.1.
    Record its work by hand with telemetry.request or telemetry.job, or bring it to a version in the list of @telltale/register.

2 to mend.
`,
      });
    } finally {
      await project.remove();
    }
  });

  it('says the same as data', async () => {
    const report = await diagnose(HEALTHY);
    expect(report).toEqual({
      project: { name: 'shop', version: '1.4.0', folder: expect.any(String) },
      node: process.versions.node,
      sources: 2,
      frameworks: [
        {
          name: 'express',
          version: '5.3.0',
          supported: true,
          observedBy: [{ by: '@telltale/express', where: 'src/app.ts:2' }],
        },
      ],
      telemetry: 'src/telemetry.ts',
      exporters: [{ name: 'prometheus', status: 'ok', detail: expect.stringMatching(/^rendered \d+ lines$/) }],
      findings: [],
      ok: true,
    });
  });

  it('says where it is to look when there is no project', async () => {
    const { code, stdout } = await telltale(['doctor', '/no/such/folder']);
    expect(code).toBe(1);
    expect(stdout).toContain('- /no/such/folder has no package.json that can be read.');
  });

  it('refuses a time that is none', async () => {
    const { code, stderr } = await telltale(['doctor', '--timeout', 'soon']);
    expect(code).toBe(1);
    expect(stderr).toContain('Give seconds from 1 to 600.');
  });
});

describe('what observes a framework', () => {
  const observers = async (parts: TestProjectParts, env: Record<string, string> = {}) => {
    const { frameworks } = await diagnose(parts, { env: { ...FREE_PORT, ...env } });
    return frameworks.map(({ name, observedBy }) => [name, ...observedBy.map(({ by, where }) => `${by} ${where}`)]);
  };
  const express = { dependencies: { express: '^5.0.0' }, installed: { express: '5.3.0' } };
  const run = 'node --import @telltale/register app.js';

  it.each<[string, TestProjectParts, string]>([
    ['a script', { scripts: { start: run } }, 'package.json, script "start"'],
    ['a Dockerfile', { files: { Dockerfile: `FROM node:24\n# ${run}\nCMD ${run}` } }, 'Dockerfile:3'],
    ['a Procfile', { files: { Procfile: `web: ${run}` } }, 'Procfile:1'],
  ])('is found in %s', async (_, parts, where) => {
    expect(await observers({ ...express, ...parts })).toEqual([['express', `@telltale/register ${where}`]]);
  });

  it("is Telltale's adapter where a source imports it, and not where only types of it are", async () => {
    const parts = { ...express, dependencies: { ...express.dependencies, '@telltale/express': '^0.0.0' } };
    const imported = "export { app } from './app.js';\nconst { expressTelemetry } = require('@telltale/express');";
    expect(await observers({ ...parts, files: { 'lib/app.cjs': imported } })).toEqual([
      ['express', '@telltale/express lib/app.cjs:2'],
    ]);
    const types = "import type { ExpressMiddleware } from '@telltale/express';\n// import '@telltale/express'";
    expect(await observers({ ...parts, files: { 'app.ts': types } })).toEqual([['express']]);
  });

  it("is what was built where the sources are not there, but nobody's node_modules", async () => {
    const files = {
      'dist/app.js': "import '@telltale/express';",
      'node_modules/other/index.js': "import '@telltale/express';",
    };
    expect(await observers({ ...express, files })).toEqual([['express', '@telltale/express dist/app.js:1']]);
    expect(await observers({ ...express, files: { ...files, 'app.js': '' } })).toEqual([['express']]);
  });

  it('is one module for all parts of Nest', async () => {
    const names = ['@nestjs/core', '@nestjs/platform-express', '@nestjs/schedule', '@nestjs/bullmq'];
    expect(
      await observers({
        dependencies: Object.fromEntries([...names, 'express', 'bullmq'].map((name) => [name, '^12.0.0'])),
        files: { 'src/app.module.ts': "import { TelemetryModule } from '@telltale/nest';" },
      }),
    ).toEqual(names.map((name) => [name, '@telltale/nest src/app.module.ts:1']));
  });

  it('is an instrumentation of OpenTelemetry, too', async () => {
    expect(
      await observers({
        ...express,
        devDependencies: { '@opentelemetry/instrumentation-express': '^0.72.0' },
        files: { 'otel.js': "import '@opentelemetry/instrumentation-express';" },
      }),
    ).toEqual([['express', '@opentelemetry/instrumentation-express otel.js:1']]);
  });
});

describe('exporters', () => {
  /** A telemetry module with this exporter, given as source text. */
  const withExporter = (source: string, more = ''): TestProjectParts => ({
    ...HEALTHY,
    files: {
      'telemetry.js': `import { createTelemetry } from '@telltale/core';
export const telemetry = createTelemetry({ service: { name: 'shop' }, exporters: [${source}] });
${more}`,
    },
    dependencies: { '@telltale/core': '^0.0.0' },
  });

  it('are asked by a real flush, with a span to send', async () => {
    const report = await diagnose(
      withExporter(`{ name: 'cloud', exportMetrics: async () => {}, exportSpans: async (spans) => {
        if (spans[0].name !== 'telltale doctor') throw new Error('no span');
      } }`),
    );
    expect(report.exporters).toEqual([{ name: 'cloud', status: 'ok', detail: 'took metrics, spans' }]);
    expect(report.ok).toBe(true);
  });

  it('that fail are problems, with what they say', async () => {
    const report = await diagnose(
      withExporter("{ name: 'cloud', exportMetrics: async () => { throw new Error('no credentials'); } }"),
    );
    expect(report.exporters).toEqual([{ name: 'cloud', status: 'failing', detail: 'no credentials' }]);
    expect(found(report, 'problem')).toEqual(['exporters: The exporter cloud fails: no credentials.']);
  });

  it('that are none are a problem', async () => {
    expect(found(await diagnose(withExporter('')), 'problem')).toEqual([
      'exporters: "telemetry" of telemetry.js has no exporters, so what it records goes nowhere.',
    ]);
  });

  it('are not waited for longer than the time given, and nothing of them stays', async () => {
    const hanging = withExporter(
      "{ name: 'cloud', exportMetrics: () => new Promise(() => {}) }",
      'setInterval(() => {}, 1000);',
    );
    const report = await diagnose(hanging, { args: ['--timeout', '1'] });
    expect(found(report, 'problem')).toEqual(['exporters: The exporter cloud fails: it gave no answer within 1 s.']);
  });

  it('are asked although the module starts a server', async () => {
    const serving = withExporter(
      "{ name: 'cloud', exportMetrics: async () => {} }",
      "import { createServer } from 'node:http'; createServer().listen(0); console.log('listening');",
    );
    expect((await diagnose(serving)).exporters).toEqual([{ name: 'cloud', status: 'ok', detail: 'took metrics' }]);
  });

  it('whose port is taken by something else are a problem', async () => {
    const port = await serve('something else');
    const report = await diagnose(REGISTERED, { env: { TELLTALE_PROMETHEUS_PORT: `${port}` } });
    expect(report.exporters).toMatchObject([{ name: 'prometheus', status: 'failing' }]);
    expect(found(report, 'problem')[0]).toContain(
      `exporters: The exporter prometheus fails: port ${port} of localhost is taken`,
    );
  });

  it('whose port is served by a service that Telltale observes are well: it runs', async () => {
    const port = await serve('target_info{service_name="shop",telemetry_sdk_name="telltale"} 1\n');
    const report = await diagnose(REGISTERED, { env: { TELLTALE_PROMETHEUS_PORT: `${port}` } });
    expect(report.exporters).toEqual([
      { name: 'prometheus', status: 'ok', detail: 'its port is served by "shop", which runs already' },
    ]);
    expect(report.ok).toBe(true);
  });

  it('are those of the environment where the service is started with @telltale/register', async () => {
    const report = await diagnose(REGISTERED, { env: { ...FREE_PORT, OTEL_TRACES_EXPORTER: 'console' } });
    expect(report.telemetry).toBe('@telltale/register, from the environment');
    expect(report.exporters).toEqual([
      { name: 'prometheus', status: 'ok', detail: 'has started' },
      { name: 'console', status: 'ok', detail: 'took spans' },
    ]);
    expect(report.findings).toEqual([]);
  });
});

describe('the telemetry module', () => {
  const withModule = (text: string): TestProjectParts => ({
    dependencies: { '@telltale/core': '^0.0.0' },
    files: { 'metrics.js': text },
    linked: ['@telltale/core'],
  });
  const args = ['--module', 'metrics.js'];

  it('can be named, and give the telemetry as its default', async () => {
    const report = await diagnose(
      withModule(
        "import { consoleExporter, createTelemetry } from '@telltale/core';\nexport default createTelemetry({ service: { name: 'a' }, exporters: [consoleExporter()] });",
      ),
      { args },
    );
    expect(report.exporters).toEqual([{ name: 'console', status: 'ok', detail: 'took metrics, spans' }]);
  });

  it('that throws is a problem, with its message', async () => {
    const report = await diagnose(
      withModule("import { createTelemetry } from '@telltale/core';\ncreateTelemetry({ service: {} });"),
      { args },
    );
    expect(found(report, 'problem')).toEqual([
      'telemetry-module: metrics.js cannot be loaded: "service.name" is missing; say which service this is: { service: { name: \'checkout\' } }.',
    ]);
  });

  it('that ends the process is a problem', async () => {
    const report = await diagnose(withModule('process.exit(3);'), { args });
    expect(found(report, 'problem')).toEqual([
      'telemetry-module: metrics.js cannot be loaded: the process ended with 3.',
    ]);
  });

  it('that never ends loading is ended', async () => {
    const report = await diagnose(withModule('await new Promise((resolve) => setTimeout(resolve, 1e6));'), {
      args: [...args, '--timeout', '0.5'],
    });
    expect(found(report, 'problem')).toEqual([
      'telemetry-module: metrics.js cannot be loaded: it was not ready within 5.5 s.',
    ]);
  });

  it('that exports no telemetry is a problem', async () => {
    const report = await diagnose(withModule('export const telemetry = {};'), { args });
    expect(found(report, 'problem')).toEqual([
      'telemetry-module: metrics.js exports no telemetry, so the exporters were not asked.',
    ]);
  });

  it('that is not found is a note: the whole service is not started to ask', async () => {
    expect(found(await diagnose(withModule('')), 'note')).toEqual([
      'telemetry-module: The exporters were not asked, because no file called telemetry exports what createTelemetry gives.',
    ]);
  });
});

describe('packages', () => {
  it('that are there in several copies are a problem', async () => {
    const report = await diagnose({
      dependencies: { '@telltale/core': '1.1.0', '@telltale/express': '1.0.0', '@opentelemetry/api': '1.10.0' },
      installed: {
        '@telltale/core': '1.1.0',
        '@telltale/express': '1.0.0',
        '@telltale/express/node_modules/@telltale/core': '1.0.0',
        '@telltale/core/node_modules/@opentelemetry/api': '1.9.0',
        '@opentelemetry/api': '1.10.0',
      },
    });
    expect(found(report, 'problem').map((line) => line.replaceAll(report.project.folder, ''))).toEqual([
      'copies: @telltale/core is installed 2 times (1.1.0, 1.0.0): /node_modules/@telltale/core for the application; /node_modules/@telltale/express/node_modules/@telltale/core for @telltale/express.',
      'copies: @opentelemetry/api is installed 2 times (1.10.0, 1.9.0): /node_modules/@opentelemetry/api for the application; /node_modules/@telltale/core/node_modules/@opentelemetry/api for @telltale/core.',
    ]);
    expect(found(report, 'note')).toContain(
      'versions: The packages of Telltale are of different versions: @telltale/core 1.1.0, @telltale/express 1.0.0.',
    );
  });

  it('that ask for no copy do not have one, whatever lies in a folder above', async () => {
    const report = await diagnose({
      dependencies: {
        '@telltale/core': '1.0.0',
        '@telltale/exporter-prometheus': '1.0.0',
        '@opentelemetry/api': '1.10.0',
      },
      installed: {
        '@telltale/core': '1.0.0',
        '@telltale/exporter-prometheus': '1.0.0',
        '@telltale/exporter-prometheus/node_modules/@opentelemetry/api': '1.9.0',
        '@opentelemetry/api': '1.10.0',
      },
    });
    expect(found(report, 'problem')).toEqual([]);
  });

  it('that lack their core, or are not installed, are a problem', async () => {
    const report = await diagnose({
      dependencies: { '@telltale/express': '1.0.0', '@telltale/bullmq': '1.0.0' },
      installed: { '@telltale/express': '1.0.0' },
    });
    expect(found(report, 'problem')).toEqual([
      'peers: @telltale/bullmq is in package.json, but not installed.',
      'peers: @telltale/core is not installed, which @telltale/express needs.',
    ]);
  });

  it('that do nothing because nobody uses them are noted', async () => {
    const report = await diagnose({
      ...REGISTERED,
      scripts: { start: 'node app.js' },
      dependencies: { '@telltale/register': '^0.0.0', '@telltale/core': '^0.0.0', '@telltale/express': '^0.0.0' },
      installed: { '@telltale/express': '0.0.0' },
    });
    expect(found(report, 'note').filter((line) => line.startsWith('unused'))).toEqual([
      'unused-adapters: @telltale/express is installed, and no source imports it.',
      'unused-adapters: @telltale/register is installed, and nothing shows that the service is started with it.',
    ]);
  });

  it('that measure the same are noted', async () => {
    const report = await diagnose({
      dependencies: {
        '@telltale/core': '1',
        'prom-client': '15',
        'express-prom-bundle': '8',
        '@opentelemetry/sdk-node': '1',
      },
      installed: { '@telltale/core': '1.0.0' },
    });
    expect(found(report, 'note').filter((line) => line.startsWith('other-metrics'))).toEqual([
      'other-metrics: prom-client is there, too.',
      'other-metrics: express-prom-bundle is there, too.',
      'other-metrics: @opentelemetry/sdk-node is there, too.',
    ]);
  });
});

describe('what is misconfigured', () => {
  it('is a version of Node that is too old, in an image too', async () => {
    const report = await diagnose({
      files: { Dockerfile: 'FROM docker.io/library/node:20-alpine AS build\nFROM node:22\nFROM node:22.14-slim' },
    });
    expect(found(report, 'problem')).toEqual([
      'node-version: Node 20 (Dockerfile:1) is too old for Telltale.',
      'node-version: Node 22.14 (Dockerfile:3) is too old for Telltale.',
    ]);
  });

  it('is a middleware that comes before, but not a route for metrics or health', async () => {
    const report = await diagnose({
      files: {
        'app.js': `import { expressTelemetry } from '@telltale/express';
app.set('trust proxy', 1);
app.get('env');
app.get('/metrics', handler);
app.use('/health', handler);
app.use(expressTelemetry(telemetry));
shop.use(compression());
shop.use(
  expressTelemetry(telemetry));`,
      },
    });
    expect(found(report, 'note').filter((line) => line.startsWith('middleware'))).toEqual([
      'middleware-order: app.js:7 mounts something before expressTelemetry in line 8, so what it answers is not observed.',
    ]);
  });

  it('is a framework that counts twice', async () => {
    const parts: TestProjectParts = {
      ...REGISTERED,
      dependencies: { ...REGISTERED.dependencies, '@opentelemetry/auto-instrumentations-node': '^0.60.0' },
    };
    expect(found(await diagnose(parts, { env: FREE_PORT }), 'problem')).toEqual([
      'observed-twice: express is observed by @telltale/register and by @opentelemetry/auto-instrumentations-node, which writes to Telltale as well: its work counts twice.',
    ]);
  });

  it('is telemetry by hand and by @telltale/register at once', async () => {
    const report = await diagnose(
      { ...HEALTHY, scripts: { start: 'node --import @telltale/register src/app.ts' } },
      { env: FREE_PORT },
    );
    expect(found(report, 'problem')).toEqual([
      'observed-by-hand: The service is started with @telltale/register (package.json, script "start") and makes telemetry of its own (src/telemetry.ts): its series are spread over two.',
    ]);
  });

  it('is a wish for spans that no exporter takes', async () => {
    const byVariable = await diagnose(REGISTERED, {
      env: { ...FREE_PORT, OTEL_TRACES_SAMPLER: 'parentbased_always_on' },
    });
    expect(found(byVariable, 'note')).toEqual([
      'spans-wanted: OTEL_TRACES_SAMPLER asks for spans, and no exporter takes them.',
    ]);
    const byCode = await diagnose({
      ...HEALTHY,
      files: { ...HEALTHY.files, 'src/price.ts': "export const price = () => telemetry.span('price', () => 1);" },
    });
    expect(found(byCode, 'note')).toEqual(['spans-wanted: src/price.ts asks for spans, and no exporter takes them.']);
  });

  it('is a variable that is read, or looks like ours', async () => {
    const env = { ...FREE_PORT, OTEL_TRACES_SAMPLER: 'sometimes', TELLTALE_PROMETEUS_PORT: '1' };
    const report = await diagnose(REGISTERED, { env });
    expect(report.findings.filter(({ check }) => check === 'environment')).toEqual([
      {
        check: 'environment',
        level: 'problem',
        message: 'OTEL_TRACES_SAMPLER is "sometimes".',
        mend: 'Use parentbased_always_on, parentbased_always_off, parentbased_traceidratio, always_on, always_off or traceidratio.',
      },
      {
        check: 'environment',
        level: 'problem',
        message: 'TELLTALE_PROMETEUS_PORT is set.',
        mend: 'Telltale has no such variable: did you mean TELLTALE_PROMETHEUS_PORT?',
      },
    ]);
    // A service with telemetry by hand reads no environment.
    expect(found(await diagnose(HEALTHY, { env }), 'problem')).toEqual([
      'environment: TELLTALE_PROMETEUS_PORT is set.',
    ]);
  });

  it('is that everything is switched off', async () => {
    const report = await diagnose(REGISTERED, { env: { OTEL_SDK_DISABLED: 'true' } });
    expect(found(report, 'problem')).toContain('environment: OTEL_SDK_DISABLED is "true", so nothing is observed.');
  });
});

describe('the README', () => {
  it('has every check', async () => {
    const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8');
    for (const { name, about } of CHECKS) expect(readme).toContain(`| \`${name}\` | ${about} |`);
  });
});
