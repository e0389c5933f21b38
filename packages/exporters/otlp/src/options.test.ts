import { describe, expect, it } from 'vitest';
import { dynatrace, grafanaCloud, honeycomb, jaeger, lightstep, type OtlpOptions, otlp } from './index.ts';

const wrong = (options: unknown): OtlpOptions => options as OtlpOptions;

describe('options of otlp()', () => {
  it.each([
    [{ endpoint: 'http://localhost:4318' }, /"otlp.*endpoint"/],
    [
      { url: 'localhost:4318' },
      /"otlp.url" is "localhost:4318", which begins with neither http:\/\/ nor https:\/\/; write 'https:\/\/localhost:4318'\./,
    ],
    [{ url: 'grpc://collector:4317' }, /write 'https:\/\/collector:4317'/],
    [{ url: 'http://' }, /which is no URL/],
    [
      { url: 'http://collector:4318/v1/metrics' },
      /ends in it already; leave that off, or give url: { metrics: 'http:\/\/collector:4318\/v1\/metrics' }/,
    ],
    [{ url: 'http://collector:4318/v1/traces/' }, /url: { spans:/],
    [{ url: {} }, /"otlp.url" names no address/],
    [
      { url: { traces: 'http://collector:4318' } },
      /"otlp.url" has "traces"; give a string, or addresses for metrics, spans, events/,
    ],
    [{ url: { spans: 'collector' } }, /"otlp.url.spans" is "collector"/],
    [{ url: { spans: 4318 } }, /"otlp.url.spans" is 4318, give a string/],
    [
      { url: 'http://collector:4317/v1/metrics', protocol: 'grpc' },
      /but gRPC has no paths; write 'http:\/\/collector:4317', or set protocol: 'http\/protobuf'/,
    ],
    [{ protocol: 'http' }, /"otlp.protocol" is "http"; give 'http\/protobuf' or 'http\/json' or 'grpc'/],
    [{ compression: 'zstd' }, /"otlp.compression" is "zstd"; give 'gzip' or 'none'/],
    [{ temporality: 'lowmemory' }, /"otlp.temporality" is "lowmemory"/],
    [{ summaries: 'drop' }, /"otlp.summaries" is "drop"/],
    [
      { headers: { 'api-key': undefined } },
      /"otlp.headers" has undefined for "api-key"; give a string \(is the environment variable set\?\)/,
    ],
    [{ headers: { 'api key': 'x' } }, /"otlp.headers" cannot be sent/],
    [{ headers: 'api-key: x' }, /"otlp.headers" is "api-key: x"; give an object or a function/],
    [
      { authorize: async () => ({}), protocol: 'grpc' },
      /"otlp.authorize" sees requests of HTTP only; with gRPC give "headers"/,
    ],
    [{ authorize: 'Bearer x' }, /"otlp.authorize" is "Bearer x"; give a function/],
    [{ limits: { items: 0 } }, /"otlp.limits" has 0 for "items"; give a whole number above 0/],
    [{ limits: { spans: { bytes: 1.5 } } }, /"otlp.limits" has 1.5 for "bytes"/],
    [{ ca: '/etc/ssl/ca.pem' }, /"otlp.ca" is no PEM; give the text of the file, not its name/],
    [{ signals: ['traces'] }, /"otlp.signals" has "traces"/],
  ])('says what is wrong with %j', (options, message) => {
    expect(() => otlp(wrong(options))).toThrow(message);
    expect(() => otlp(wrong(options))).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
  });

  it('never says a header that may be a secret', () => {
    expect(() => otlp({ headers: { 'api-key': 'secret\n' } })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') }),
    );
  });

  it('needs none', () => {
    expect(otlp()).toMatchObject({ name: 'otlp', temporality: 'cumulative', backend: 'otlp' });
  });

  it('has a start only where something may be missing', () => {
    expect(otlp().start).toBeUndefined();
    expect(otlp({ protocol: 'grpc' }).start).toBeTypeOf('function');
  });
});

describe('options of presets', () => {
  it.each([
    [
      () => honeycomb(wrong({}) as never),
      /"honeycomb.apiKey" is missing \(is the environment variable set\?\); give an ingest key/,
    ],
    [() => honeycomb(wrong({ apiKey: 'k', region: 'ap' }) as never), /"honeycomb.region" is "ap"; give 'us' or 'eu'/],
    [() => honeycomb(wrong({ apiKey: 'k', dataset: '' }) as never), /"honeycomb.dataset" is no text/],
    [() => honeycomb(wrong({ apiKey: 'k', team: 'x' }) as never), /honeycomb.*team/],
    [() => lightstep(wrong({ accessToken: ' ' }) as never), /"lightstep.accessToken" is no text; give an access token/],
    [() => grafanaCloud(wrong({ token: 't', zone: 'z' }) as never), /"grafanaCloud.instanceId" is no text/],
    [
      () => grafanaCloud({ instanceId: 1, token: 't', zone: 'https://otlp-gateway-prod-eu-west-0.grafana.net' }),
      /"grafanaCloud.zone" is .* give the zone alone/,
    ],
    [
      () => dynatrace({ token: 't', environment: 'https://abc12345.live.dynatrace.com' }),
      /"dynatrace.environment" is .* give the id alone/,
    ],
    [() => dynatrace(wrong({ environment: 'abc12345' }) as never), /"dynatrace.token" is missing/],
    [
      () => jaeger({ url: 'jaeger:4318' }),
      /"jaeger.url.spans" is "jaeger:4318\/v1\/traces", which begins with neither/,
    ],
  ])('%# are checked', (make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
  });
});
