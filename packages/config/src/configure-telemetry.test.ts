import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire, stripTypeScriptTypes } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Exporter, Telemetry, TelemetryError } from '@telltale/core';
import { ManualClock, memoryExporter } from '@telltale/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createWith } from './create-with.ts';
import { type ConfigSource, type ConfigureOptions, configureTelemetry } from './index.ts';
import type { LoadPackage } from './integration.ts';
import { project } from './project.test-support.ts';

interface Setting {
  readonly files?: Readonly<Record<string, string>>;
  readonly config?: object;
  readonly env?: Readonly<Record<string, string>>;
  readonly code?: ConfigureOptions;
  readonly load?: LoadPackage;
}

/** A telemetry of a file, code and variables, and what was told. */
function configured({ files = {}, config, env = {}, code = {}, load }: Setting) {
  const told: TelemetryError[] = [];
  const all = config === undefined ? files : { ...files, 'telltale.config.json': JSON.stringify(config) };
  const source: ConfigSource = { cwd: project(all), env, ...(load && { load }) };
  const telemetry = configureTelemetry(
    { onError: (error) => told.push(error), shutdown: { signals: false }, ...code },
    source,
  );
  onTestFinished(() => telemetry.shutdown());
  return { telemetry, messages: () => told.map(({ message }) => message), told };
}

const attributesOf = (telemetry: Telemetry) => telemetry.resource.attributes;
const pointsOf = (telemetry: Telemetry) => telemetry.snapshot().metrics.find(({ name }) => name === 'c')?.points;
const namesOf = (telemetry: Telemetry): readonly string[] => telemetry.health().exporters.map(({ name }) => name);

/** Makers of exporters that keep what they were made with. */
function recording() {
  const made: Record<string, Record<string, unknown>> = {};
  const load: LoadPackage = () =>
    new Proxy(
      {},
      {
        get:
          (_, maker) =>
          (options: Readonly<Record<string, unknown>> = {}) => {
            const name = String(options.name ?? String(maker));
            made[name] = { ...options };
            const exporter: Exporter = { name, exportMetrics: async () => {}, exportSpans: async () => {} };
            return exporter;
          },
      },
    );
  return { made, load };
}

