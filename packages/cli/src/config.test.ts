import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ConfigReport } from './index.ts';
import { createProject, diagnose, found, type Run, type TestProjectParts, telltale } from './project.test-support.ts';

const FILE = `
service: { environment: production }
interval: 30
exporters:
  - type: prometheus
  - { type: console, name: terminal, signals: [spans], interval: 2 }
  - { type: dogstatsd, enabled: false }
`;
const RIGHT: TestProjectParts = {
  files: { 'telltale.config.yaml': FILE },
  linked: ['@telltale/core', '@telltale/exporter-prometheus'],
};

/** What file authors write for the variable. */
const PLACEHOLDER = ['$', '{TOKEN}'].join('');

/** Runs `telltale config …` in the folder of a project that is made of these parts. */
async function config(
  args: readonly string[],
  parts: TestProjectParts,
  env: Readonly<Record<string, string>> = {},
): Promise<Run> {
  const project = await createProject(parts);
  try {
    return await telltale(['config', ...args], env, project.folder);
  } finally {
    await project.remove();
  }
}

async function check(parts: TestProjectParts, env: Readonly<Record<string, string>> = {}): Promise<ConfigReport> {
  const { code, stdout, stderr } = await config(['check', '--json'], parts, env);
  expect(stderr).toBe('');
  const report: ConfigReport = JSON.parse(stdout);
  expect(code).toBe(report.ok ? 0 : 1);
  return report;
}

describe('telltale config check', () => {
  it('says what would run, and that nothing is to be mended', async () => {
    expect(await config(['check'], RIGHT)).toEqual({
      code: 0,
      stderr: '',
      stdout: [
        'telltale.config.yaml, and the environment over it',
        '',
        'Service    shop 1.4.0, production',
        '',
        'Exporters',
        '  prometheus  prometheus  metrics when asked  telltale.config.yaml, exporters[0]',
        '  terminal    console     spans every 2 s     telltale.config.yaml, exporters[1]',
        '  switched off: dogstatsd',
        '',
        'No problems.',
        '',
      ].join('\n'),
    });
  });

  it('takes the environment over the file, and says which exporters come from there', async () => {
    const { exporters, service } = await check(RIGHT, {
      OTEL_METRICS_EXPORTER: 'console',
      OTEL_METRIC_EXPORT_INTERVAL: '7000',
      OTEL_SERVICE_NAME: 'checkout',
    });
    expect(service).toEqual({ name: 'checkout', version: '1.4.0', environment: 'production' });
    expect(exporters).toEqual([
      expect.objectContaining({ name: 'terminal', source: 'telltale.config.yaml', interval: { spans: 2 } }),
      expect.objectContaining({ name: 'console', source: 'environment', interval: { metrics: 7 } }),
    ]);
  });

  it('names path, what was found, what is allowed and the nearest key of each problem', async () => {
    const { problems, exporters } = await check({
      files: {
        'telltale.config.json': JSON.stringify({
          servce: {},
          exporters: [{ type: 'promethues' }, { type: 'prometheus', config: { port: 99999 } }],
        }),
      },
      linked: ['@telltale/core', '@telltale/exporter-prometheus'],
    });
    expect(exporters).toEqual([]);
    expect(problems.map(({ source, path }) => [source, path])).toEqual([
      ['telltale.config.json', 'servce'],
      ['telltale.config.json', 'exporters[0].type'],
      ['telltale.config.json', 'exporters[1].config.port'],
    ]);
    const text = problems.map(({ message }) => message).join('\n');
    for (const part of ['"service"', '"promethues"', '"prometheus"', '99999', '65535']) expect(text).toContain(part);
  });

  it('names the packages that are asked for and are not installed', async () => {
    const { problems } = await check({
      files: {
        'telltale.config.json': JSON.stringify({
          dashboard: true,
          resourceDetectors: ['aws'],
          exporters: [
            { type: 'otlp', config: { protocol: 'grpc' }, spool: { directory: 'spool' } },
            { type: 'statsd', enabled: false },
          ],
        }),
      },
    });
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^telltale\.config\.json: exporters\[0\] .*@telltale\/exporter-otlp is not installed; run `npm install @telltale\/exporter-otlp`\.$/,
      ),
      '"dashboard" needs @telltale/dashboard, which is not installed. Run `npm install @telltale/dashboard`.',
      '"aws" of "resourceDetectors" needs @telltale/aws, which is not installed. Run `npm install @telltale/aws`.',
      '"spool" of otlp needs @telltale/disk-spool, which is not installed. Run `npm install @telltale/disk-spool`.',
      '"protocol: grpc" of otlp needs @grpc/grpc-js, which is not installed. Run `npm install @grpc/grpc-js`.',
    ]);
  });

  it('finds what @telltale/register brings', async () => {
    const { exporters } = await check({
      files: { 'telltale.config.json': '{ "exporters": [{ "type": "prometheus" }, { "type": "otlp" }] }' },
      linked: ['@telltale/core', '@telltale/register'],
    });
    expect(exporters.map(({ name, problem }) => [name, problem])).toEqual([
      ['prometheus', undefined],
      ['otlp', undefined],
    ]);
  });

  it('shows no secrets', async () => {
    const secret = 's3cret-t0ken';
    const parts: TestProjectParts = {
      files: {
        'telltale.config.json': JSON.stringify({
          dashboard: { token: PLACEHOLDER, port: 'x' },
          exporters: [
            {
              type: 'otlp',
              config: { url: `https://user:${secret}@collector`, headers: { authorization: PLACEHOLDER } },
            },
            { type: 'honeycomb', config: { apiKey: PLACEHOLDER, dataset: 7 } },
          ],
        }),
      },
    };
    const env = {
      TOKEN: secret,
      TELLTALE_DASHBOARD_TOKEN: secret,
      OTEL_EXPORTER_OTLP_HEADERS: `key=${secret},${secret}`,
    };
    for (const args of [['check'], ['check', '--json'], ['print']]) {
      const { stdout, stderr } = await config(args, parts, env);
      expect(stdout + stderr).not.toContain(secret);
      expect(stdout).not.toBe('');
    }
  });

  it('ends with 2 where the file is not there', async () => {
    const { code, stdout } = await config(['check', 'telltale.yaml'], RIGHT);
    expect(code).toBe(2);
    expect(stdout).toContain('telltale.yaml: There is no such file.');
    expect((await config(['check'], RIGHT, { TELLTALE_CONFIG: '/no/such.yaml' })).code).toBe(2);
  });

  it('checks the environment where there is no file', async () => {
    const { code, stdout } = await config(['check'], {}, { OTEL_TRACES_SAMPLER: 'sometimes' });
    expect(code).toBe(1);
    expect(stdout).toContain('No configuration file: what the environment says.');
    expect(stdout).toContain('  - OTEL_TRACES_SAMPLER is "sometimes". Use parentbased_always_on');
    expect((await config(['check'], {})).code).toBe(0);
  });

  it('checks a named file of any kind', async () => {
    const files = {
      'deploy/prod.ts': "export default { service: { name: 'prod' }, exporters: [{ type: 'console' }] };",
    };
    const { code, stdout } = await config(['check', 'deploy/prod.ts'], { files, linked: ['@telltale/core'] });
    expect(stdout).toContain('deploy/prod.ts, exporters[0]');
    expect(stdout).toContain('Service    prod 1.4.0');
    expect(code).toBe(0);
  });
});

