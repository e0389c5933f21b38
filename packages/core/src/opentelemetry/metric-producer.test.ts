import { ValueType } from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Gathering, type GatheringRole, metricProducer } from '../index.ts';
import { testTelemetry } from '../telemetry.test-support.ts';
import { CUMULATIVE, collectedOf, DELTA, lastOf, readerOf, valuesOf } from './sdk-reading.test-support.ts';
import { SDKS } from './sdk-versions.test-support.ts';

describe.each(SDKS)('metricProducer with the SDK $version', (sdk) => {
  const { metrics } = sdk;

  it('gives all types of metrics to a reader of which it is the only producer', async () => {
    const { telemetry, clock } = testTelemetry();
    telemetry.counter('orders', { unit: '{order}', description: 'Orders placed' }).add(3, { plan: 'pro' });
    telemetry.upDownCounter('sessions').add(-2);
    telemetry.gauge('temperature').record(21.5);
    telemetry.histogram('price', { buckets: [1, 5] }).record(4.2);
    telemetry.histogram('weight').record(2);
    telemetry.histogram('weight').record(0);
    clock.advance(60);
    const { reader, exporter } = readerOf(sdk, metricProducer(telemetry));
    await reader.forceFlush();
    const [exported] = exporter.getMetrics();
    expect(exported?.resource.attributes).toBe(telemetry.resource.attributes);
    const scope = exported?.scopeMetrics.find(({ metrics: all }) =>
      all.some(({ descriptor }) => descriptor.name === 'orders'),
    );
    expect(scope?.scope).toMatchObject({ name: '@telltale/core' });
    const descriptor = { description: '', unit: '', valueType: ValueType.DOUBLE, advice: {} };
    const point = { attributes: {}, startTime: [1_700_000_000, 0], endTime: [1_700_000_060, 0] };
    const base = { aggregationTemporality: CUMULATIVE };
    const { DataPointType } = metrics;
    expect(lastOf(exporter)).toStrictEqual([
      {
        ...base,
        descriptor: { ...descriptor, name: 'orders', unit: '{order}', description: 'Orders placed', type: 'COUNTER' },
        dataPointType: DataPointType.SUM,
        isMonotonic: true,
        dataPoints: [{ ...point, attributes: { plan: 'pro' }, value: 3 }],
      },
      {
        ...base,
        descriptor: { ...descriptor, name: 'price', type: 'HISTOGRAM' },
        dataPointType: DataPointType.HISTOGRAM,
        dataPoints: [
          {
            ...point,
            value: { count: 1, sum: 4.2, min: 4.2, max: 4.2, buckets: { boundaries: [1, 5], counts: [0, 1, 0] } },
          },
        ],
      },
      {
        ...base,
        descriptor: { ...descriptor, name: 'sessions', type: 'UP_DOWN_COUNTER' },
        dataPointType: DataPointType.SUM,
        isMonotonic: false,
        dataPoints: [{ ...point, value: -2 }],
      },
      {
        ...base,
        descriptor: { ...descriptor, name: 'temperature', type: 'GAUGE' },
        dataPointType: DataPointType.GAUGE,
        dataPoints: [{ ...point, value: 21.5 }],
      },
      {
        ...base,
        descriptor: { ...descriptor, name: 'weight', type: 'HISTOGRAM' },
        dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM,
        dataPoints: [
          {
            ...point,
            value: {
              ...{ count: 2, sum: 2, min: 0, max: 2, scale: 20, zeroCount: 1 },
              positive: { offset: 2 ** 20 - 1, bucketCounts: [1] },
              negative: { offset: 0, bucketCounts: [] },
            },
          },
        ],
      },
    ]);
  });

  it('gives what the SDK itself would, for what is recorded through the API', async () => {
    const { telemetry } = testTelemetry();
    const own = new metrics.InMemoryMetricExporter(CUMULATIVE);
    const reader = new metrics.PeriodicExportingMetricReader({ exporter: own, exportIntervalMillis: 86_400_000 });
    const provider = new metrics.MeterProvider({ readers: [reader] });
    onTestFinished(() => provider.shutdown());
    const ours = readerOf(sdk, metricProducer(telemetry));
    for (const from of [provider, telemetry.meterProvider]) {
      const meter = from.getMeter('lib', '1.2', { schemaUrl: 'https://example.com/schema' });
      const counter = meter.createCounter('a', { unit: 'By', description: 'What it is', valueType: ValueType.INT });
      counter.add(2, { x: 'y' });
      counter.add(5, { x: 'z' });
      meter.createUpDownCounter('b').add(-1.5);
      meter.createGauge('c').record(7);
      for (const value of [1, 30, 7000, 20_000]) meter.createHistogram('d', { unit: 'ms' }).record(value);
      meter.createObservableCounter('e').addCallback((result) => result.observe(11, { of: 'it' }));
      meter.createObservableUpDownCounter('f').addCallback((result) => result.observe(-3));
      meter.createObservableGauge('g').addCallback(async (result) => result.observe(0.5));
    }
    await Promise.all([provider.forceFlush(), ours.reader.forceFlush()]);
    const withoutTimes = (exporter: typeof own) =>
      exporter
        .getMetrics()
        .at(-1)
        ?.scopeMetrics.filter(({ scope }) => scope.name === 'lib')
        .map(({ scope, metrics: all }) => ({
          scope,
          metrics: all.map(({ dataPoints, ...rest }) => ({
            ...rest,
            dataPoints: dataPoints.map(({ attributes, value }) => ({ attributes, value })),
          })),
        }));
    expect(withoutTimes(ours.exporter)).toStrictEqual(withoutTimes(own));
  });

  it('adds its metrics to those of the SDK', async () => {
    const { telemetry } = testTelemetry();
    telemetry.counter('orders').add(3);
    const exporter = new metrics.InMemoryMetricExporter(CUMULATIVE);
    const reader = new metrics.PeriodicExportingMetricReader({
      exporter,
      exportIntervalMillis: 86_400_000,
      metricProducers: [metricProducer(telemetry)],
    });
    const provider = new metrics.MeterProvider({ readers: [reader] });
    onTestFinished(() => provider.shutdown());
    provider.getMeter('sdk').createCounter('clicks').add(7);
    await provider.forceFlush();
    expect(valuesOf(lastOf(exporter))).toStrictEqual({ 'clicks{}': 7, 'orders{}': 3 });
  });

  it('gives differences of what the exporter wants as differences', async () => {
    const { telemetry, clock } = testTelemetry();
    const lowMemory = (type: string) => (type === 'COUNTER' || type === 'HISTOGRAM' ? DELTA : CUMULATIVE);
    const { reader, exporter } = readerOf(sdk, metricProducer(telemetry, { temporality: lowMemory }));
    let observed = 10;
    telemetry.observableCounter('observed', {}, (observer) => observer.observe(observed));
    for (let round = 0; round < 2; round++) {
      telemetry.counter('orders').add(3);
      telemetry.upDownCounter('sessions').add(1);
      telemetry.histogram('price', { buckets: [1] }).record(2);
      observed += 1;
      clock.advance(60);
      await reader.forceFlush();
    }
    expect(valuesOf(lastOf(exporter))).toStrictEqual({
      'observed{}': 12,
      'orders{}': 3,
      'price{}': 1,
      'sessions{}': 2,
    });
    const orders = lastOf(exporter).find(({ descriptor }) => descriptor.name === 'orders');
    expect(orders).toMatchObject({
      aggregationTemporality: DELTA,
      dataPoints: [{ startTime: [1_700_000_060, 0], endTime: [1_700_000_120, 0] }],
    });
  });

  it('gives differences of up-down counters only to who asks for them', async () => {
    const { telemetry } = testTelemetry();
    const sizes = telemetry.upDownCounter('sessions');
    const exporter = new metrics.InMemoryMetricExporter(DELTA);
    const all = metricProducer(telemetry, { temporality: (type) => exporter.selectAggregationTemporality(type) });
    const usual = metricProducer(telemetry, { temporality: 'delta' });
    const given: unknown[] = [];
    for (const change of [5, -2, 0]) {
      sizes.add(change);
      given.push([collectedOf(await all.collect()), collectedOf(await usual.collect())]);
    }
    expect(given).toStrictEqual([
      [{ 'sessions{}': 5 }, { 'sessions{}': 5 }],
      [{ 'sessions{}': -2 }, { 'sessions{}': 3 }],
      [{}, { 'sessions{}': 3 }],
    ]);
  });

  it('has errors of callbacks with the collection, without their series, and the rest', async () => {
    const { telemetry } = testTelemetry();
    telemetry.counter('orders').add(3);
    const sync = new Error('no file');
    telemetry.observableGauge('a', {}, () => {
      throw sync;
    });
    telemetry.observableGauge('b', {}, () => Promise.reject('no line'));
    const { reader } = readerOf(sdk, metricProducer(telemetry));
    const { resourceMetrics, errors } = await reader.collect();
    expect(errors).toStrictEqual([sync, 'no line']);
    expect(collectedOf({ resourceMetrics, errors } as never)).toStrictEqual({ 'orders{}': 3 });
  });

  it('waits for asynchronous callbacks as long as the reader says', async () => {
    const { telemetry, clock } = testTelemetry();
    telemetry.observableGauge('slow', {}, () => new Promise(() => {}));
    telemetry.observableGauge('quick', {}, async (observer) => observer.observe(1));
    const { reader } = readerOf(sdk, metricProducer(telemetry));
    const collected = reader.collect({ timeoutMillis: 2000 });
    await new Promise(setImmediate);
    clock.advance(2);
    const { resourceMetrics, errors } = await collected;
    expect(errors).toMatchObject([{ name: 'TimeoutError', message: 'a callback did not finish within 2 s' }]);
    expect(collectedOf({ resourceMetrics, errors } as never)).toStrictEqual({ 'quick{}': 1 });
  });

  it('has a resource that the SDK can merge with its own', async () => {
    const { telemetry } = testTelemetry({ service: { name: 'shop', version: '1' } });
    const { resource } = (await metricProducer(telemetry).collect()).resourceMetrics;
    const { resource: again } = (await metricProducer(telemetry).collect()).resourceMetrics;
    expect(again).toBe(resource);
    expect(resource.asyncAttributesPending).toBe(false);
    const reader = new metrics.PeriodicExportingMetricReader({
      exporter: new metrics.InMemoryMetricExporter(CUMULATIVE),
      exportIntervalMillis: 86_400_000,
    });
    const provider = new metrics.MeterProvider({ resource, readers: [reader] });
    onTestFinished(() => provider.shutdown());
    const own = (await reader.collect()).resourceMetrics.resource;
    expect(own.attributes).toMatchObject({ 'service.name': 'shop', 'service.version': '1' });
  });
});