describe('file, code and environment', () => {
  it.each<[string, Setting, (telemetry: Telemetry) => unknown, unknown]>([
    ['name: package.json', {}, (t) => attributesOf(t)['service.name'], 'shop'],
    [
      'name: file over package.json',
      { config: { service: { name: 'file' } } },
      (t) => attributesOf(t)['service.name'],
      'file',
    ],
    [
      'name: code over file',
      { config: { service: { name: 'file' } }, code: { service: { name: 'code' } } },
      (t) => attributesOf(t)['service.name'],
      'code',
    ],
    [
      'name: environment over code',
      {
        config: { service: { name: 'file' } },
        code: { service: { name: 'code' } },
        env: { OTEL_SERVICE_NAME: 'variable' },
      },
      (t) => attributesOf(t)['service.name'],
      'variable',
    ],
    [
      'version: package.json beside a name from code',
      { code: { service: { name: 'code' } } },
      (t) => attributesOf(t)['service.version'],
      '1.2.3',
    ],
    [
      'service: each key by itself',
      {
        config: {
          service: { environment: 'file', namespace: 'file', attributes: { a: 'file', b: 'file', c: 'file' } },
        },
        code: { service: { environment: 'code', attributes: { b: 'code', c: 'code' } } },
        env: { OTEL_RESOURCE_ATTRIBUTES: 'c=variable' },
      },
      (t) => {
        const { a, b, c, 'service.namespace': namespace, 'deployment.environment.name': environment } = attributesOf(t);
        return { a, b, c, namespace, environment };
      },
      { a: 'file', b: 'code', c: 'variable', namespace: 'file', environment: 'code' },
    ],
    [
      'attributes: each key by itself',
      { config: { attributes: { a: 'file', b: 'file' } }, code: { attributes: { b: 'code' } } },
      (t) => {
        t.counter('c').add(1);
        return t.snapshot().metrics.find(({ name }) => name === 'c')?.points[0]?.attributes;
      },
      { a: 'file', b: 'code' },
    ],
    [
      'cardinality: file beside code',
      { config: { cardinality: { perInstrument: 5, total: 6 } }, code: { cardinality: { total: 7 } } },
      (t) => t.health().cardinality.limit,
      { perInstrument: 5, total: 7 },
    ],
    [
      'sampling: environment over file',
      {
        config: { sampling: { ratio: 1 }, signals: { spans: true } },
        env: { OTEL_TRACES_SAMPLER: 'parentbased_always_off' },
      },
      (t) => t.span('x', (span) => span.spanContext().traceFlags),
      0,
    ],
    [
      'sampling: code over file',
      { config: { sampling: { ratio: 0 }, signals: { spans: true } }, code: { sampling: { ratio: 1 } } },
      (t) => t.span('x', (span) => span.spanContext().traceFlags),
      1,
    ],
    [
      'operations: code’s list in place of the file’s',
      { config: { operations: { disable: ['job', 'lock'] } }, code: { operations: { disable: ['task'] } } },
      (t) => [t.observes('job'), t.observes('task')],
      [true, false],
    ],
    [
      'operations: the file’s',
      { config: { operations: { disable: ['job'] } } },
      (t) => [t.observes('job'), t.observes('task')],
      [false, true],
    ],
    [
      'metrics: environment, code and file beside each other',
      {
        config: { metrics: { disable: ['a'], rename: { b: 'c' } } },
        code: { metrics: { rename: { d: 'e' } } },
        env: { OTEL_METRICS_EXEMPLAR_FILTER: 'always_off' },
      },
      (t) => {
        for (const name of ['a', 'b', 'd']) t.counter(name).add(1);
        return t
          .snapshot()
          .metrics.map(({ name }) => name)
          .filter((name) => name.length === 1);
      },
      ['c', 'e'],
    ],
    [
      'spanLimits: the file’s',
      { config: { spanLimits: { attributes: 1 }, signals: { spans: true } } },
      (t) =>
        t.span(
          'x',
          (span) =>
            Object.keys((span.setAttributes({ a: 1, b: 2 }) as unknown as { attributes: object }).attributes ?? {})
              .length,
        ),
      0,
    ],
    [
      'disabled: environment over file',
      { config: { disabled: false }, env: { OTEL_SDK_DISABLED: 'true' } },
      (t) => t.observes('job'),
      false,
    ],
    [
      'disabled: file',
      { config: { disabled: true, exporters: [{ type: 'prometheus' }] } },
      (t) => [t.observes('job'), namesOf(t)],
      [false, []],
    ],
  ])('%s', (_, setting, look, expected) => {
    const { telemetry, messages } = configured(setting);
    expect(look(telemetry)).toEqual(expected);
    expect(messages()).toEqual([]);
  });

  it('take no intervals away from each other but those they both have', () => {
    const { made, load } = recording();
    configured({
      config: {
        interval: 30,
        exporters: [
          { type: 'statsd' },
          { type: 'otlp', interval: { metrics: 7 } },
          { type: 'splunk', interval: 3, config: { token: 't', url: 'https://s' } },
        ],
      },
      code: { interval: { spans: 2 } },
      load,
    });
    expect(made.statsd?.interval).toEqual({ metrics: 30, spans: 2, events: 30 });
    expect(made.otlp?.interval).toEqual({ metrics: 7, spans: 2, events: 30 });
    expect(made.splunk?.interval).toBe(3);
  });

  it('let the environment say how often metrics are exported, but not to exporters made in code', () => {
    const { made, load } = recording();
    const ofCode = { ...memoryExporter({ name: 'code' }), interval: 5 };
    const { telemetry } = configured({
      config: { exporters: [{ type: 'otlp', interval: { metrics: 7, spans: 8 } }] },
      code: { exporters: [ofCode] },
      env: { OTEL_METRIC_EXPORT_INTERVAL: '1500' },
      load,
    });
    expect(made.otlp?.interval).toEqual({ metrics: 1.5, spans: 8 });
    expect(namesOf(telemetry)).toEqual(['code', 'otlp']);
    expect(ofCode.interval).toBe(5);
  });
});

