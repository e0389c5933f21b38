import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTelemetry } from '@telltale/core';
import { ManualClock } from '@telltale/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exportersWith, findPackage, readEnvironment, VARIABLES } from './index.ts';

const config = (env: Record<string, string>) => readEnvironment(env).config;
const problems = (env: Record<string, string>) => readEnvironment(env).problems.map(({ message }) => message);

/** What nobody says anything of. */
const NOTHING = {
  config: {},
  described: {},
  exporters: {},
  implied: {},
  overrides: {},
  otlp: { metrics: {}, spans: {}, events: {} },
  interval: {},
  problems: [],
};

describe('readEnvironment', () => {
  it('gives what the variables say as plain data, in the shape of a file', () => {
    const read = readEnvironment({
      OTEL_SERVICE_NAME: 'checkout',
      OTEL_RESOURCE_ATTRIBUTES:
        'service.version=1.4.0,deployment.environment.name=production,service.namespace=shop,service.instance.id=pod-7,team=pay%2Cments',
      OTEL_TRACES_EXPORTER: 'console',
      OTEL_METRICS_EXPORTER: 'prometheus,console',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_METRIC_EXPORT_INTERVAL: '15000',
      OTEL_METRIC_EXPORT_TIMEOUT: '2500',
      OTEL_BSP_SCHEDULE_DELAY: '500',
      OTEL_BLRP_SCHEDULE_DELAY: '250',
      OTEL_EXPORTER_PROMETHEUS_HOST: '0.0.0.0',
      OTEL_EXPORTER_PROMETHEUS_PORT: '9000',
      OTEL_EXPORTER_ZIPKIN_ENDPOINT: 'http://zipkin:9411/api/v2/spans',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
      OTEL_PROPAGATORS: 'b3, tracecontext',
      OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '10',
      OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '99',
      OTEL_METRICS_EXEMPLAR_FILTER: 'always_off',
      OTEL_NODE_RESOURCE_DETECTORS: 'env,gcp,aws',
      OTEL_LOG_LEVEL: 'WARN',
      TELLTALE_RUNTIME: 'true',
      TELLTALE_CONFIG: '/etc/telltale.yaml',
      TELLTALE_DASHBOARD_PORT: '9465',
      TELLTALE_DASHBOARD_HOST: '0.0.0.0',
      TELLTALE_DASHBOARD_TOKEN: 'long and random',
    });
    expect(structuredClone(read)).toEqual({
      ...NOTHING,
      config: {
        service: {
          name: 'checkout',
          version: '1.4.0',
          environment: 'production',
          namespace: 'shop',
          instanceId: 'pod-7',
          attributes: { team: 'pay,ments' },
        },
        sampling: { ratio: 0.25 },
        spanLimits: { attributes: 10, attributeLength: 99 },
        propagators: ['b3', 'tracecontext'],
        metrics: { exemplars: 'always_off' },
        resourceDetectors: ['google_cloud', 'aws'],
        runtime: true,
        logLevel: 'warn',
        dashboard: { port: 9465, host: '0.0.0.0', token: 'long and random' },
      },
      file: '/etc/telltale.yaml',
      exporters: { metrics: ['prometheus', 'console'], spans: ['console'], events: [] },
      overrides: { prometheus: { host: '0.0.0.0', port: 9000 }, zipkin: { url: 'http://zipkin:9411/api/v2/spans' } },
      interval: { metrics: 15, spans: 0.5, events: 0.25 },
      metricsTimeout: 2.5,
    });
  });

  it('says nothing where nothing is set, and has what package.json says beside it', () => {
    expect(readEnvironment({})).toEqual(NOTHING);
    const described = { name: 'shop', version: '3.0.0' };
    expect(readEnvironment({}, { describe: () => described })).toEqual({ ...NOTHING, described });
  });

  it('takes an empty variable for one that is not set', () => {
    expect(readEnvironment(Object.fromEntries(VARIABLES.map(({ name }) => [name, ' '])))).toEqual(NOTHING);
  });

  it('lives without a description that cannot be had', () => {
    const throwing = () => {
      throw new Error('no such folder');
    };
    expect(readEnvironment({}, { describe: throwing })).toEqual(NOTHING);
  });

  it('is off when OTEL_SDK_DISABLED is true, in whatever case, and on over a file that is off when it is false', () => {
    expect(config({ OTEL_SDK_DISABLED: 'True' })).toEqual({ disabled: true });
    expect(config({ OTEL_SDK_DISABLED: 'false' })).toEqual({ disabled: false });
    expect(config({ OTEL_SDK_DISABLED: '1' })).toEqual({});
    expect(problems({ OTEL_SDK_DISABLED: '1' })).toEqual(['OTEL_SDK_DISABLED is "1". Use true or false.']);
  });

  it('says of a problem where it stands and what was found', () => {
    expect(readEnvironment({ TELLTALE_RUNTIME: 'yes' }).problems).toEqual([
      {
        source: 'environment',
        path: 'TELLTALE_RUNTIME',
        found: 'yes',
        message: 'TELLTALE_RUNTIME is "yes". Use true or false.',
      },
    ]);
  });
});

