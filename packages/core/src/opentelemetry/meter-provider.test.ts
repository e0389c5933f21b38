import type { ObservableResult } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { metricOf, pointsOf, seriesOf, testTelemetry } from '../telemetry.test-support.ts';

describe('the meter provider', () => {
  it('gives the same meter for the same scope, and its instruments carry that', () => {
    const { telemetry } = testTelemetry({ attributes: { team: 'a' } });
    const { meterProvider } = telemetry;
    const meter = meterProvider.getMeter('library', '1.0');
    expect(meterProvider.getMeter('library', '1.0')).toBe(meter);
    expect(meterProvider.getMeter('library', '2.0')).not.toBe(meter);
    meter.createCounter('calls', { unit: '{call}', description: 'Calls.' }).add(2, { a: 1 });
    meterProvider.getMeter('other').createUpDownCounter('calls').add(-1);
    telemetry.counter('calls').add(1);
    const calls = telemetry.snapshot().metrics.filter(({ name }) => name === 'calls');
    expect(calls.map(({ scope, type, unit, points }) => [scope.name, type, unit, points.length])).toEqual([
      ['library', 'counter', '{call}', 1],
      ['other', 'upDownCounter', '', 1],
      ['@telltale/core', 'counter', '', 1],
    ]);
    expect(calls[0]?.points[0]).toMatchObject({ value: 2, attributes: { a: 1, team: 'a' } });
  });

  it('has gauges, and histograms with the specified buckets unless others are advised', () => {
    const { telemetry } = testTelemetry();
    const meter = telemetry.meterProvider.getMeter('library');
    meter.createGauge('g').record(5);
    meter.createHistogram('plain').record(7);
    meter.createHistogram('advised', { advice: { explicitBucketBoundaries: [1, 2] } }).record(7);
    meter
      .createHistogram('untidy', { advice: { explicitBucketBoundaries: [2, 1, 1, Number.POSITIVE_INFINITY] } })
      .record(1);
    meter.createHistogram('one.bucket', { advice: { explicitBucketBoundaries: [] } }).record(1);
    expect(seriesOf(telemetry, 'g')).toEqual({ '{}': 5 });
    const boundaries = ['plain', 'advised', 'untidy', 'one.bucket'].map((name) => {
      const metric = metricOf(telemetry, name);
      return metric?.type === 'histogram' ? metric.boundaries : undefined;
    });
    expect(boundaries).toEqual([
      [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000],
      [1, 2],
      [1, 2],
      [],
    ]);
  });

  it('asks observables when metrics are read, until their callback is removed', () => {
    const { telemetry } = testTelemetry();
    const meter = telemetry.meterProvider.getMeter('library');
    const callback = (result: ObservableResult): void => result.observe(4, { a: 1 });
    const observables = [
      meter.createObservableCounter('c'),
      meter.createObservableUpDownCounter('u'),
      meter.createObservableGauge('g'),
    ];
    for (const one of observables) one.addCallback(callback);
    for (const name of ['c', 'u', 'g']) expect(seriesOf(telemetry, name)).toEqual({ '{a=1}': 4 });
    observables[0]?.removeCallback(callback);
    expect(seriesOf(telemetry, 'c')).toEqual({});
    expect(seriesOf(telemetry, 'u')).toEqual({ '{a=1}': 4 });
  });

  it('asks one callback for several observables, its own only', () => {
    const { telemetry } = testTelemetry();
    const meter = telemetry.meterProvider.getMeter('library');
    const one = meter.createObservableGauge('one');
    const two = meter.createObservableGauge('two');
    const foreign = meter.createObservableGauge('foreign');
    const callback = (result: { observe(of: typeof one, value: number): void }): void => {
      result.observe(one, 1);
      result.observe(two, 2);
      result.observe(foreign, 3);
    };
    meter.addBatchObservableCallback(callback, [one, two]);
    meter.addBatchObservableCallback(callback, [one]);
    meter.addBatchObservableCallback(callback, []);
    expect(['one', 'two', 'foreign'].map((name) => seriesOf(telemetry, name))).toEqual([{ '{}': 1 }, { '{}': 2 }, {}]);
    meter.removeBatchObservableCallback(callback, [two, one]);
    expect(['one', 'two'].map((name) => seriesOf(telemetry, name))).toEqual([{ '{}': 1 }, {}]);
  });

  it('tells of names that cannot be, and gives an instrument that does nothing', () => {
    const { telemetry, problems } = testTelemetry();
    const meter = telemetry.meterProvider.getMeter('library');
    for (const name of ['bad name', '', '1st', undefined, {}] as string[]) meter.createCounter(name).add(1);
    meter.createObservableGauge('bad name').addCallback(() => {
      throw new Error('must not be called');
    });
    expect(telemetry.snapshot().metrics.filter(({ scope }) => scope.name === 'library')).toEqual([]);
    expect(new Set(problems.map(({ code }) => code))).toEqual(new Set(['ERR_METRIC_NAME']));
  });

  it('never throws for values and attributes of any kind', () => {
    const { telemetry } = testTelemetry();
    const meter = telemetry.meterProvider.getMeter(undefined as never, 5 as never);
    const counter = meter.createCounter('c', null as never);
    for (const value of [Number.NaN, '1', null, undefined, {}] as never[]) counter.add(value, value);
    expect(pointsOf(telemetry, 'c')).toEqual([]);
    for (const value of [null, undefined, 5, 'a'] as never[]) counter.add(1, value);
    expect(seriesOf(telemetry, 'c')).toEqual({ '{}': 4 });
    counter.add(1, { list: [1, 'a'], object: {} as never });
    expect(pointsOf(telemetry, 'c').at(-1)).toMatchObject({ value: 1, attributes: { list: '[1,"a"]' } });
  });
});