describe('exporters', () => {
  it('are those of code, of the file and of the environment; by name the stronger replaces the weaker', () => {
    const { made, load } = recording();
    const { telemetry, messages } = configured({
      config: {
        exporters: [
          { type: 'statsd', name: 'a' },
          { type: 'statsd', name: 'b' },
          { type: 'statsd', name: 'off', enabled: false },
        ],
      },
      code: { exporters: [memoryExporter({ name: 'a' })] },
      env: { OTEL_TRACES_EXPORTER: 'otlp' },
      load,
    });
    expect(namesOf(telemetry)).toEqual(['a', 'b', 'otlp']);
    expect(Object.keys(made)).toEqual(['b', 'otlp']);
    expect(messages()).toEqual([]);
  });

  it('of the file that a variable does not name are left out, of its signal', () => {
    const { made, load } = recording();
    const { telemetry } = configured({
      config: { exporters: [{ type: 'prometheus' }, { type: 'otlp' }, { type: 'zipkin' }] },
      env: { OTEL_METRICS_EXPORTER: 'none', OTEL_TRACES_EXPORTER: 'otlp' },
      load,
    });
    expect(namesOf(telemetry)).toEqual(['otlp']);
    expect(made.otlp?.signals).toEqual(['spans', 'events']);
  });

  it('get the options that variables have for their type', () => {
    const { made, load } = recording();
    configured({
      config: {
        exporters: [
          { type: 'prometheus', config: { port: 1, host: 'file' } },
          { type: 'otlp', config: { url: 'http://file:4318' } },
        ],
      },
      env: {
        TELLTALE_PROMETHEUS_PORT: '9999',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://variable:4318',
        OTEL_EXPORTER_OTLP_HEADERS: 'a=b',
      },
      load,
    });
    expect(made.prometheus).toMatchObject({ port: 9999, host: 'file' });
    expect(made.otlp).toMatchObject({ headers: { a: 'b' } });
    expect(JSON.stringify(made.otlp?.url)).toContain('http://variable:4318');
  });

  it('that cannot be made show in health as failing, with path and mend, and everything else runs', async () => {
    const { telemetry, messages } = configured({
      config: {
        sampling: { ratio: 7 },
        exporters: [
          { type: 'prometheus', config: { port: 'many' } },
          { type: 'nonsense' },
          { type: 'prometheus', name: 'fine', config: { port: 0 } },
          { type: 'prometheus', name: 'fine', config: { port: 0 } },
          { type: 'azure_monitor', config: { connectionString: 'rubbish' } },
          'nothing',
        ],
      },
      code: { exporters: [memoryExporter({ name: 'memory' })] },
    });
    await vi.waitFor(() => expect(messages()).toHaveLength(6));
    const failing = telemetry.health().exporters.filter(({ status }) => status === 'failing');
    expect(failing.map(({ name, lastError }) => [name, lastError?.message])).toEqual([
      ['fine-2', expect.stringContaining('exporters[3].name')],
      ['azure_monitor', expect.stringContaining('exporters[4]')],
      [
        'prometheus',
        'telltale.config.json: "exporters[0].config.port" is "many"; give a whole number from 0 to 65535.',
      ],
      ['nonsense', expect.stringContaining('"exporters[1].type" is "nonsense"')],
      ['exporters[5]', expect.stringContaining('"exporters[5]" is "nothing"')],
    ]);
    expect(telemetry.health().status).toBe('degraded');
    expect(telemetry.health().problems).toMatchObject({ ERR_OPTION: 1, ERR_EXPORT: 5 });
    expect(namesOf(telemetry)).toContain('fine');
    telemetry.counter('orders').add(2);
    expect(telemetry.snapshot().metrics.find(({ name }) => name === 'orders')?.points).toMatchObject([{ value: 2 }]);
  });

  it('whose package is not installed say how to install it', async () => {
    const { telemetry } = configured({
      config: { exporters: [{ type: 'statsd' }], resourceDetectors: ['aws'], dashboard: true },
      load: (name) => {
        throw new Error(`${name} is not installed; run \`npm install ${name}\`.`);
      },
    });
    await vi.waitFor(() =>
      expect(telemetry.health().exporters[0]?.lastError?.message).toContain('npm install @telltale/exporter-statsd'),
    );
    expect(telemetry.health().problems.ERR_OPTION).toBe(2);
  });
});

describe('what the service gives in code', () => {
  it.each<[unknown, RegExp]>([
    [null, /takes an object of options/],
    [{ sampling: { ratio: 5 } }, /sampling\.ratio is 5/],
    [{ nonsense: 1 }, /Unknown option "nonsense"/],
    [{ dashboard: { prot: 1 } }, /"dashboard\.prot" is no option; did you mean "port"/],
    [{ interval: -1 }, /"interval" is -1; give a number from 0\.001/],
    [{ service: 'shop' }, /"service" is shop/],
    [{ service: { nam: 'shop' } }, /Unknown option "service\.nam"/],
    [{ exporters: {} }, /"exporters" is not an array/],
    [{ exporters: [null] }, /exporters\[0\] is null/],
  ])('throws where it is wrong: %j', (code, message) => {
    const cwd = project({});
    expect(() => configureTelemetry(code as ConfigureOptions, { cwd, env: {} })).toThrow(message);
  });

  it('keeps its tracer provider or sampler, and what a file says of sampling is told', () => {
    const sampler = { shouldSample: () => ({ decision: 2 }), toString: () => 'all' };
    const { telemetry, messages } = configured({
      config: { sampling: { ratio: 0 }, signals: { spans: true } },
      code: { sampling: { sampler } },
    });
    expect(telemetry.span('x', (span) => span.spanContext().traceFlags)).toBe(1);
    expect(messages()).toEqual([
      expect.stringMatching(/^telltale\.config\.json: "sampling" is left out: the service gives a/),
    ]);
  });

  it('is taken by its class, as it is', async () => {
    const clock = new ManualClock();
    const { telemetry } = configured({ code: { clock }, config: { logLevel: 'warn' } });
    const before = telemetry.monotonic();
    await clock.advance(5);
    expect(telemetry.monotonic() - before).toBe(5);
  });
});