describe('the service', () => {
  it('has the name of OTEL_SERVICE_NAME before that of the resource attributes', () => {
    const attributes = { OTEL_RESOURCE_ATTRIBUTES: 'service.name=from-attributes' };
    expect(config({ OTEL_SERVICE_NAME: 'shop', ...attributes }).service).toEqual({ name: 'shop' });
    expect(config(attributes).service).toEqual({ name: 'from-attributes' });
  });

  it('takes the environment from the attribute of today before the one of before, and keeps neither among the others', () => {
    const both = 'deployment.environment=old,deployment.environment.name=new,x=1';
    expect(config({ OTEL_RESOURCE_ATTRIBUTES: both }).service).toEqual({ environment: 'new', attributes: { x: '1' } });
    expect(config({ OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=old' }).service).toEqual({ environment: 'old' });
  });

  it('leaves out resource attributes that are no pairs, and keeps the others', () => {
    const env = { OTEL_RESOURCE_ATTRIBUTES: 'a=1,nonsense,=2,b=%zz, c = 3=4 ,,__proto__=5' };
    expect(config(env).service).toEqual({ attributes: { a: '1', c: '3=4' } });
    expect(problems(env)).toEqual(
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
    expect(config(env).sampling).toEqual({ ratio });
    expect(problems(env)).toEqual([]);
  });

  it.each([
    ['always_on', 1],
    ['always_off', 0],
    ['traceidratio', 0.5],
  ])('%s is taken as the parent-based one, and a warning says what differs', (sampler, ratio) => {
    const env = { OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: '0.5' };
    expect(config(env).sampling).toEqual({ ratio });
    expect(problems(env)).toEqual([
      `OTEL_TRACES_SAMPLER is "${sampler}". It is taken as parentbased_${sampler}: where a caller has decided on a trace, its decision holds.`,
    ]);
  });

  it.each(['2', '-0.1', 'half', '0.5.5', '10%'])('takes all traces where the share is %s', (share) => {
    const env = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: share };
    expect(config(env).sampling).toEqual({ ratio: 1 });
    expect(problems(env)).toEqual([
      `OTEL_TRACES_SAMPLER_ARG is "${share}". Use a number from 0 (no traces) to 1 (all); 1 is taken.`,
    ]);
  });

  it('that there is none of counts as not set', () => {
    const env = { OTEL_TRACES_SAMPLER: 'jaeger_remote' };
    expect(config(env).sampling).toBeUndefined();
    expect(problems(env)).toEqual([
      'OTEL_TRACES_SAMPLER is "jaeger_remote". Use parentbased_always_on, parentbased_always_off, parentbased_traceidratio, always_on, always_off or traceidratio.',
    ]);
  });
});

describe('propagators', () => {
  it('are none when none are asked for, and the default when only unknown ones are', () => {
    expect(config({ OTEL_PROPAGATORS: 'none' }).propagators).toEqual([]);
    expect(config({ OTEL_PROPAGATORS: 'jaeger' }).propagators).toBeUndefined();
    expect(problems({ OTEL_PROPAGATORS: 'jaeger,baggage' })).toEqual([
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
    expect(config(env).spanLimits).toEqual({ attributes: 1, events: 3, eventAttributes: 5, linkAttributes: 2 });
    expect(problems(env)).toEqual(['OTEL_SPAN_LINK_COUNT_LIMIT is "-4". Use a whole number, 0 or more.']);
  });
});

describe('resource detectors', () => {
  it.each([
    ['all', ['aws', 'google_cloud', 'azure', 'host', 'process']],
    ['none', []],
    ['env,serviceinstance', []],
    ['host', ['host']],
    ['alibaba', undefined],
  ])('of %s are %j', (words, detectors) => {
    expect(config({ OTEL_NODE_RESOURCE_DETECTORS: words }).resourceDetectors).toEqual(detectors);
  });

  it('that there are none of are told of', () => {
    expect(problems({ OTEL_NODE_RESOURCE_DETECTORS: 'aws,container' })).toEqual([
      'OTEL_NODE_RESOURCE_DETECTORS is "aws,container". "container" is left out: use all, aws, gcp, google_cloud, azure, host, process, env, serviceinstance or none.',
    ]);
  });
});

describe('variables that begin with TELLTALE_', () => {
  it('and are none are told of, with the nearest that there is, and without their value, which may be a secret', () => {
    expect(
      problems({
        TELLTALE_PROMETEUS_PORT: '1',
        TELLTALE_SERVICE_NAME: 'a',
        TELLTALE_METRICS_EXPORTER: 'otlp',
        TELLTALE_DASHBOARD_TOKN: 's3cret',
        TELLTALE_COLOUR: 'red',
        OTEL_WHATEVER: '1',
      }),
    ).toEqual([
      'TELLTALE_PROMETEUS_PORT is set. Telltale has no such variable: did you mean TELLTALE_PROMETHEUS_PORT?',
      'TELLTALE_SERVICE_NAME is set. Telltale has no such variable: did you mean OTEL_SERVICE_NAME?',
      'TELLTALE_METRICS_EXPORTER is set. Telltale has no such variable: did you mean OTEL_METRICS_EXPORTER?',
      'TELLTALE_DASHBOARD_TOKN is set. Telltale has no such variable: did you mean TELLTALE_DASHBOARD_TOKEN?',
      `TELLTALE_COLOUR is set. Telltale has no such variable: of its own there is ${VARIABLES.map(({ name }) => name)
        .filter((name) => name.startsWith('TELLTALE_'))
        .join(', ')}.`,
    ]);
  });

  it('and are read by other packages, or come from Kubernetes because a service there is called telltale, are left alone', () => {
    expect(
      problems({
        TELLTALE_GATHER: 'pipe',
        TELLTALE_SIDECAR_PORT: '4318',
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
  const known = VARIABLES.map(({ name }) => name as string);
  const values = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('none', 'prometheus', 'console', 'otlp', 'true', 'traceidratio', '0', '0.5', '-1', '9999999999'),
    fc.constantFrom(
      'http://',
      'https://u:p@h/x?k=v#f',
      'collector:4317',
      'http://[::1]:4318/v1/traces/',
      '/etc/passwd',
    ),
    fc
      .array(fc.constantFrom('a=b', '%', 'service.name=', 'none', 'b3', ','), { maxLength: 5 })
      .map((parts) => parts.join(',')),
  );
  const names = fc.oneof(
    fc.constantFrom(...known),
    fc.constantFrom('__proto__', 'constructor', 'TELLTALE_', 'TELLTALE_X', 'OTEL_EXPORTER_JAEGER_ENDPOINT'),
    fc.string(),
  );
  const readFile = (): string => {
    throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
  };

  it('gives options that createTelemetry takes, and never throws; each problem names its variable', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(names, values)), (entries) => {
        const read = readEnvironment(Object.fromEntries(entries), { readFile });
        const { sampling, spanLimits, metrics, runtime } = read.config;
        const { namespace: _, ...service } = read.config.service ?? {};
        void createTelemetry({
          service: { name: 'shop', ...service },
          ...(sampling && { sampling }),
          ...(spanLimits && { spanLimits }),
          ...(metrics && { metrics }),
          ...(runtime !== undefined && { runtime }),
          clock: new ManualClock(),
          shutdown: { signals: false },
        }).shutdown();
        for (const { source, path, message } of read.problems) {
          expect(source).toBe('environment');
          expect(entries.map(([name]) => name)).toContain(path);
          expect(message.startsWith(`${path} is `)).toBe(true);
          expect(message.length).toBeLessThan(900);
        }
        expect(() => exportersWith([], read)).not.toThrow();
      }),
    );
  });

  it('shows no secrets', () => {
    const secret = 'p4ss-w0rd';
    fc.assert(
      fc.property(fc.constantFrom(...known), fc.constantFrom(...SECRETIVE), (name, write) => {
        const isSecret = /HEADERS|TOKEN/.test(name);
        if (!isSecret && !write(secret).includes('://')) return;
        const { problems: told } = readEnvironment({ [name]: write(secret) }, { readFile });
        expect(JSON.stringify(told)).not.toContain(secret);
      }),
    );
  });
});

/** Ways in which one gets into a variable. */
const SECRETIVE: readonly ((secret: string) => string)[] = [
  (secret) => secret,
  (secret) => `authorization=Bearer ${secret},${secret}`,
  (secret) => `a=%${secret}`,
  (secret) => `a=${secret}\n`,
  (secret) => `ftp://user:${secret}@host/path`,
  (secret) => `http://user:${secret}@host:99999`,
  (secret) => `grpc://host/v1?api-key=${secret}`,
  (secret) => `http://host/v1/metrics?api-key=${secret}`,
  (secret) => `http://user:${secret}@host/v1/metrics`,
  (secret) => `http://user:a/${secret}@b@host`,
];

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
