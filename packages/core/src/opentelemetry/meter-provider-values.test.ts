import { type Attributes, ValueType } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import type { Exporter, Metric } from '../index.ts';
import { metricOf, pointsOf, seriesOf, testTelemetry } from '../telemetry.test-support.ts';

const NO_NUMBERS = ['1', null, undefined, {}, 1n] as unknown as number[];
const NOT_FINITE = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

describe('whole numbers', () => {
  const int = { valueType: ValueType.INT };

  it('have their fractions cut off, toward zero', () => {
    const { telemetry } = testTelemetry();
    const meter = telemetry.meterProvider.getMeter('library');
    for (const value of [1, 1.9]) meter.createCounter('c', int).add(value);
    for (const value of [3, -1.1, 0.9, -0.9]) meter.createUpDownCounter('u', int).add(value);
    for (const value of [10, 0.1]) meter.createHistogram('h', int).record(value);
    meter.createGauge('g', int).record(-0.5);
    meter.createObservableGauge('o', int).addCallback((result) => result.observe(-2.7));
    expect(seriesOf(telemetry, 'c')).toEqual({ '{}': 2 });
    expect(seriesOf(telemetry, 'u')).toEqual({ '{}': 2 });
    expect(pointsOf(telemetry, 'h')[0]).toMatchObject({ count: 2, sum: 10, min: 0, max: 10 });
    expect(Object.is((pointsOf(telemetry, 'g')[0] as { value: number }).value, 0)).toBe(true);
    expect(seriesOf(telemetry, 'o')).toEqual({ '{}': -2 });
  });

  it('are said to be whole, and observables to be observed', () => {
    const { telemetry } = testTelemetry();
    const meter = telemetry.meterProvider.getMeter('library');
    meter.createCounter('c', int).add(1);
    meter.createCounter('d', { valueType: ValueType.DOUBLE }).add(1);
    meter.createObservableCounter('o').addCallback((result) => result.observe(1));
    expect(metricOf(telemetry, 'c')).toMatchObject({ valueType: 'int' });
    expect(Object.keys(metricOf(telemetry, 'd') ?? {})).not.toContain('valueType');
    expect(Object.keys(metricOf(telemetry, 'c') ?? {})).not.toContain('observable');
    expect(metricOf(telemetry, 'o')).toMatchObject({ observable: true });
  });
});

describe.each([
  ['whole', ValueType.INT],
  ['any', ValueType.DOUBLE],
])('an instrument of %s numbers', (_, valueType) => {
  it('counts what is no finite number as rejected, and makes no series of it', () => {
    const { telemetry } = testTelemetry();
    const meter = telemetry.meterProvider.getMeter('library');
    const bad = [...NO_NUMBERS, ...NOT_FINITE];
    for (const value of bad) {
      meter.createCounter('c', { valueType }).add(value, { a: 1 });
      meter.createUpDownCounter('u', { valueType }).add(value, { a: 1 });
      meter.createHistogram('h', { valueType }).record(value, { a: 1 });
      meter.createGauge('g', { valueType }).record(value, { a: 1 });
    }
    meter.createObservableGauge('o', { valueType }).addCallback((result) => {
      for (const value of bad) result.observe(value, { a: 1 });
    });
    for (const name of ['c', 'u', 'h', 'g', 'o']) expect(seriesOf(telemetry, name)).toEqual({});
    expect(telemetry.health().problems.ERR_VALUE).toBeGreaterThanOrEqual(4 * bad.length);
  });

  it('takes nothing below zero where it only rises', () => {
    const { telemetry } = testTelemetry();
    const meter = telemetry.meterProvider.getMeter('library');
    meter.createCounter('c', { valueType }).add(-0.5);
    meter.createHistogram('h', { valueType }).record(-0.5);
    expect([seriesOf(telemetry, 'c'), seriesOf(telemetry, 'h')]).toEqual([{}, {}]);
  });
});

describe('3,000 new sets of attributes per collection, 5 collections, a limit of 2,000', () => {
  const sets = function* (round: number): Generator<Attributes> {
    for (let at = 0; at < 3000; at++) yield { user: `user-${round}-${at}` };
  };

  it.each(['cumulative', 'delta'] as const)('end as 2,000 series, and %s totals are exact', async (temporality) => {
    const seen: Metric[][] = [];
    const exporter: Exporter = {
      name: 'memory',
      temporality,
      exportMetrics: async ({ metrics }) => {
        seen.push(metrics.filter(({ scope }) => scope.name === 'library'));
      },
    };
    const { telemetry } = testTelemetry({ exporters: [exporter] });
    const meter = telemetry.meterProvider.getMeter('library');
    const counter = meter.createCounter('calls');
    const histogram = meter.createHistogram('time');
    const exponential = telemetry.histogram('exponential');
    for (let round = 0; round < 5; round++) {
      for (const attributes of sets(round)) {
        counter.add(1, attributes);
        histogram.record(2, attributes);
        exponential.record(2, { user: String(attributes.user) });
      }
      await telemetry.meterProvider.forceFlush();
    }
    for (const name of ['calls', 'time', 'exponential']) expect(pointsOf(telemetry, name)).toHaveLength(2000);
    const totals = (name: string): number[] =>
      seen.map((metrics) =>
        metrics
          .filter((metric) => metric.name === name)
          .flatMap(({ points }) => points.map((point) => ('value' in point ? point.value : point.count)))
          .reduce((sum, value) => sum + value, 0),
      );
    const expected = [3000, 6000, 9000, 12_000, 15_000];
    const each = temporality === 'cumulative' ? expected : expected.map(() => 3000);
    expect(totals('calls')).toEqual(each);
    expect(totals('time')).toEqual(each);
    expect(seen.every((metrics) => metrics.every(({ points }) => points.length <= 2000))).toBe(true);
  });
});
