import type { Exporter } from '@telltale/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CONFIGS, loadHere } from './configs.test-support.ts';
import { exporterEntry, type ParsedExporterEntry } from './exporter-entry.ts';
import { INTEGRATIONS, type IntegrationType, integrationOf } from './integrations.ts';
import { makeExporters } from './make-exporters.ts';
import { isSecret } from './secret.ts';

const TYPES = INTEGRATIONS.map(({ type }) => type);
/** What the makers take from the environment, where the machine that tests has it. */
const VARIABLES = ['DD_API_KEY', 'DD_SITE', 'DD_AGENT_HOST', 'DD_DOGSTATSD_PORT', 'SPLUNK_HEC_URL', 'SPLUNK_HEC_TOKEN'];

beforeEach(() => {
  for (const name of VARIABLES) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_REGION', 'eu-west-1');
});
afterEach(() => void vi.unstubAllEnvs());

function make(type: IntegrationType, config: unknown, rest: object = {}) {
  const entry = exporterEntry.parse({ type, config, ...rest });
  const made = makeExporters([{ path: 'exporters[0]', source: 'a.yaml', entry }], { load: loadHere, folder: '/srv' });
  return made[0]!;
}

/** What there is of an exporter; functions only by their names. */
function shapeOf({ name: _, ...exporter }: Exporter): object {
  return Object.fromEntries(
    Object.entries(exporter)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, typeof value === 'function' ? 'function' : value]),
  );
}

function pathsOf(entry: unknown): readonly string[] {
  return exporterEntry.safeParse(entry).error?.issues.map(({ path }) => path.join('.')) ?? [];
}

it('every type has its configurations here', () => {
  expect(Object.keys(CONFIGS).sort()).toEqual([...TYPES].sort());
});

describe.each(TYPES)('%s', (type) => {
  const { least, full, inCode } = CONFIGS[type];
  const options = Object.keys(integrationOf(type).config.shape);

  it('with the least that must be said is the exporter that code makes, called like its type', () => {
    const { exporter, problem } = make(type, least);
    expect(problem).toBeUndefined();
    expect(exporter.name).toBe(type);
    expect(shapeOf(exporter)).toEqual(shapeOf(inCode()));
  });

  it('takes every option that its definition has', () => {
    for (const config of full) expect(make(type, config).problem).toBeUndefined();
    expect(new Set(full.flatMap(Object.keys))).toEqual(new Set(options));
  });

  it('refuses each option of another type, with its path', () => {
    for (const option of options) {
      const paths = pathsOf({ type, config: { ...least, [option]: [[]] } });
      expect(paths.length, option).toBeGreaterThan(0);
      for (const path of paths) expect(path).toMatch(new RegExp(`^config\\.${option}(\\.|$)`));
    }
  });

  it('refuses an option that it does not have, and an entry without what it must have', () => {
    expect(pathsOf({ type, config: { ...least, nonsense: 1 } })).toEqual(['config']);
    expect(pathsOf({ type, config: least, nonsense: 1 })).toEqual(['']);
    for (const option of Object.keys(least)) {
      if (integrationOf(type).config.shape[option]?.safeParse(undefined).success) continue;
      const { [option]: __, ...others } = least;
      expect(pathsOf({ type, config: others })).toEqual([`config.${option}`]);
      expect(pathsOf({ type })).toContain('config');
    }
  });

  it('takes only signals that it can send', () => {
    const { signals } = integrationOf(type);
    for (const signal of ['metrics', 'spans', 'events'] as const) {
      const paths = pathsOf({ type, config: least, signals: [signal] });
      expect(paths).toEqual(signals.includes(signal) ? [] : ['signals.0']);
    }
  });

  it('puts what every exporter takes onto the exporter', () => {
    const { exporter, problem } = make(type, least, {
      name: 'second',
      interval: 20,
      timeout: 3,
      metrics: { include: ['http.*'], exclude: ['*.size'], prefix: 'shop.' },
      sampling: { ratio: 0.5 },
      rateLimit: 2,
      adaptiveInterval: { max: 600 },
      circuitBreaker: { failures: 2 },
    });
    expect(problem).toBeUndefined();
    expect(exporter).toMatchObject({
      name: 'second',
      timeout: 3,
      delivery: {
        filter: { metrics: { include: ['http.*'], exclude: ['*.size'] } },
        prefix: 'shop.',
        sampling: { ratio: 0.5 },
        rateLimit: 2,
        adaptiveInterval: { max: 600 },
        circuitBreaker: { failures: 2 },
      },
    });
    expect(exporter.interval).toBe(integrationOf(type).served ? undefined : 20);
  });

  it('takes dimensions, or says what to do instead', () => {
    const { dimensions, dimensionsMean } = integrationOf(type);
    const entry = { type, config: least, dimensions: { stage: 'prod' } };
    if (dimensions === undefined) {
      expect(exporterEntry.safeParse(entry).error?.issues).toMatchObject([
        { path: ['dimensions'], message: dimensionsMean },
      ]);
    } else expect(make(type, least, { dimensions: { stage: 'prod' } }).problem).toBeUndefined();
  });

  it('marks everything that looks like a secret as one', () => {
    const secrets = options.filter((option) => /key|token|credential|header|password|auth|connection/i.test(option));
    const shown = ['keyFile', ...(type === 'otlp' ? ['credentials'] : [])];
    for (const option of secrets) {
      expect(isSecret(integrationOf(type).config.shape[option]!), option).toBe(!shown.includes(option));
    }
  });
});

