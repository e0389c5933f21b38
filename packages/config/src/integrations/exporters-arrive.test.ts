import { createTelemetry, type Telemetry } from '@telltale/core';
import type { PrometheusExporter } from '@telltale/exporter-prometheus';
import {
  awsTestOptions,
  type CloudWatchBackend,
  type DatadogBackend,
  type OtlpBackend,
  openCloudWatchBackend,
  openDatadogBackend,
  openOtlpBackend,
} from '@telltale-internal/backends';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MadeExporter } from '../integration.ts';
import { loadHere } from './configs.test-support.ts';
import { exporterEntry } from './exporter-entry.ts';
import { makeExporters } from './make-exporters.ts';

/** Several integrations at once, as a file has them; some cannot work. */
const entries = (cloudwatch: object, otlp: string, datadog: string): readonly object[] => [
  {
    type: 'aws_cloudwatch',
    name: 'cloudwatch-ops',
    config: { namespace: 'Ops', resourceDimensions: [], ...cloudwatch },
    metrics: { include: ['orders', 'queue.*'], exclude: ['*.size'] },
    dimensions: { Stage: 'prod' },
  },
  {
    type: 'aws_cloudwatch',
    config: { namespace: 'Shop/{tenant}', resourceDimensions: [], ...cloudwatch },
    metrics: { include: ['orders'] },
    dimensions: { Customer: '{tenant}' },
    tenants: { attribute: 'tenant.id', names: ['acme', 'globex'], rest: true },
  },
  {
    type: 'otlp',
    config: { url: otlp },
    metrics: { prefix: 'shop.' },
    attributes: { 'tenant.id': ['acme'], plan: ['pro', 'free'] },
    dimensions: { stage: 'prod' },
  },
  {
    type: 'datadog',
    config: { apiKey: 'key', endpoint: datadog, instanceTag: false, tags: { team: 'x', zone: 'a' } },
    metrics: { include: ['queue.*'] },
    dimensions: { team: 'payments' },
    signals: ['metrics'],
  },
  { type: 'prometheus', config: { port: 0, host: '127.0.0.1', targetInfo: false }, dimensions: { stage: 'prod' } },
  { type: 'aws_xray', name: 'traces' },
  { type: 'azure_monitor', name: 'azure', config: { instrumentationKey: 'no-key' } },
  { type: 'otlp', config: { url: 'http://localhost:1' } },
  { type: 'jaeger', enabled: false },
];

let backends: { cloudwatch: CloudWatchBackend; otlp: OtlpBackend; datadog: DatadogBackend };
let telemetry: Telemetry;
let made: readonly MadeExporter[];
let scrape = '';
const told: string[] = [];

beforeAll(async () => {
  const [cloudwatch, otlp, datadog] = await Promise.all([
    openCloudWatchBackend(),
    openOtlpBackend(),
    openDatadogBackend(0, { apiKey: 'key' }),
  ]);
  backends = { cloudwatch, otlp, datadog };
  made = makeExporters(
    entries(awsTestOptions(cloudwatch), otlp.url, datadog.url).map((entry, at) => ({
      path: `exporters[${at}]`,
      source: 'telltale.config.yaml',
      entry: exporterEntry.parse(entry),
    })),
    {
      folder: '/srv',
      load: (name) => {
        if (name === '@telltale/exporter-xray') throw new Error(`${name} is not installed.`);
        return loadHere(name);
      },
    },
  );
  telemetry = createTelemetry({
    service: { name: 'checkout' },
    exporters: made.map(({ exporter }) => exporter),
    metrics: { disable: ['telltale.*'] },
    shutdown: { signals: false },
    onError: ({ message }) => void told.push(message),
  });
  const orders = telemetry.counter('orders');
  orders.add(1, { 'tenant.id': 'acme', plan: 'pro' });
  orders.add(2, { 'tenant.id': 'acme', plan: 'trial' });
  orders.add(4, { 'tenant.id': 'globex', plan: 'pro' });
  orders.add(8, { 'tenant.id': 'initech', plan: 'pro' });
  orders.add(16);
  telemetry.gauge('queue.depth').record(3, { plan: 'pro' });
  telemetry.gauge('queue.size').record(5);
  for (const tenant of ['acme', 'globex']) {
    await telemetry.span('price', { attributes: { 'tenant.id': tenant, plan: 'pro' } }, () => {});
    await telemetry.job('invoice', { attributes: { 'tenant.id': tenant, plan: 'free' } }, async () => {});
  }
  await telemetry.flush();
  const served = made.find(({ exporter }) => exporter.name === 'prometheus')?.exporter as PrometheusExporter;
  scrape = await (await fetch(`http://127.0.0.1:${served.address?.port}/metrics`)).text();
});

afterAll(async () => {
  await telemetry.shutdown();
  await Promise.all(Object.values(backends).map((backend) => backend.close()));
});

