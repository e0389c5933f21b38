import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { OTLPMetricExporter as JsonMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as JsonTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { createTelemetry, type Exporter, fromOtelExporter, type Telemetry } from '@telltale/core';
import { ManualClock } from '@telltale/testing';
import { openOtlpBackend } from '@telltale-internal/backends';
import { describe, expect, it, onTestFinished } from 'vitest';
import { otlp } from './index.ts';

function recording(...exporters: readonly Exporter[]): Telemetry {
  return createTelemetry({
    service: { name: 'shop', version: '1', instanceId: 'i' },
    clock: new ManualClock(),
    shutdown: { signals: false },
    onError: () => {},
    metrics: { disable: ['telltale.*'] },
    exporters,
  });
}

async function opened() {
  const backend = await openOtlpBackend();
  onTestFinished(() => backend.close());
  return backend;
}

describe('the OTLP exporters of OpenTelemetry’s SDK, in our push loop', () => {
  it('send what otlp() sends', async () => {
    const [theirs, ours] = [await opened(), await opened()];
    const telemetry = recording(
      fromOtelExporter(new OTLPMetricExporter({ url: `${theirs.url}/v1/metrics` })),
      fromOtelExporter(new OTLPTraceExporter({ url: `${theirs.url}/v1/traces` })),
      otlp({ url: ours.url, signals: ['metrics', 'spans'] }),
    );
    telemetry.counter('orders', { unit: '{order}', description: 'Orders' }).add(3, { plan: 'pro', trial: false });
    telemetry.upDownCounter('sessions').add(2);
    telemetry.gauge('temperature').record(21.5);
    telemetry.histogram('price', { buckets: [1, 5] }).record(4.2);
    for (const value of [0, 2, 70.25]) telemetry.histogram('weight').record(value);
    telemetry.forService('auth').counter('logins').add(1);
    telemetry.span('order', (span) => {
      span.setAttributes({ sku: 'a', list: [1, 2] });
      span.addEvent('reserved', { at: 'shelf' });
      telemetry.span('pay', (inner) => inner.setStatus({ code: 2, message: 'no money' }));
    });
    await telemetry.shutdown();
    expect(telemetry.health().exporters).toMatchObject([
      { name: 'OTLPMetricExporter', status: 'ok', accepted: 6 },
      { name: 'OTLPTraceExporter', status: 'ok', accepted: 2 },
      { name: 'otlp', status: 'ok', accepted: 8 },
    ]);
    expect([theirs, ours].map(({ server }) => server.complaints)).toStrictEqual([[], []]);
    expect(plain(theirs.documents('spans'))).toStrictEqual(plain(ours.documents('spans')));
    const resources = (documents: ReturnType<typeof theirs.documents<'metrics'>>) =>
      documents.flatMap(({ resourceMetrics = [] }) => plain(resourceMetrics));
    // One request for each service; ours has all in one.
    expect(resources(theirs.documents('metrics'))).toStrictEqual(resources(ours.documents('metrics')));
  });

  it('deliver every difference once, whatever the backend answers', async () => {
    const backend = await opened();
    // Delta, as in its AggregationTemporalityPreference.
    const exporter = new OTLPMetricExporter({ url: `${backend.url}/v1/metrics`, temporalityPreference: 0 });
    const telemetry = recording(fromOtelExporter(exporter, { circuitBreaker: false }));
    const orders = telemetry.counter('orders').bind();
    for (const status of [200, 500, 404, 200, 401, 500, 200]) {
      if (status !== 200) backend.server.answer(status);
      orders.add(1);
      await telemetry.flush();
    }
    orders.add(1);
    await telemetry.shutdown();
    expect(backend.totals()).toStrictEqual(new Map([['orders', 8]]));
    expect(telemetry.health().exporters[0]).toMatchObject({ accepted: 4, rejected: 0, dropped: 0, unknown: 0 });
  });

  it('give up what the backend refuses for what it is, and only that', async () => {
    const backend = await opened();
    backend.server.poison('poisoned');
    const telemetry = recording(fromOtelExporter(new OTLPTraceExporter({ url: `${backend.url}/v1/traces` })));
    for (const name of ['a', 'b', 'poisoned', 'c', 'd']) telemetry.span(name, () => {});
    await telemetry.shutdown();
    expect(backend.spanCount()).toBe(4);
    expect(telemetry.health().exporters[0]).toMatchObject({ accepted: 4, rejected: 1 });
  });

  it('work with JSON as well', async () => {
    const bodies: unknown[] = [];
    const server = createServer(async (request, response) => {
      bodies.push(await json(request));
      response.setHeader('content-type', 'application/json').end('{}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const telemetry = recording(
      fromOtelExporter(new JsonMetricExporter({ url })),
      fromOtelExporter(new JsonTraceExporter({ url })),
    );
    telemetry.counter('orders').add(3);
    telemetry.span('order', () => {});
    await telemetry.shutdown();
    expect(JSON.stringify(bodies)).toContain('"name":"orders"');
    expect(bodies).toHaveLength(2);
    expect(telemetry.health().exporters).toMatchObject([{ accepted: 1 }, { accepted: 1 }]);
  });
});

/** What is 0, empty or missing is the same in OTLP; ours leaves out the start of gauges, which says nothing. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const { gauge } = value as { readonly gauge?: { readonly dataPoints: readonly object[] } };
  const given = gauge === undefined ? value : { ...value, gauge: { dataPoints: gauge.dataPoints.map(withoutStart) } };
  const entries = Object.entries(given).map(([key, of]) => [key, plain(of)] as const);
  return Object.fromEntries(entries.filter(([, of]) => of !== 0 && of !== '0' && JSON.stringify(of) !== '{}'));
}

function withoutStart(point: object): object {
  return Object.fromEntries(Object.entries(point).filter(([key]) => key !== 'startTimeUnixNano'));
}