describe('what the makers would refuse, the definitions refuse with the path', () => {
  it.each<[IntegrationType, object, string]>([
    ['prometheus', { port: 65_536 }, 'config.port'],
    ['prometheus', { path: 'metrics' }, 'config.path'],
    ['prometheus', { prefix: '1st' }, 'config.prefix'],
    ['prometheus', { labels: { le: '1' } }, 'config.labels.le'],
    ['prometheus', { labels: { stage: 1 } }, 'config.labels.stage'],
    ['otlp', { url: 'localhost:4318' }, 'config.url'],
    ['otlp', { limits: { items: 0 } }, 'config.limits.items'],
    ['otlp', { ca: '/etc/ca.pem' }, 'config.ca'],
    ['zipkin', { url: 'http://zipkin:9411' }, 'config.url'],
    ['zipkin', { traceIdBits: 32 }, 'config.traceIdBits'],
    ['grafana_cloud', { zone: 'https://otlp' }, 'config.zone'],
    ['dynatrace', { environment: 'abc.live' }, 'config.environment'],
    ['newrelic', { licenseKey: 'NRAK-1' }, 'config.licenseKey'],
    ['aws_cloudwatch', { namespace: 'AWS/Shop' }, 'config.namespace'],
    ['aws_cloudwatch', { namespace: ' ' }, 'config.namespace'],
    ['aws_cloudwatch', { region: 'Ireland' }, 'config.region'],
    ['aws_cloudwatch', { credentials: { accessKeyId: 'x' } }, 'config.credentials.secretAccessKey'],
    ['aws_cloudwatch_emf', { fields: { _aws: 1 } }, 'config.fields._aws'],
    ['aws_xray', { origin: 'ECS' }, 'config.origin'],
    ['aws_xray', { annotations: Array(51).fill('a') }, 'config.annotations'],
    ['google_cloud', { metricPrefix: 'shop' }, 'config.metricPrefix'],
    ['google_cloud', { endpoint: 'monitoring.googleapis.com' }, 'config.endpoint'],
    ['datadog', { apiKey: 'two words' }, 'config.apiKey'],
    ['statsd', { host: 'http://daemon' }, 'config.host'],
    ['statsd', { maxDatagram: 100 }, 'config.maxDatagram'],
    ['statsd', { timerSamples: 0 }, 'config.timerSamples'],
    ['splunk', { quantiles: [2] }, 'config.quantiles.0'],
    ['splunk', { sourcetype: { logs: 'x' } }, 'config.sourcetype'],
  ])('%s %o', (type, wrong, path) => {
    const config = { ...CONFIGS[type].least, ...wrong };
    expect(pathsOf({ type, config })).toEqual([path]);
    const entry = { type, config } as ParsedExporterEntry;
    const [made] = makeExporters([{ path: 'x', source: 'y', entry }], { load: loadHere, folder: '/srv' });
    expect(made?.problem).toBeDefined();
  });
});

describe('what is beside `config`', () => {
  it.each<[object, string]>([
    [{ name: '' }, 'name'],
    [{ enabled: 'yes' }, 'enabled'],
    [{ metrics: { include: 'http.*' } }, 'metrics.include'],
    [{ metrics: { prefix: '1.' } }, 'metrics.prefix'],
    [{ attributes: { 'tenant.id': [] } }, 'attributes.tenant.id'],
    [{ attributes: { 'tenant.id': 'acme' } }, 'attributes.tenant.id'],
    [{ signals: [] }, 'signals'],
    [{ sampling: { ratio: 2 } }, 'sampling.ratio'],
    [{ interval: 0 }, 'interval'],
    [{ interval: { traces: 1 } }, 'interval'],
    [{ timeout: 3_000_000 }, 'timeout'],
    [{ rateLimit: 0 }, 'rateLimit'],
    [{ adaptiveInterval: 600 }, 'adaptiveInterval'],
    [{ circuitBreaker: true }, 'circuitBreaker'],
    [{ budget: { perMonth: -1 } }, 'budget.perMonth'],
    [{ spool: { directory: '/x', maxBytes: 1 } }, 'spool.maxBytes'],
    [{ tenants: { attribute: 'tenant.id', names: [] } }, 'tenants.names'],
    [{ tenants: { attribute: 'tenant.id', names: Array(101).fill('a') } }, 'tenants.names'],
  ])('is refused with its path: %o', (wrong, path) => {
    expect(pathsOf({ type: 'otlp', ...wrong })).toEqual([path]);
  });
});
