import type { Exporter } from '@telltale/core';
import { HttpClient } from '@telltale/exporter-kit';
import { contextOf, sampleEvents, sampleSnapshot, sampleSpans } from '@telltale/testing';
import { type OtlpBackend, openOtlpBackend } from '@telltale-internal/backends';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { dynatrace, grafanaCloud, honeycomb, jaeger, lightstep, type OtlpShape } from './index.ts';

type Spelling = NonNullable<OtlpShape['resource']>;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function opened(options: Parameters<typeof openOtlpBackend>[0]): Promise<OtlpBackend> {
  const backend = await openOtlpBackend(options);
  closing.push(backend.close);
  return backend;
}

/** Sends everything that the exporter takes, and says which signals those are. */
async function send(exporter: Exporter): Promise<readonly string[]> {
  closing.push(() => exporter.shutdown?.());
  const results = {
    metrics: await exporter.exportMetrics?.(
      sampleSnapshot({ temporality: exporter.temporality ?? 'cumulative' }),
      contextOf(),
    ),
    spans: await exporter.exportSpans?.(sampleSpans(), contextOf()),
    events: await exporter.exportEvents?.(sampleEvents(), contextOf()),
  };
  for (const result of Object.values(results)) if (result !== undefined) expect(result?.rejected).toBe(0);
  return Object.entries(results).flatMap(([signal, result]) => (result === undefined ? [] : [signal]));
}

/** Where it would send to; nothing leaves. */
async function addressOf(exporter: Exporter): Promise<string> {
  const send = vi.spyOn(HttpClient.prototype, 'send');
  send.mockResolvedValue({ status: 200, headers: {}, body: Buffer.alloc(0), target: '' });
  try {
    await exporter.exportSpans?.(sampleSpans(), contextOf());
    return send.mock.calls[0]?.[0].url.href ?? '';
  } finally {
    send.mockRestore();
  }
}

describe('honeycomb()', () => {
  it('sends all signals, with its headers, as differences', async () => {
    const backend = await opened({
      headers: { 'x-honeycomb-team': 'key', 'x-honeycomb-dataset': 'shop-metrics' },
      temporality: 'delta',
    });
    const exporter = honeycomb({ apiKey: 'key', dataset: 'shop-metrics', url: backend.url });
    expect(exporter).toMatchObject({ name: 'honeycomb', backend: 'honeycomb', temporality: 'delta' });
    expect(await send(exporter)).toEqual(['metrics', 'spans', 'events']);
  });

  it('sends totals where asked to', () => {
    expect(honeycomb({ apiKey: 'key', temporality: 'cumulative' }).temporality).toBe('cumulative');
  });
});

describe('lightstep()', () => {
  it('sends metrics and spans to paths of its own', async () => {
    const backend = await opened({
      headers: { 'lightstep-access-token': 'token' },
      paths: { metrics: '/metrics/otlp/v0.9', spans: '/v1/traces' },
    });
    const exporter = lightstep({ accessToken: 'token', url: `${backend.url}/` });
    expect(exporter).toMatchObject({ name: 'lightstep', backend: 'lightstep', temporality: 'cumulative' });
    expect(await send(exporter)).toEqual(['metrics', 'spans']);
  });
});

describe('grafanaCloud()', () => {
  it('sends all signals to its gateway, with the credentials of the stack, as totals', async () => {
    const backend = await opened({
      headers: { authorization: `Basic ${Buffer.from('123456:glc_token').toString('base64')}` },
      paths: { metrics: '/otlp/v1/metrics', spans: '/otlp/v1/traces', events: '/otlp/v1/logs' },
      temporality: 'cumulative',
    });
    const options = { instanceId: 123456, token: 'glc_token', zone: 'prod-eu-west-0', url: `${backend.url}/otlp` };
    const exporter = grafanaCloud(options);
    expect(exporter).toMatchObject({ name: 'grafanaCloud', backend: 'grafana-cloud', temporality: 'cumulative' });
    expect(await send(exporter)).toEqual(['metrics', 'spans', 'events']);
  });
});

