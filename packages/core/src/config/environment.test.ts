import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTelemetry } from '../index.ts';
import { ManualClock } from '../manual-clock.test-support.ts';
import { findPackage, readEnvironment, VARIABLES } from './index.ts';

const NAMED = { OTEL_SERVICE_NAME: 'shop' };

const options = (env: Record<string, string>) => readEnvironment({ ...NAMED, ...env }).options;
const exporters = (env: Record<string, string>) => readEnvironment({ ...NAMED, ...env }).exporters;
const warnings = (env: Record<string, string>) =>
  readEnvironment({ ...NAMED, ...env }).warnings.map(({ message }) => message);

describe('readEnvironment', () => {
  it('gives the whole configuration as plain data', () => {
    const config = readEnvironment({
      OTEL_SERVICE_NAME: 'checkout',
      OTEL_RESOURCE_ATTRIBUTES:
        'service.version=1.4.0,deployment.environment.name=production,service.instance.id=pod-7,team=pay%2Cments',
      OTEL_TRACES_EXPORTER: 'console',
      OTEL_METRICS_EXPORTER: 'prometheus,console',
      OTEL_METRIC_EXPORT_INTERVAL: '15000',
      OTEL_EXPORTER_PROMETHEUS_HOST: '0.0.0.0',
      OTEL_EXPORTER_PROMETHEUS_PORT: '9000',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
      OTEL_PROPAGATORS: 'b3, tracecontext',
      OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '10',
      OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '99',
      OTEL_LOG_LEVEL: 'WARN',
      TELLTALE_RUNTIME: 'true',
    });
    expect(structuredClone(config)).toEqual({
      disabled: false,
      options: {
        service: {
          name: 'checkout',
          version: '1.4.0',
          environment: 'production',
          instanceId: 'pod-7',
          attributes: { team: 'pay,ments' },
        },
        sampling: { ratio: 0.25 },
        spanLimits: { attributes: 10, attributeLength: 99 },
        propagators: ['b3', 'tracecontext'],
        runtime: true,
      },
      exporters: [
        { type: 'prometheus', config: { host: '0.0.0.0', port: 9000 } },
        { type: 'console', config: { signals: ['metrics', 'spans'], interval: { metrics: 15 } } },
      ],
      logLevel: 'warn',
      warnings: [],
    });
  });

  it('serves metrics to Prometheus on the port of its default where nothing is set', () => {
    expect(readEnvironment(NAMED)).toEqual({
      disabled: false,
      options: { service: { name: 'shop' } },
      exporters: [{ type: 'prometheus', config: { host: 'localhost', port: 9464 } }],
      logLevel: 'info',
      warnings: [],
    });
  });

  it('takes an empty variable for one that is not set', () => {
    const empty = Object.fromEntries(VARIABLES.map(({ name }) => [name, ' ']));
    expect(readEnvironment({ ...empty, ...NAMED })).toEqual(readEnvironment(NAMED));
  });

  it('reads nothing beside the environment it is given', () => {
    expect(readEnvironment({}).options.service).toEqual({ name: 'unknown_service:node' });
  });

  it('is off when OTEL_SDK_DISABLED is true, in whatever case', () => {
    expect(readEnvironment({ ...NAMED, OTEL_SDK_DISABLED: 'True' }).disabled).toBe(true);
    expect(readEnvironment({ ...NAMED, OTEL_SDK_DISABLED: 'false' }).disabled).toBe(false);
    expect(readEnvironment({ ...NAMED, OTEL_SDK_DISABLED: '1' }).disabled).toBe(false);
    expect(warnings({ OTEL_SDK_DISABLED: '1' })).toEqual(['OTEL_SDK_DISABLED is "1". Use true or false.']);
  });
});

