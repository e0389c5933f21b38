import { ValueType } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import type { Telemetry } from '../index.ts';
import { seriesOf, testTelemetry } from '../telemetry.test-support.ts';

const metricsOf = (telemetry: Telemetry) =>
  telemetry
    .snapshot()
    .metrics.filter(({ scope }) => scope.name === 'library')
    .map(({ name, type, unit, points }) => [name, type, unit, points.length]);

describe('an instrument defined twice through the API', () => {
  it('is one and the same, and nothing is told', () => {
    const { telemetry, problems } = testTelemetry();
    const { meterProvider } = telemetry;
    for (const _ of [1, 2]) {
      meterProvider.getMeter('library').createCounter('calls', { unit: '{call}', description: 'Calls.' }).add(1);
      meterProvider
        .getMeter('library')
        .createHistogram('time', { advice: { explicitBucketBoundaries: [1] } })
        .record(1);
    }
    expect(seriesOf(telemetry, 'calls')).toEqual({ '{}': 2 });
    expect(seriesOf(telemetry, 'time')).toEqual({ '{}': 2 });
    expect(problems).toEqual([]);
  });

  it('works beside the first when kind, unit or type of value differ: both are exported, and it is told with a mend', () => {
    const { telemetry, problems } = testTelemetry();
    const meter = telemetry.meterProvider.getMeter('library');
    meter.createCounter('calls').add(1);
    for (const _ of [1, 2]) {
      meter.createHistogram('calls').record(5);
      meter.createCounter('calls', { unit: 's' }).add(1);
      meter.createCounter('calls', { valueType: ValueType.INT }).add(1.5);
    }
    meter.createObservableGauge('calls').addCallback((result) => result.observe(7));
    expect(metricsOf(telemetry)).toEqual([
      ['calls', 'counter', '', 1],
      ['calls', 'histogram', '', 1],
      ['calls', 'counter', 's', 1],
      ['calls', 'counter', '', 1],
      ['calls', 'gauge', '', 1],
    ]);
    expect(problems.map(({ code }) => code)).toEqual(Array(4).fill('ERR_METRIC_CONFLICT'));
    expect(problems[1]?.message).toBe(
      '"calls" was defined as a counter and now as a counter in "s"; both are exported under this name. Give one of them another name, by a view that fits only one (instrumentType or instrumentUnit).',
    );
  });

  it('has the name that was seen first when only the case differs', () => {
    const { telemetry, problems } = testTelemetry();
    const meter = telemetry.meterProvider.getMeter('library');
    meter.createCounter('requestCount').add(1);
    meter.createCounter('RequestCount').add(1);
    expect(seriesOf(telemetry, 'requestCount')).toEqual({ '{}': 2 });
    expect(metricsOf(telemetry)).toHaveLength(1);
    expect(problems.map(({ message }) => message)).toEqual([
      '"RequestCount" was defined as "requestCount" before, and names are the same whatever their case; "requestCount" is used.',
    ]);
  });

  it('has the buckets that were advised first, and the longest description', () => {
    const { telemetry, problems } = testTelemetry();
    const meter = telemetry.meterProvider.getMeter('library');
    const define = (bounds: number[], description: string): void =>
      meter.createHistogram('time', { description, advice: { explicitBucketBoundaries: bounds } }).record(1);
    define([1, 2], '');
    define([1, 2], 'Time.');
    define([5], 'Time that it took.');
    define([1, 2], 'Short.');
    expect(telemetry.snapshot().metrics.find(({ name }) => name === 'time')).toMatchObject({
      boundaries: [1, 2],
      description: 'Time that it took.',
      points: [{ count: 4 }],
    });
    expect(problems.map(({ message }) => message)).toEqual([
      '"time" is already defined with buckets [1, 2] and again with [5]; the first are used. Set them by a view instead.',
      '"time" is defined with two descriptions, "Time." and "Time that it took."; the longer is used. Set it by a view instead.',
      '"time" is defined with two descriptions, "Time that it took." and "Short."; the longer is used. Set it by a view instead.',
    ]);
  });

  it('is no conflict in another scope, and still one for the service’s own instruments', () => {
    const { telemetry, problems } = testTelemetry();
    telemetry.counter('calls');
    telemetry.meterProvider.getMeter('a').createHistogram('calls');
    telemetry.meterProvider.getMeter('a', '2').createCounter('calls');
    telemetry.meterProvider.getMeter('a', '2', { schemaUrl: 'https://x' }).createGauge('calls');
    expect(problems).toEqual([]);
    expect(() => telemetry.histogram('calls')).toThrow('already defined');
  });

  it('is made with default buckets when those advised are no numbers, and that is told', () => {
    const { telemetry, problems } = testTelemetry();
    const meter = telemetry.meterProvider.getMeter('library');
    for (const bad of ['1', [1, '2'], [Number.NaN]] as unknown as number[][]) {
      meter.createHistogram('time', { advice: { explicitBucketBoundaries: bad } }).record(1);
    }
    const metric = telemetry.snapshot().metrics.find(({ name }) => name === 'time');
    expect(metric?.type === 'histogram' && metric.boundaries).toHaveLength(15);
    expect(problems.map(({ code }) => code)).toEqual(['ERR_METRIC_OPTION']);
  });
});