describe('a meter', () => {
  it('is another one for another name, version, schema or attributes, and its scope says them', () => {
    const { telemetry } = testTelemetry();
    const get = (name: string, version?: string, options?: object) =>
      telemetry.meterProvider.getMeter(name, version, options);
    const attributes = { region: 'eu', shard: 1 };
    const meters = [
      get('library'),
      get('library', '1'),
      get('library', '1', { schemaUrl: 'https://schema' }),
      get('library', '1', { schemaUrl: 'https://schema', attributes }),
    ];
    expect(new Set(meters).size).toBe(4);
    expect(get('library', '1', { schemaUrl: 'https://schema', attributes: { shard: 1, region: 'eu' } })).toBe(
      meters[3],
    );
    for (const [at, meter] of meters.entries()) meter.createCounter('calls').add(at + 1);
    attributes.region = 'changed';
    const scopes = telemetry.snapshot().metrics.filter(({ name }) => name === 'calls');
    expect(scopes.map(({ scope, points }) => [scope, (points[0] as { value: number }).value])).toEqual([
      [{ name: 'library' }, 1],
      [{ name: 'library', version: '1' }, 2],
      [{ name: 'library', version: '1', schemaUrl: 'https://schema' }, 3],
      [{ name: 'library', version: '1', schemaUrl: 'https://schema', attributes: { region: 'eu', shard: 1 } }, 4],
    ]);
  });

  it('is a working one without a name, which is told', () => {
    const { telemetry, problems } = testTelemetry();
    telemetry.meterProvider.getMeter('').createCounter('calls').add(1);
    telemetry.meterProvider
      .getMeter(null as never)
      .createCounter('calls')
      .add(1);
    expect(seriesOf(telemetry, 'calls')).toEqual({ '{}': 2 });
    expect(problems).toHaveLength(1);
  });

  it('does nothing when it is asked for after the end', async () => {
    const { telemetry } = testTelemetry();
    const { meterProvider } = telemetry;
    const before = meterProvider.getMeter('library').createCounter('calls');
    await meterProvider.shutdown();
    await meterProvider.shutdown();
    await meterProvider.forceFlush();
    meterProvider.getMeter('library').createCounter('calls').add(1);
    meterProvider.getMeter('later').createCounter('calls').add(1);
    before.add(1);
    expect(seriesOf(telemetry, 'calls')).toEqual({ '{}': 1 });
  });

  it('is delivered by forceFlush and shutdown', async () => {
    const totals: number[] = [];
    const { telemetry } = testTelemetry({
      exporters: [
        {
          name: 'memory',
          exportMetrics: async ({ metrics }) => {
            const calls = metrics.find(({ name }) => name === 'calls');
            totals.push(...(calls?.points ?? []).map((point) => ('value' in point ? point.value : 0)));
          },
        },
      ],
    });
    const counter = telemetry.meterProvider.getMeter('library').createCounter('calls');
    counter.add(1);
    await telemetry.meterProvider.forceFlush();
    counter.add(1);
    await telemetry.meterProvider.shutdown();
    expect(totals).toEqual([1, 2]);
  });
});
