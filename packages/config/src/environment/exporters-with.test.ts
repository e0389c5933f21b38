import { describe, expect, it } from 'vitest';
import { exportersWith, readEnvironment } from './index.ts';

type Entries = Parameters<typeof exportersWith>[0];

const PEM = '-----BEGIN CERTIFICATE-----\n…';
const read = (env: Record<string, string>) => readEnvironment(env, { readFile: () => PEM });
const entriesWith = (env: Record<string, string>, entries: Entries = [], others: readonly string[] = []) =>
  exportersWith(entries, read(env), { others }).map(({ entry }) => entry);
const problems = (env: Record<string, string>) => read(env).problems.map(({ message }) => message);

describe('exporters that the environment asks for', () => {
  it.each([
    [{}, []],
    [{ OTEL_METRICS_EXPORTER: 'none' }, []],
    [{ OTEL_METRICS_EXPORTER: 'prometheus' }, [{ type: 'prometheus' }]],
    [{ OTEL_METRICS_EXPORTER: 'none', OTEL_TRACES_EXPORTER: 'console' }, [{ type: 'console', signals: ['spans'] }]],
    [{ OTEL_METRICS_EXPORTER: 'Console', OTEL_TRACES_EXPORTER: 'none' }, [{ type: 'console', signals: ['metrics'] }]],
    [
      { OTEL_METRICS_EXPORTER: 'otlp', OTEL_TRACES_EXPORTER: 'otlp,console', OTEL_LOGS_EXPORTER: 'otlp' },
      [{ type: 'otlp' }, { type: 'console', signals: ['spans'] }],
    ],
    [{ OTEL_METRICS_EXPORTER: 'aws_cloudwatch' }, [{ type: 'aws_cloudwatch' }]],
    [
      { OTEL_METRICS_EXPORTER: 'console', OTEL_METRIC_EXPORT_INTERVAL: '15000', OTEL_METRIC_EXPORT_TIMEOUT: '5000' },
      [{ type: 'console', signals: ['metrics'], interval: { metrics: 15 }, timeout: 5 }],
    ],
    [
      { OTEL_TRACES_EXPORTER: 'zipkin', OTEL_EXPORTER_ZIPKIN_ENDPOINT: 'http://zipkin:9411/api/v2/spans' },
      [{ type: 'zipkin', config: { url: 'http://zipkin:9411/api/v2/spans' } }],
    ],
  ])('by %j are %j', (env, entries) => {
    expect(entriesWith(env)).toEqual(entries);
    expect(problems(env)).toEqual([]);
  });

  it('that there are none of are left out, with a problem that names those that there are', () => {
    const env = { OTEL_METRICS_EXPORTER: 'promethus,console', OTEL_TRACES_EXPORTER: 'prometheus' };
    expect(entriesWith(env)).toEqual([{ type: 'console', signals: ['metrics'] }]);
    expect(problems(env)).toEqual([
      expect.stringMatching(
        /^OTEL_METRICS_EXPORTER is "promethus,console"\. "promethus" is left out: use prometheus, .* or none\.$/,
      ),
      expect.stringMatching(
        /^OTEL_TRACES_EXPORTER is "prometheus"\. "prometheus" is left out: use console, otlp, .* or none\. It takes metrics, and no spans\.$/,
      ),
    ]);
  });

  it('together with none are taken', () => {
    const env = { OTEL_METRICS_EXPORTER: 'none,console' };
    expect(entriesWith(env)).toEqual([{ type: 'console', signals: ['metrics'] }]);
    expect(problems(env)).toEqual(['OTEL_METRICS_EXPORTER is "none,console". "none" stands alone; it is left out.']);
  });

  it('are OTLP for metrics and spans when its endpoint is all that is set, as by OpenTelemetry', () => {
    expect(entriesWith({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' })).toEqual([
      { type: 'otlp', signals: ['metrics', 'spans'], config: { url: 'http://collector:4318' } },
    ]);
    expect(entriesWith({ OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://logs/otlp' })).toEqual([
      { type: 'otlp', signals: ['events'], config: { url: { events: 'http://logs/otlp' } } },
    ]);
  });

  it('are Prometheus when its port of ours is all that is set, also beside OTLP, which then has the spans', () => {
    expect(
      entriesWith({ TELLTALE_PROMETHEUS_PORT: '0', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }),
    ).toEqual([
      { type: 'prometheus', config: { port: 0 } },
      { type: 'otlp', signals: ['spans'], config: { url: 'http://collector:4318' } },
    ]);
  });

  it('TELLTALE_PROMETHEUS_PORT and _HOST are stronger than the standard variables', () => {
    const env = {
      OTEL_METRICS_EXPORTER: 'prometheus',
      OTEL_EXPORTER_PROMETHEUS_PORT: '1',
      TELLTALE_PROMETHEUS_PORT: '0',
      OTEL_EXPORTER_PROMETHEUS_HOST: '::1',
      TELLTALE_PROMETHEUS_HOST: '0.0.0.0',
    };
    expect(entriesWith(env)).toEqual([{ type: 'prometheus', config: { host: '0.0.0.0', port: 0 } }]);
  });

  it.each(['65536', '-1', '80.5', 'http', 'tcp://10.0.0.1:9464'])('a port of %s counts as not set', (port) => {
    const env = { OTEL_METRICS_EXPORTER: 'prometheus', TELLTALE_PROMETHEUS_PORT: port };
    expect(entriesWith(env)).toEqual([{ type: 'prometheus' }]);
    expect(problems(env)).toEqual([`TELLTALE_PROMETHEUS_PORT is "${port}". Use a whole number from 0 to 65535.`]);
  });

  it('are not added where code has one of that name', () => {
    const env = { OTEL_METRICS_EXPORTER: 'prometheus,aws_cloudwatch,console' };
    expect(entriesWith(env, [], ['prometheus', 'cloudwatch'])).toEqual([{ type: 'console', signals: ['metrics'] }]);
    expect(entriesWith({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }, [], ['mine'])).toEqual([]);
  });
});

describe('exporters of a file', () => {
  const file = [
    { type: 'prometheus', config: { port: 9000, path: '/m' } },
    { type: 'otlp', name: 'vendor', interval: 30, config: { url: 'https://vendor', headers: { 'x-team': 'pay' } } },
    { type: 'aws_xray', enabled: false },
    { type: 'carrier_pigeon' },
  ];

  it('stay as they are where the environment says nothing', () => {
    expect(exportersWith(file, read({}))).toEqual(file.map((entry, index) => ({ entry, index })));
  });

  it('lose the signals that go to other types, and are left out without any; those of other names are added', () => {
    expect(exportersWith(file, read({ OTEL_METRICS_EXPORTER: 'console' }))).toEqual([
      { entry: { ...file[1], signals: ['spans', 'events'] }, index: 1 },
      { entry: file[2], index: 2 },
      { entry: file[3], index: 3 },
      { entry: { type: 'console', signals: ['metrics'] } },
    ]);
    expect(
      entriesWith({ OTEL_METRICS_EXPORTER: 'none', OTEL_TRACES_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' }, file),
    ).toEqual([file[2], file[3]]);
  });

  it('get the options that variables have for their type, and keep the others', () => {
    const env = {
      TELLTALE_PROMETHEUS_PORT: '9464',
      OTEL_METRIC_EXPORT_INTERVAL: '5000',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
      OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Basic%20abc%3D',
      OTEL_EXPORTER_OTLP_TIMEOUT: '3000',
    };
    expect(entriesWith(env, file)).toEqual([
      { type: 'prometheus', config: { port: 9464, path: '/m' } },
      {
        type: 'otlp',
        name: 'vendor',
        interval: { metrics: 5, spans: 30, events: 30 },
        timeout: 3,
        config: { url: 'http://collector:4318', headers: { 'x-team': 'pay', authorization: 'Basic abc=' } },
      },
      file[2],
      file[3],
    ]);
  });

  it('are what counts where OTLP only has an endpoint, while a port of ours is a wish for Prometheus', () => {
    const spans = [{ type: 'aws_xray' }];
    expect(entriesWith({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }, spans)).toEqual(spans);
    expect(entriesWith({ TELLTALE_PROMETHEUS_PORT: '0' }, spans)).toEqual([
      ...spans,
      { type: 'prometheus', config: { port: 0 } },
    ]);
    expect(entriesWith({ TELLTALE_PROMETHEUS_PORT: '0' }, [{ type: 'statsd' }])).toEqual([{ type: 'statsd' }]);
  });

  it('that are switched off count as not there, and an added one has another name', () => {
    const off = [{ type: 'console', enabled: false }];
    expect(entriesWith({ OTEL_TRACES_EXPORTER: 'console' }, off)).toEqual([
      off[0],
      { type: 'console', name: 'console-environment', signals: ['spans'] },
    ]);
  });

  it('do not have to be what they should be', () => {
    const odd = [
      { type: 'prometheus', config: 'x' },
      { type: 'otlp', config: null, interval: 'often', signals: 'all' },
      { type: '__proto__', signals: ['x'] },
    ] as unknown as Entries;
    const env = {
      TELLTALE_PROMETHEUS_PORT: '1',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c',
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
    };
    expect(entriesWith(env, odd)).toMatchObject([
      { config: { port: 1 } },
      { config: { url: 'http://c' }, interval: { metrics: 1 } },
      { type: '__proto__' },
    ]);
  });
});

describe('OTLP', () => {
  const all = { OTEL_METRICS_EXPORTER: 'otlp', OTEL_TRACES_EXPORTER: 'otlp', OTEL_LOGS_EXPORTER: 'otlp' };

  it('is set up by the variables of all signals', () => {
    const env = {
      ...all,
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector:4318/base/',
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%2Cb, X-Team = pay ,',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'none',
      OTEL_EXPORTER_OTLP_TIMEOUT: '1500',
      OTEL_EXPORTER_OTLP_CERTIFICATE: '/etc/ca.pem',
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'Delta',
    };
    expect(entriesWith(env)).toEqual([
      {
        type: 'otlp',
        timeout: 1.5,
        config: {
          url: 'https://collector:4318/base/',
          headers: { 'api-key': 'a,b', 'x-team': 'pay' },
          protocol: 'http/json',
          compression: 'none',
          ca: PEM,
          temporality: 'delta',
        },
      },
    ]);
    expect(problems(env)).toEqual([]);
  });

  it('has whole addresses for signals that have one of their own, and the path added for the others', () => {
    const env = { ...all, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://traces/in' };
    expect(entriesWith(env)[0]?.config).toEqual({
      url: {
        metrics: 'http://localhost:4318/v1/metrics',
        spans: 'http://traces/in',
        events: 'http://localhost:4318/v1/logs',
      },
    });
    expect(entriesWith({ ...env, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318/x/?k=v' })[0]?.config).toEqual({
      url: {
        metrics: 'http://c:4318/x/v1/metrics?k=v',
        spans: 'http://traces/in',
        events: 'http://c:4318/x/v1/logs?k=v',
      },
    });
    expect(entriesWith({ ...env, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' })[0]?.config).toEqual({
      protocol: 'grpc',
      url: { metrics: 'http://localhost:4317', spans: 'http://traces/in', events: 'http://localhost:4317' },
    });
  });

  it('keeps the addresses of a file for signals that the environment has none for', () => {
    const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://traces/in' };
    const of = (url: unknown) =>
      entriesWith(env, [{ type: 'otlp', signals: ['metrics', 'spans'], config: { url } }])[0]?.config;
    expect(of('http://file')).toEqual({ url: { metrics: 'http://file/v1/metrics', spans: 'http://traces/in' } });
    expect(of({ metrics: 'http://file/m' })).toEqual({ url: { metrics: 'http://file/m', spans: 'http://traces/in' } });
  });

  it('is one exporter for each signal where they differ in what one exporter has but once', () => {
    const env = {
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=1,team=pay',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'api-key=2',
      OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '2000',
    };
    expect(entriesWith(env)).toEqual([
      {
        type: 'otlp',
        name: 'otlp-metrics',
        signals: ['metrics'],
        config: { headers: { 'api-key': '1', team: 'pay' } },
      },
      {
        type: 'otlp',
        name: 'otlp-spans',
        signals: ['spans'],
        timeout: 2,
        config: { headers: { 'api-key': '2', team: 'pay' } },
      },
    ]);
  });

  it('is told of what it cannot take, without secrets', () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://user:secret@collector:4318/v1/traces',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'collector:4318',
      OTEL_EXPORTER_OTLP_HEADERS: 'secret,api key=secret,a=sec%0Aret,b=1',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'thrift',
      OTEL_EXPORTER_OTLP_TIMEOUT: '10s',
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'lowmemory',
    };
    expect(problems(env)).toEqual([
      'OTEL_EXPORTER_OTLP_HEADERS is set. Its part 1 is left out: write key=value,key=value, with %2C for a comma in a value and %25 for %.',
      'OTEL_EXPORTER_OTLP_HEADERS is set. Its part 2 is left out: write key=value,key=value, with %2C for a comma in a value and %25 for %.',
      'OTEL_EXPORTER_OTLP_HEADERS is set. Its part 3 is left out: write key=value,key=value, with %2C for a comma in a value and %25 for %.',
      'OTEL_EXPORTER_OTLP_PROTOCOL is "thrift". Use http/protobuf, http/json or grpc.',
      'OTEL_EXPORTER_OTLP_TIMEOUT is "10s". Use a whole number from 1 to 2147483647.',
      'OTEL_EXPORTER_OTLP_ENDPOINT is "https://…@collector:4318/v1/traces". It is the address of all signals, and /v1/traces is added to it; it is taken without. Leave that off, or set the variable of the signal.',
      'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE is "lowmemory". It is taken as delta, which also holds for instruments that are observed.',
      'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT is "collector:4318". Use a URL with http:// or https://, such as http://localhost:4318.',
    ]);
    expect(entriesWith(env)).toMatchObject([
      { config: { url: 'https://user:secret@collector:4318', headers: { b: '1' }, temporality: 'delta' } },
    ]);
  });

  it('goes without a certificate that cannot be read, and says so', () => {
    const readFile = (path: string): string => {
      if (path === 'text') return 'no PEM';
      throw Object.assign(new Error(path), { code: 'ENOENT' });
    };
    const of = (path: string) => {
      const { otlp, problems } = readEnvironment({ OTEL_EXPORTER_OTLP_CERTIFICATE: path }, { readFile });
      return [otlp.metrics, ...problems.map(({ message }) => message)];
    };
    expect(of('missing')).toEqual([
      {},
      'OTEL_EXPORTER_OTLP_CERTIFICATE is "missing". The file cannot be read (ENOENT): name one in PEM.',
    ]);
    expect(of('text')).toEqual([
      {},
      'OTEL_EXPORTER_OTLP_CERTIFICATE is "text". The file is no PEM; certificates in it begin with -----BEGIN CERTIFICATE-----.',
    ]);
  });
});