describe('metricProducer', () => {
  it('gives differences that add up to the totals, whoever collects when', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constantFrom('one', 'other', 'both at once')), {
          maxLength: 30,
        }),
        async (steps) => {
          const { telemetry } = testTelemetry();
          const orders = telemetry.counter('orders').bind();
          const producers = [1, 2].map(() => metricProducer(telemetry, { temporality: 'delta' }));
          const sums = [0, 0];
          const collect = async (i: number): Promise<void> => {
            const { 'orders{}': came = 0 } = collectedOf(await producers[i]!.collect());
            sums[i]! += came;
          };
          for (const step of steps) {
            if (typeof step === 'number') orders.add(step);
            else if (step === 'both at once') await Promise.all([0, 1, 0, 1].map(collect));
            else await collect(step === 'one' ? 0 : 1);
          }
          await Promise.all([collect(0), collect(1)]);
          expect(sums).toStrictEqual([orders.value, orders.value]);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('keeps the series of several services apart, in one metric', async () => {
    const { telemetry } = testTelemetry({ service: { name: 'shop', version: '1', instanceId: 'i' } });
    const auth = telemetry.forService('auth', { version: '2' });
    telemetry.counter('logins').add(1, { by: 'mail' });
    auth.counter('logins').add(2, { by: 'mail' });
    const shops = await metricProducer(telemetry).collect();
    expect(collectedOf(shops)).toStrictEqual({
      'logins{by=mail}': 1,
      'logins{by=mail,service.name=auth,service.version=2}': 2,
    });
    expect(shops.resourceMetrics.resource.attributes['service.name']).toBe('shop');
    const auths = await metricProducer(auth).collect();
    expect(collectedOf(auths)).toStrictEqual({
      'logins{by=mail,service.name=shop,service.version=1}': 1,
      'logins{by=mail}': 2,
    });
    const logins = auths.resourceMetrics.scopeMetrics
      .flatMap(({ metrics }) => metrics)
      .filter(({ descriptor }) => descriptor.name === 'logins');
    expect(logins).toHaveLength(1);
  });

  it('makes of a summary a gauge by quantile, a counter of its values and their sum', async () => {
    const { telemetry } = testTelemetry();
    const size = telemetry.summary('size', { unit: 'By', quantiles: [0, 1] });
    for (const value of [1, 2, 3]) size.record(value, { of: 'image' });
    const { resourceMetrics } = await metricProducer(telemetry).collect();
    const all = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
    expect(all.filter(({ descriptor }) => descriptor.name.startsWith('size'))).toMatchObject([
      {
        descriptor: { name: 'size', unit: 'By' },
        dataPointType: 2,
        dataPoints: [{ attributes: { of: 'image', quantile: 0 } }, { attributes: { of: 'image', quantile: 1 } }],
      },
      {
        descriptor: { name: 'size.count', unit: '1', valueType: ValueType.INT },
        dataPointType: 3,
        isMonotonic: true,
        dataPoints: [{ attributes: { of: 'image' }, value: 3 }],
      },
      {
        descriptor: { name: 'size.sum', unit: 'By' },
        dataPointType: 3,
        isMonotonic: false,
        dataPoints: [{ value: 6 }],
      },
    ]);
  });

  it('gives the metrics of a group of processes in the one that exports for all, and none in the others', async () => {
    let role: GatheringRole = 'member';
    const { gather, lead } = groupOf(() => role);
    const { telemetry } = testTelemetry({ gather });
    telemetry.counter('orders').add(3);
    const producer = metricProducer(telemetry);
    expect(await producer.collect()).toMatchObject({ resourceMetrics: { scopeMetrics: [] }, errors: [] });
    role = 'gatherer';
    lead(true);
    expect(collectedOf(await producer.collect())).toStrictEqual({ 'orders{}': 3 });
    expect(() => metricProducer(telemetry, { temporality: 'delta' })).toThrow(/cannot make differences with `gather`/);
  });

  it('does not reject when the metrics of a group cannot be had', async () => {
    const { gather } = groupOf(() => 'gatherer', new Error('nobody there'));
    const { telemetry } = testTelemetry({ gather });
    const { resourceMetrics, errors } = await metricProducer(telemetry).collect();
    expect(resourceMetrics.scopeMetrics).toStrictEqual([]);
    expect(errors).toMatchObject([{ message: 'nobody there' }]);
  });

  it.each([
    [() => metricProducer(undefined as never), /takes a telemetry/],
    [() => metricProducer(testTelemetry().telemetry, { temporalty: 'delta' } as never), /did you mean "temporality"/],
    [
      () => metricProducer(testTelemetry().telemetry, { temporality: 'sometimes' as never }),
      /for COUNTER is "sometimes"/,
    ],
    [() => metricProducer(testTelemetry().telemetry, { temporality: () => 7 }), /for COUNTER is 7; give "cumulative"/],
  ])('refuses what cannot be %#', (make, message) => {
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringMatching(message) }));
  });
});

/** A group of processes of which this is one. */
function groupOf(role: () => GatheringRole, failure?: Error) {
  let lead: (leads: boolean) => void = () => {};
  const gather: Gathering = {
    join(host) {
      lead = (leads) => host.lead(leads);
      return {
        get role() {
          return role();
        },
        open: async () => {
          if (failure !== undefined) throw failure;
          return host.open();
        },
        readers: () => host.readers(),
        offerSpan: () => {},
        offerEvent: () => {},
        flush: async () => {},
        announceEnd: () => {},
        handOver: async () => {},
        leave: async () => {},
        health: () => ({ role: role(), group: 'g', members: 0, series: 0 }),
        acknowledged: async () => [],
        keepAcknowledged: async () => {},
      };
    },
  };
  return { gather, lead: (leads: boolean) => lead(leads) };
}