describe('dynatrace()', () => {
  it('sends all signals in protobuf, within its limits, as differences and without summaries', async () => {
    const backend = await opened({
      headers: { authorization: 'Api-Token dt0c01.x' },
      paths: {
        metrics: '/api/v2/otlp/v1/metrics',
        spans: '/api/v2/otlp/v1/traces',
        events: '/api/v2/otlp/v1/logs',
      },
      encodings: ['protobuf'],
      temporality: 'delta',
      maxBytes: 4_000_000,
      maxItems: 15_000,
    });
    const exporter = dynatrace({ environment: 'abc12345', token: 'dt0c01.x', url: `${backend.url}/api/v2/otlp` });
    expect(exporter).toMatchObject({ name: 'dynatrace', backend: 'dynatrace', temporality: 'delta' });
    expect(await send(exporter)).toEqual(['metrics', 'spans', 'events']);
    expect(JSON.stringify(backend.documents('metrics'))).not.toContain('"summary"');
  });
});

describe('jaeger()', () => {
  it('sends spans only', async () => {
    const backend = await opened({ paths: { spans: '/v1/traces' }, headers: { authorization: 'Bearer x' } });
    const exporter = jaeger({ url: backend.url, headers: { authorization: 'Bearer x' } });
    expect(exporter).toMatchObject({ name: 'jaeger', backend: 'jaeger' });
    expect(await send(exporter)).toEqual(['spans']);
  });

  it('takes the whole address as well', async () => {
    const backend = await opened({ paths: { spans: '/v1/traces' } });
    expect(await send(jaeger({ url: `${backend.url}/v1/traces` }))).toEqual(['spans']);
  });
});

describe.each([
  ['honeycomb', honeycomb({ apiKey: 'k' }), 'https://api.honeycomb.io/v1/traces'],
  ['honeycomb in the EU', honeycomb({ apiKey: 'k', region: 'eu' }), 'https://api.eu1.honeycomb.io/v1/traces'],
  ['lightstep', lightstep({ accessToken: 'k' }), 'https://ingest.lightstep.com/v1/traces'],
  ['lightstep in the EU', lightstep({ accessToken: 'k', region: 'eu' }), 'https://ingest.eu.lightstep.com/v1/traces'],
  [
    'grafanaCloud',
    grafanaCloud({ instanceId: '1', token: 'k', zone: 'prod-us-east-0' }),
    'https://otlp-gateway-prod-us-east-0.grafana.net/otlp/v1/traces',
  ],
  [
    'dynatrace',
    dynatrace({ environment: 'abc12345', token: 'k' }),
    'https://abc12345.live.dynatrace.com/api/v2/otlp/v1/traces',
  ],
  ['jaeger', jaeger(), 'http://localhost:4318/v1/traces'],
])('%s', (_, exporter, address) => {
  it(`sends to ${address}`, async () => {
    expect(await addressOf(exporter)).toBe(address);
  });
});

describe.each([
  ['honeycomb', (url: string, resource: Spelling) => honeycomb({ apiKey: 'k', url, resource })],
  ['lightstep', (url: string, resource: Spelling) => lightstep({ accessToken: 'k', url, resource })],
  [
    'grafanaCloud',
    (url: string, resource: Spelling) => grafanaCloud({ instanceId: 1, token: 'k', zone: 'z', url, resource }),
  ],
  ['dynatrace', (url: string, resource: Spelling) => dynatrace({ environment: 'a', token: 'k', url, resource })],
  ['jaeger', (url: string, resource: Spelling) => jaeger({ url, resource })],
])('%s', (_, make) => {
  it('sends the attributes of the service as `resource` spells them', async () => {
    const backend = await opened({ paths: { spans: '/v1/traces', metrics: '/metrics/otlp/v0.9' } });
    const exporter = make(backend.url, (attributes) => ({ ...attributes, stage: 'prod' }));
    await exporter.exportSpans?.(sampleSpans(), contextOf());
    await exporter.shutdown?.();
    const [document] = backend.documents('spans');
    expect(document?.resourceSpans?.[0]?.resource?.attributes).toContainEqual({
      key: 'stage',
      value: { stringValue: 'prod' },
    });
  });
});