describe('the service', () => {
  const describePackage = () => ({ name: 'from-package', version: '3.0.0' });

  it('has the name of OTEL_SERVICE_NAME, else of the resource attributes, else of package.json', () => {
    const name = (env: Record<string, string>) =>
      readEnvironment(env, { describe: describePackage }).options.service.name;
    const attributes = { OTEL_RESOURCE_ATTRIBUTES: 'service.name=from-attributes' };
    expect(name({ ...NAMED, ...attributes })).toBe('shop');
    expect(name(attributes)).toBe('from-attributes');
    expect(name({})).toBe('from-package');
  });

  it('has the version of the resource attributes, else of package.json', () => {
    const version = (env: Record<string, string>) =>
      readEnvironment({ ...NAMED, ...env }, { describe: describePackage }).options.service.version;
    expect(version({ OTEL_RESOURCE_ATTRIBUTES: 'service.version=1' })).toBe('1');
    expect(version({})).toBe('3.0.0');
  });

  it('goes by the name of OpenTelemetry for unknown services, with a warning, where nobody knows better', () => {
    const throwing = () => {
      throw new Error('no such folder');
    };
    const config = readEnvironment({}, { describe: throwing });
    expect(config.options.service).toEqual({ name: 'unknown_service:node' });
    expect(config.warnings).toEqual([
      {
        variable: 'OTEL_SERVICE_NAME',
        found: '',
        message:
          'OTEL_SERVICE_NAME is not set. The service goes by "unknown_service:node": set it to the name of the service.',
      },
    ]);
  });

  it('takes the environment from the attribute of today before the one of before, and keeps neither among the others', () => {
    const both = 'deployment.environment=old,deployment.environment.name=new,x=1';
    expect(options({ OTEL_RESOURCE_ATTRIBUTES: both }).service).toEqual({
      name: 'shop',
      environment: 'new',
      attributes: { x: '1' },
    });
    expect(options({ OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=old' }).service.environment).toBe('old');
  });

  it('leaves out resource attributes that are no pairs, and keeps the others', () => {
    const env = { OTEL_RESOURCE_ATTRIBUTES: 'a=1,nonsense,=2,b=%zz, c = 3=4 ,,__proto__=5' };
    expect(options(env).service.attributes).toEqual({ a: '1', c: '3=4' });
    expect(warnings(env)).toEqual(
      ['nonsense', '=2', 'b=%zz', '__proto__=5'].map(
        (pair) =>
          `OTEL_RESOURCE_ATTRIBUTES is "a=1,nonsense,=2,b=%zz, c = 3=4 ,,__proto__=5". "${pair}" is left out: write key=value, with %2C for a comma, %3D for = and %25 for %.`,
      ),
    );
  });
});

describe('the sampler', () => {
  it.each([
    ['parentbased_always_on', undefined, 1],
    ['parentbased_always_off', undefined, 0],
    ['parentbased_traceidratio', '0.5', 0.5],
    ['parentbased_traceidratio', '1e-3', 0.001],
    ['parentbased_traceidratio', undefined, 1],
    ['PARENTBASED_ALWAYS_OFF', undefined, 0],
  ])('%s with %s records a share of %s', (sampler, argument, ratio) => {
    const env = { OTEL_TRACES_SAMPLER: sampler, ...(argument && { OTEL_TRACES_SAMPLER_ARG: argument }) };
    expect(options(env).sampling).toEqual({ ratio });
    expect(warnings(env)).toEqual([]);
  });

  it.each([
    ['always_on', 1],
    ['always_off', 0],
    ['traceidratio', 0.5],
  ])('%s is taken as the parent-based one, and a warning says what differs', (sampler, ratio) => {
    const env = { OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: '0.5' };
    expect(options(env).sampling).toEqual({ ratio });
    expect(warnings(env)).toEqual([
      `OTEL_TRACES_SAMPLER is "${sampler}". It is taken as parentbased_${sampler}: where a caller has decided on a trace, its decision holds.`,
    ]);
  });

  it.each(['2', '-0.1', 'half', '0.5.5', '10%'])('takes all traces where the share is %s', (share) => {
    const env = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: share };
    expect(options(env).sampling).toEqual({ ratio: 1 });
    expect(warnings(env)).toEqual([
      `OTEL_TRACES_SAMPLER_ARG is "${share}". Use a number from 0 (no traces) to 1 (all); 1 is taken.`,
    ]);
  });

  it('that there is none of counts as not set', () => {
    const env = { OTEL_TRACES_SAMPLER: 'jaeger_remote' };
    expect(options(env).sampling).toBeUndefined();
    expect(warnings(env)).toEqual([
      'OTEL_TRACES_SAMPLER is "jaeger_remote". Use parentbased_always_on, parentbased_always_off, parentbased_traceidratio, always_on, always_off or traceidratio.',
    ]);
  });
});

describe('exporters', () => {
  it.each([
    [{ OTEL_METRICS_EXPORTER: 'none' }, []],
    [{ OTEL_METRICS_EXPORTER: 'none', OTEL_TRACES_EXPORTER: 'console' }, ['spans']],
    [{ OTEL_METRICS_EXPORTER: 'Console', OTEL_TRACES_EXPORTER: 'none' }, ['metrics']],
  ])('%j are the console with %j', (env, signals) => {
    expect(exporters(env)).toEqual(signals.length === 0 ? [] : [{ type: 'console', config: { signals } }]);
    expect(warnings(env)).toEqual([]);
  });

  it('that there are none of are left out, with a warning that names those that there are', () => {
    const env = { OTEL_METRICS_EXPORTER: 'otlp', OTEL_TRACES_EXPORTER: 'zipkin,console' };
    expect(exporters(env)).toEqual([{ type: 'console', config: { signals: ['spans'] } }]);
    expect(warnings(env)).toEqual([
      'OTEL_METRICS_EXPORTER is "otlp". "otlp" is left out: use prometheus, console or none. OTLP is set up in code, by otlp() of @telltale/exporter-otlp.',
      'OTEL_TRACES_EXPORTER is "zipkin,console". "zipkin" is left out: use console or none.',
    ]);
  });

  it('asked for together with none are taken', () => {
    const env = { OTEL_METRICS_EXPORTER: 'none,console' };
    expect(exporters(env)).toEqual([{ type: 'console', config: { signals: ['metrics'] } }]);
    expect(warnings(env)).toEqual(['OTEL_METRICS_EXPORTER is "none,console". "none" stands alone; it is left out.']);
  });

  it('of OTLP are told of when only their endpoint is set, which is enough elsewhere', () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', OTEL_EXPORTER_OTLP_HEADERS: 'key=secret' };
    expect(exporters(env)).toEqual([{ type: 'prometheus', config: { host: 'localhost', port: 9464 } }]);
    expect(warnings(env)).toEqual([
      'OTEL_EXPORTER_OTLP_ENDPOINT is "http://collector:4318". OTLP is set up in code, by otlp() of @telltale/exporter-otlp: metrics are served to Prometheus instead.',
    ]);
  });

  it('TELLTALE_PROMETHEUS_PORT is stronger than the standard variable', () => {
    const env = { OTEL_EXPORTER_PROMETHEUS_PORT: '1', TELLTALE_PROMETHEUS_PORT: '0' };
    expect(exporters(env)).toEqual([{ type: 'prometheus', config: { host: 'localhost', port: 0 } }]);
  });

  it.each(['65536', '-1', '80.5', 'http', 'tcp://10.0.0.1:9464'])('a port of %s counts as not set', (port) => {
    const env = { TELLTALE_PROMETHEUS_PORT: port };
    expect(exporters(env)).toEqual([{ type: 'prometheus', config: { host: 'localhost', port: 9464 } }]);
    expect(warnings(env)).toEqual([`TELLTALE_PROMETHEUS_PORT is "${port}". Use a whole number from 0 to 65535.`]);
  });
});

describe('propagators', () => {
  it('are none when none are asked for, and the default when only unknown ones are', () => {
    expect(options({ OTEL_PROPAGATORS: 'none' }).propagators).toEqual([]);
    expect(options({ OTEL_PROPAGATORS: 'jaeger' }).propagators).toBeUndefined();
    expect(warnings({ OTEL_PROPAGATORS: 'jaeger,baggage' })).toEqual([
      'OTEL_PROPAGATORS is "jaeger,baggage". "jaeger" is left out: use tracecontext, baggage, b3, b3multi, xray or none.',
    ]);
  });
});

describe('span limits', () => {
  it('are those of spans before the general ones', () => {
    const env = {
      OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '1',
      OTEL_ATTRIBUTE_COUNT_LIMIT: '2',
      OTEL_SPAN_EVENT_COUNT_LIMIT: '3',
      OTEL_SPAN_LINK_COUNT_LIMIT: '-4',
      OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: '5',
    };
    expect(options(env).spanLimits).toEqual({ attributes: 1, events: 3, eventAttributes: 5, linkAttributes: 2 });
    expect(warnings(env)).toEqual(['OTEL_SPAN_LINK_COUNT_LIMIT is "-4". Use a whole number, 0 or more.']);
  });
});

describe('variables that begin with TELLTALE_', () => {
  it('and are none are told of, with the nearest that there is', () => {
    expect(
      warnings({
        TELLTALE_PROMETEUS_PORT: '1',
        TELLTALE_SERVICE_NAME: 'a',
        TELLTALE_COLOUR: 'red',
        OTEL_WHATEVER: '1',
      }),
    ).toEqual([
      'TELLTALE_PROMETEUS_PORT is "1". Telltale has no such variable: did you mean TELLTALE_PROMETHEUS_PORT?',
      'TELLTALE_SERVICE_NAME is "a". Telltale has no such variable: did you mean OTEL_SERVICE_NAME?',
      'TELLTALE_COLOUR is "red". Telltale has no such variable: of its own there is TELLTALE_PROMETHEUS_PORT, TELLTALE_RUNTIME.',
    ]);
  });

  it('and come from Kubernetes, because a service there is called telltale, are left alone', () => {
    expect(
      warnings({
        TELLTALE_SERVICE_HOST: '10.0.0.1',
        TELLTALE_SERVICE_PORT: '9464',
        TELLTALE_SERVICE_PORT_METRICS: '9464',
        TELLTALE_PORT: 'tcp://10.0.0.1:9464',
        TELLTALE_METRICS_PORT_9464_TCP_ADDR: '10.0.0.1',
      }),
    ).toEqual([]);
  });
});

describe('any environment', () => {
  const values = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('none', 'prometheus', 'console', 'otlp', 'true', 'traceidratio', '0', '0.5', '-1', '9999999999'),
    fc
      .array(fc.constantFrom('a=b', '%', 'service.name=', 'none', 'b3', ','), { maxLength: 5 })
      .map((parts) => parts.join(',')),
  );
  const names = fc.oneof(
    fc.constantFrom(...VARIABLES.map(({ name }) => name as string)),
    fc.constantFrom('__proto__', 'constructor', 'TELLTALE_', 'TELLTALE_X', 'OTEL_EXPORTER_OTLP_ENDPOINT'),
    fc.string(),
  );

  it('gives options that createTelemetry takes, and never throws', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(names, values)), (entries) => {
        const { options, exporters, warnings } = readEnvironment(Object.fromEntries(entries));
        // `propagators` load packages that an application brings itself.
        const { propagators, ...rest } = options;
        void createTelemetry({ ...rest, clock: new ManualClock(), shutdown: { signals: false } }).shutdown();
        for (const exporter of exporters) expect(['prometheus', 'console']).toContain(exporter.type);
        for (const { message } of warnings) expect(message.length).toBeLessThan(700);
      }),
    );
  });
});

describe('findPackage', () => {
  it('gives the next package.json upwards that has a name', () => {
    const folder = mkdtempSync(join(tmpdir(), 'telltale-package-'));
    try {
      mkdirSync(join(folder, 'dist/deep'), { recursive: true });
      writeFileSync(join(folder, 'package.json'), '{"name":"shop","version":"1.2.3","private":true}');
      writeFileSync(join(folder, 'dist/package.json'), '{"type":"commonjs"}');
      writeFileSync(join(folder, 'dist/deep/package.json'), 'no JSON');
      expect(findPackage(join(folder, 'dist/deep'))).toEqual({ name: 'shop', version: '1.2.3' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('gives nothing where there is none', () => {
    expect(findPackage(join(tmpdir(), 'no/such/folder'))).toBeUndefined();
  });
});