describe('telltale config print', () => {
  it('gives file and environment together, without secrets', async () => {
    const { code, stdout } = await config(['print'], RIGHT, {
      TELLTALE_DASHBOARD_PORT: '0',
      TELLTALE_DASHBOARD_TOKEN: 'long and random',
      TELLTALE_PROMETHEUS_PORT: '9000',
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      service: { name: 'shop', version: '1.4.0', environment: 'production' },
      interval: 30,
      dashboard: { port: 0, token: '(not shown)' },
      exporters: [
        { type: 'prometheus', config: { port: 9000 } },
        { type: 'console', name: 'terminal', signals: ['spans'], interval: 2 },
        { type: 'dogstatsd', enabled: false },
      ],
    });
  });
});

describe('telltale doctor', () => {
  const parts: TestProjectParts = {
    dependencies: { '@telltale/register': '^0.0.0' },
    linked: ['@telltale/core', '@telltale/register'],
    files: { 'telltale.config.yaml': 'exporters: [{ type: prometheus, config: { port: 0 } }]' },
    scripts: { start: 'node --import @telltale/register app.js' },
  };

  it('asks the exporters of the file', async () => {
    const report = await diagnose(parts);
    expect(report.exporters).toEqual([expect.objectContaining({ name: 'prometheus', status: 'ok' })]);
    expect(found(report, 'problem')).toEqual([]);
  });

  it('finds what is wrong in the file, and a file that nobody reads', async () => {
    const wrong = { ...parts, files: { 'telltale.config.yaml': 'intervall: 30\ndashboard: true' } };
    expect(found(await diagnose(wrong), 'problem')).toEqual([
      expect.stringMatching(/^configuration: telltale\.config\.yaml: .*"intervall"/),
      'configuration: "dashboard" needs @telltale/dashboard, which is not installed.',
    ]);
    const { scripts: _, ...unread } = parts;
    expect(found(await diagnose(unread), 'note')).toContainEqual(
      expect.stringMatching(/^configuration: Nothing shows that .*telltale\.config\.yaml is read\.$/),
    );
  });
});

describe('the README', () => {
  it('has the commands and their options', async () => {
    const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8');
    for (const part of ['telltale config check', 'telltale config print', '`--json`', 'TELLTALE_CONFIG']) {
      expect(readme).toContain(part);
    }
  });
});