describe('what core refuses although it was read', () => {
  it('is left out by sections, and told', async () => {
    const told: string[] = [];
    const creation = {
      settings: { service: { name: 'shop' }, attributes: { a: 'b' }, propagators: ['nonsense'] } as never,
      code: { service: { name: 'shop' } },
      operator: ['attributes', 'propagators'],
      fixed: { shutdown: { signals: false as const } },
      tell: (path: string) => (message: string) => told.push(`${path}: ${message}`),
    };
    const telemetry = createWith(creation);
    onTestFinished(() => telemetry.shutdown());
    expect(told).toEqual([
      expect.stringMatching(/^propagators: "propagators" of file and environment is left out: .*nonsense/),
    ]);
    telemetry.counter('c').add(1);
    expect(pointsOf(telemetry)).toMatchObject([{ attributes: { a: 'b' }, value: 1 }]);
    const settings = { service: { name: 'shop' }, attributes: { a: {} }, propagators: ['nonsense'] } as never;
    await createWith({ ...creation, settings }).shutdown();
    expect(told.at(-1)).toMatch(/^: Of file and environment only the exporters are taken/);
    expect(() => createWith({ ...creation, fixed: { gather: 5 as never } })).toThrow('"gather" is of type number');
  });

  it('has no part in what code gives: a tracer provider makes its own spans', () => {
    const provider = { getTracer: () => ({ startSpan: () => ({}), startActiveSpan: () => {} }) };
    const { telemetry, messages } = configured({
      config: { sampling: { ratio: 0.5 }, spanLimits: { events: 1 }, attributes: { a: 'b' } },
      code: { tracerProvider: provider as never },
      env: { OTEL_TRACES_SAMPLER: 'parentbased_always_off' },
    });
    expect(messages()).toEqual([
      expect.stringContaining('"sampling" is left out'),
      expect.stringContaining('"spanLimits" is left out'),
    ]);
    telemetry.counter('c').add(1);
    expect(pointsOf(telemetry)).toMatchObject([{ attributes: { a: 'b' } }]);
  });

  it('is a sampler in code where the environment says how many traces', () => {
    const sampler = { shouldSample: () => ({ decision: 2 }), toString: () => 'all' };
    const { telemetry, messages } = configured({
      config: { signals: { spans: true } },
      code: { sampling: { sampler } },
      env: { OTEL_TRACES_SAMPLER: 'parentbased_always_off' },
    });
    expect(telemetry.span('x', (span) => span.spanContext().traceFlags)).toBe(0);
    expect(messages()).toEqual([]);
  });
});

describe('problems', () => {
  it('are warnings where nobody listens, and nothing with the log level none', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    onTestFinished(() => warn.mockRestore());
    const cwd = project({ 'a.json': '{ "samplng": 1 }', 'b.json': '{ "samplng": 1, "logLevel": "none" }' });
    for (const file of ['a.json', 'b.json']) {
      await configureTelemetry({ shutdown: { signals: false } }, { cwd, env: {}, file }).shutdown();
    }
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining('a.json: "samplng" is no option'), { type: 'TelltaleWarning', code: 'ERR_OPTION' }],
    ]);
  });

  it('of a service without a name are told', () => {
    const { telemetry, messages } = configured({ files: { 'package.json': '{}' } });
    // Above it nobody has a name.
    expect(attributesOf(telemetry)['service.name']).toBe('unknown_service:node');
    expect(messages()).toEqual([expect.stringContaining('OTEL_SERVICE_NAME is not set')]);
  });
});