/** `Namespace Metric {dimensions} value`. */
function cloudwatchSeries(): readonly string[] {
  return backends.cloudwatch.calls
    .flatMap(({ namespace, data }) =>
      data.map(({ MetricName, Dimensions = [], Value }) => {
        const dimensions = Dimensions.map(({ Name, Value: text }) => `${Name}=${text}`).sort();
        return `${namespace} ${MetricName} {${dimensions.join(',')}} ${Value}`;
      }),
    )
    .sort();
}

describe('several integrations of one file', () => {
  it('CloudWatch has the metrics that were asked for, with the dimensions', () => {
    expect(cloudwatchSeries().filter((series) => series.startsWith('Ops '))).toEqual([
      'Ops orders {Stage=prod,plan=pro,tenant.id=acme} 1',
      'Ops orders {Stage=prod,plan=pro,tenant.id=globex} 4',
      'Ops orders {Stage=prod,plan=pro,tenant.id=initech} 8',
      'Ops orders {Stage=prod,plan=trial,tenant.id=acme} 2',
      'Ops orders {Stage=prod} 16',
      'Ops queue.depth {Stage=prod,plan=pro} 3',
    ]);
  });

  it('each tenant has a namespace with nothing but its own, and one has the rest', () => {
    expect(cloudwatchSeries().filter((series) => series.startsWith('Shop'))).toEqual([
      'Shop/acme orders {Customer=acme,plan=pro,tenant.id=acme} 1',
      'Shop/acme orders {Customer=acme,plan=trial,tenant.id=acme} 2',
      'Shop/globex orders {Customer=globex,plan=pro,tenant.id=globex} 4',
      'Shop/rest orders {Customer=rest,plan=pro,tenant.id=initech} 8',
      'Shop/rest orders {Customer=rest} 16',
    ]);
    expect(backends.cloudwatch.server.complaints).toEqual([]);
  });

  it('OTLP has the series, spans and events with the attributes that were asked for', () => {
    const [document] = backends.otlp.documents('metrics');
    const resource = document?.resourceMetrics?.[0]?.resource?.attributes;
    expect(resource).toContainEqual({ key: 'stage', value: { stringValue: 'prod' } });
    expect(resource).toContainEqual({ key: 'service.name', value: { stringValue: 'checkout' } });
    const totals = backends.otlp.totals();
    expect(totals.get('shop.orders')).toBe(1);
    expect([...totals.keys()].filter((name) => !name.startsWith('shop.'))).toEqual([]);
    expect(totals.has('shop.queue.depth')).toBe(false);
    // The span, and the job with its own.
    expect(backends.otlp.spanCount()).toBe(2);
    expect(backends.otlp.eventCount()).toBe(1);
  });

  it('Datadog has its metrics and no other signal, with the tags of both places', () => {
    const { series, logs } = backends.datadog;
    expect(series.map(({ metric }) => metric).sort()).toEqual(['queue.depth', 'queue.size']);
    for (const { tags = [] } of series) {
      expect(tags).toEqual(expect.arrayContaining(['team:payments', 'zone:a']));
      expect(tags).not.toContain('team:x');
    }
    expect(logs).toEqual([]);
  });

  it('Prometheus is served everything, with labels', () => {
    const samples = scrape.split('\n').filter((line) => /^(orders|queue)/.test(line));
    expect(samples.sort()).toEqual([
      'orders_total{stage="prod",plan="pro",tenant_id="acme"} 1',
      'orders_total{stage="prod",plan="pro",tenant_id="globex"} 4',
      'orders_total{stage="prod",plan="pro",tenant_id="initech"} 8',
      'orders_total{stage="prod",plan="trial",tenant_id="acme"} 2',
      'orders_total{stage="prod"} 16',
      'queue_depth{stage="prod",plan="pro"} 3',
      'queue_size{stage="prod"} 5',
    ]);
  });

  it('what cannot work is told, and shows in health; everything else is well', () => {
    const status = telemetry
      .health()
      .exporters.map(({ name, status: is, lastError }) => [name, is, lastError?.message]);
    const problems = made.flatMap(({ problem }) => problem ?? []);
    expect(status).toEqual([
      ['cloudwatch-ops', 'ok', undefined],
      ['aws_cloudwatch-acme', 'ok', undefined],
      ['aws_cloudwatch-globex', 'ok', undefined],
      ['aws_cloudwatch-rest', 'ok', undefined],
      ['otlp', 'ok', undefined],
      ['datadog', 'ok', undefined],
      ['prometheus', 'ok', undefined],
      ['traces', 'failing', problems[0]],
      ['azure', 'failing', problems[1]],
      ['otlp-2', 'failing', problems[2]],
    ]);
    expect(problems).toEqual([
      'telltale.config.yaml: exporters[5] (aws_xray): @telltale/exporter-xray is not installed.',
      expect.stringMatching(/^telltale\.config\.yaml: "exporters\[6\]\.config\.instrumentationKey" /),
      'telltale.config.yaml: "exporters[7].name": there is an exporter called "otlp" already; give this one a name of its own.',
    ]);
    expect(told).toHaveLength(3);
  });
});
