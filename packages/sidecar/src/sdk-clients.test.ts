import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { OTLPMetricExporter as JsonMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as JsonTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationType, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { memoryExporter } from '@telltale/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runningSidecar } from './running-sidecar.test-support.ts';

/** `AggregationTemporalityPreference` of OpenTelemetry's exporters. */
const PREFERENCES = { delta: 0, cumulative: 1 } as const;

const EXPORTERS = {
  protobuf: { Metrics: OTLPMetricExporter, Traces: OTLPTraceExporter },
  json: { Metrics: JsonMetricExporter, Traces: JsonTraceExporter },
} as const;

function sdkService(
  url: string,
  name: string,
  instance: string,
  encoding: keyof typeof EXPORTERS,
  temporality: keyof typeof PREFERENCES,
) {
  const exporter = new EXPORTERS[encoding].Metrics({
    url: `${url}/v1/metrics`,
    temporalityPreference: PREFERENCES[temporality],
  });
  const provider = new MeterProvider({
    resource: resourceFromAttributes({ 'service.name': name, 'service.instance.id': instance }),
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 86_400_000 })],
    views: [{ instrumentName: 'weight', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
  });
  onTestFinished(() => provider.shutdown());
  const meter = provider.getMeter('shop', '1.0');
  return { meter, flush: () => provider.forceFlush() };
}

describe.each(['protobuf', 'json'] as const)('the SDK of OpenTelemetry, in %s', (encoding) => {
  it.each(['cumulative', 'delta'] as const)('tells %s metrics, of which the totals are exact', async (temporality) => {
    const { url, scrape, problems } = await runningSidecar();
    const [one, two] = ['a', 'b'].map((instance) => sdkService(url, 'shop', instance, encoding, temporality)) as [
      ReturnType<typeof sdkService>,
      ReturnType<typeof sdkService>,
    ];
    for (const { meter, flush } of [one, two]) {
      const orders = meter.createCounter('orders', { unit: '{order}', description: 'Orders' });
      const active = meter.createUpDownCounter('active');
      const price = meter.createHistogram('price', { unit: 'EUR', advice: { explicitBucketBoundaries: [1, 5] } });
      const weight = meter.createHistogram('weight');
      meter.createObservableGauge('temperature').addCallback((result) => result.observe(21.5));
      for (let round = 1; round <= 3; round++) {
        orders.add(round, { plan: 'pro' });
        orders.add(1, { plan: 'free' });
        active.add(2);
        active.add(-1);
        for (const value of [0.5, 4, 9]) price.record(value);
        for (const value of [0, 2, 70.25]) weight.record(value);
        await flush();
      }
    }
    const totals = (instance: string): Record<string, number> => {
      const own = `service_instance_id="${instance}",service_name="shop"`;
      return {
        [`active{${own}}`]: 3,
        [`orders_total{plan="free",${own}}`]: 3,
        [`orders_total{plan="pro",${own}}`]: 6,
        [`price_EUR_bucket{le="+Inf",${own}}`]: 9,
        [`price_EUR_bucket{le="1",${own}}`]: 3,
        [`price_EUR_bucket{le="5",${own}}`]: 6,
        [`price_EUR_count{${own}}`]: 9,
        [`price_EUR_sum{${own}}`]: 40.5,
        [`temperature{${own}}`]: 21.5,
        [`weight_count{${own}}`]: 9,
        [`weight_sum{${own}}`]: 216.75,
      };
    };
    expect(await scrape(/^(orders|active|price|weight_(sum|count)|temperature)/)).toEqual({
      ...totals('a'),
      ...totals('b'),
    });
    expect(problems).toEqual([]);
  });

  it('tells spans, which exporters are handed with their service', async () => {
    const memory = memoryExporter();
    const { url, sidecar } = await runningSidecar({ exporters: [memory] });
    const provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'shop' }),
      spanProcessors: [
        new BatchSpanProcessor({ exporter: new EXPORTERS[encoding].Traces({ url: `${url}/v1/traces` }) }),
      ],
    });
    const tracer = provider.getTracer('t', '2');
    const parent = tracer.startSpan('order', { kind: 1, attributes: { sku: 'a', list: [1, 2] } });
    const child = tracer.startSpan('pay', { kind: 2 }, trace.setSpan(ROOT_CONTEXT, parent));
    child.recordException(new Error('no money'));
    child.setStatus({ code: 2, message: 'no money' });
    child.end();
    parent.end();
    await provider.shutdown();
    await sidecar.telemetry.flush();
    expect(memory.spans).toMatchObject([
      {
        name: 'pay',
        kind: 2,
        parentSpanId: parent.spanContext().spanId,
        status: 'error',
        statusMessage: 'no money',
        events: [{ name: 'exception', attributes: { 'exception.message': 'no money' } }],
        resource: { attributes: { 'service.name': 'shop' } },
        scope: { name: 't', version: '2' },
      },
      { name: 'order', kind: 1, traceId: parent.spanContext().traceId, attributes: { sku: 'a', list: [1, 2] } },
    ]);
    expect(memory.spans[0]?.resource).toBe(memory.spans[1]?.resource);
  });
});