describe('the dashboard', () => {
  it('is served where it is asked for, and ends with the telemetry', async () => {
    const { telemetry } = configured({
      config: { dashboard: { port: 0, path: '/telltale' } },
      load: createRequire(import.meta.url),
    });
    await vi.waitFor(() => expect(namesOf(telemetry)).toContain('dashboard'));
    await telemetry.shutdown();
  });

  it('whose port is taken is a problem, and the service runs', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const { telemetry, messages } = configured({
      config: { dashboard: { port } },
      load: createRequire(import.meta.url),
    });
    await vi.waitFor(() =>
      expect(messages()).toEqual([expect.stringMatching(/^The dashboard is not served: .*taken.*"dashboard\.port"/s)]),
    );
    telemetry.counter('c').add(1);
    expect(telemetry.snapshot().metrics.some(({ name }) => name === 'c')).toBe(true);
  });

  it.each<[string, Setting, object | undefined]>([
    ['nobody asks', {}, undefined],
    ['only a token is in the environment', { env: { TELLTALE_DASHBOARD_TOKEN: 'x' } }, undefined],
    [
      'the file says no and only a token is in the environment',
      { config: { dashboard: false }, env: { TELLTALE_DASHBOARD_TOKEN: 'x' } },
      undefined,
    ],
    [
      'the file asks, the token is in the environment',
      { config: { dashboard: true }, env: { TELLTALE_DASHBOARD_TOKEN: 'x' } },
      { token: 'x' },
    ],
    [
      'the port is in the environment',
      { config: { dashboard: { path: '/live', port: 1 } }, env: { TELLTALE_DASHBOARD_PORT: '2' } },
      { port: 2, path: '/live' },
    ],
    [
      'code asks for another',
      { config: { dashboard: { path: '/live', port: 1 } }, code: { dashboard: { port: 3 } } },
      { port: 3, path: '/live' },
    ],
    ['code wants none', { config: { dashboard: { port: 1 } }, code: { dashboard: false } }, undefined],
  ])('%s', async (_, setting, expected) => {
    const asked: object[] = [];
    const dashboard = (__: unknown, options: object) => ({
      listen: async (place: object) => {
        asked.push({ ...options, ...place });
        return { close: async () => {} };
      },
    });
    configured({ ...setting, load: () => ({ dashboard }) });
    expect(asked).toEqual(expected === undefined ? [] : [expected]);
  });
});

describe('where it runs', () => {
  it('is asked of the detectors that are named, of those in code where the file’s are replaced', async () => {
    const detector = (value: string) => ({ detect: () => ({ attributes: { 'cloud.region': value } }) });
    const load: LoadPackage = () => ({ awsDetectors: () => [detector('file')], hostDetector: detector('host') });
    const config = { resourceDetectors: ['aws', 'host'] };
    const ofFile = configured({ config, load }).telemetry;
    await ofFile.flush();
    expect(attributesOf(ofFile)['cloud.region']).toMatch(/file|host/);
    const ofCode = configured({ config, load, code: { resourceDetectors: [detector('code')] } }).telemetry;
    await ofCode.flush();
    expect(attributesOf(ofCode)['cloud.region']).toBe('code');
  });
});

describe('CommonJS', () => {
  it('requires it, and has its telemetry at once', () => {
    const program = `
      const { configureTelemetry } = require('@telltale/config');
      const telemetry = configureTelemetry({ service: { name: 'old' } }, { env: {}, file: false });
      telemetry.counter('orders').add(3);
      console.log(JSON.stringify([telemetry.snapshot().metrics[0].points[0].value, telemetry.resource.attributes['service.name']]));
      telemetry.shutdown();`;
    const cwd = fileURLToPath(new URL('..', import.meta.url));
    const output = execFileSync(process.execPath, ['--no-warnings', '-e', program], { cwd, encoding: 'utf8' });
    expect(JSON.parse(output)).toEqual([3, 'old']);
  });
});

describe('TypeScript where Node does not strip types', () => {
  it.each(['ts', 'mts'])('is told with what to do: .%s', (end) => {
    const source = (name: string): string =>
      stripTypeScriptTypes(readFileSync(new URL(`file/${name}.ts`, import.meta.url), 'utf8')).replace(
        'unreadable.ts',
        'unreadable.mjs',
      );
    const cwd = project({
      'load-module.mjs': source('load-module'),
      'unreadable.mjs': source('unreadable'),
      [`telltale.config.${end}`]: 'export const config = { logLevel: "none" as const };',
      'main.mjs': `
        import { loadModule } from './load-module.mjs';
        try { loadModule(process.argv[2]); } catch (error) { console.log(error.message); }`,
    });
    const args = ['--no-warnings', '--no-experimental-strip-types', 'main.mjs', join(cwd, `telltale.config.${end}`)];
    const said = execFileSync(process.execPath, args, { cwd, encoding: 'utf8' });
    expect(said).toMatch(/Node does not strip types.*as \.mjs, \.json or \.yaml/);
  });
});
