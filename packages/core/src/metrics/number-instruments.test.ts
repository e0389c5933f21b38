import { describe, expect, it } from 'vitest';
import { seriesOf, testTelemetry } from '../telemetry.test-support.ts';

/** Anything a caller in JavaScript may pass. */
const NO_NUMBERS: readonly unknown[] = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  '1',
  1n,
  null,
  {},
  [],
  Object.create(null),
  Symbol('s'),
  () => 1,
  { valueOf: () => 1 },
];

describe('a counter', () => {
  it('adds, by 1 unless told otherwise where it is bound', () => {
    const { telemetry } = testTelemetry();
    const counter = telemetry.counter('c');
    const bound = counter.bind({ plan: 'pro' });
    counter.add(2, { plan: 'pro' });
    bound.add();
    bound.add(0.5);
    counter.add(0, { plan: 'free' });
    expect(bound.value).toBe(3.5);
    expect(counter.bind({ plan: 'pro' })).toBe(bound);
    expect(seriesOf(telemetry, 'c')).toEqual({ '{plan=pro}': 3.5, '{plan=free}': 0 });
  });

  it('has a series as soon as one is bound', () => {
    const { telemetry } = testTelemetry();
    telemetry.counter('c').bind({ plan: 'pro' });
    expect(seriesOf(telemetry, 'c')).toEqual({ '{plan=pro}': 0 });
  });

  it('counts what it cannot add as rejected, tells once and keeps its value', () => {
    const { telemetry, problems } = testTelemetry();
    const counter = telemetry.counter('c');
    const bound = counter.bind();
    bound.add(1);
    const bad = [-1, undefined, ...NO_NUMBERS] as number[];
    for (const value of bad) counter.add(value);
    for (const value of NO_NUMBERS as number[]) bound.add(value);
    expect(bound.value).toBe(1);
    expect(telemetry.health().problems).toEqual({ ERR_VALUE: 2 + 2 * NO_NUMBERS.length });
    expect(problems.map(({ message }) => message)).toMatchInlineSnapshot(`
      [
        ""c" was given -1, which was ignored; a counter takes finite numbers from 0 up; use an up-down counter for what can fall.",
      ]
    `);
  });
});

describe('a value that is rejected', () => {
  it('makes no series', () => {
    const { telemetry } = testTelemetry();
    telemetry.counter('c').add(-1, { a: 1 });
    telemetry.upDownCounter('u').add(Number.NaN, { a: 1 });
    telemetry.gauge('g').record(Number.NaN, { a: 1 });
    telemetry.histogram('h', { buckets: [1] }).record(-1, { a: 1 });
    telemetry.histogram('e').record(-1, { a: 1 });
    telemetry.summary('s').record(Number.NaN, { a: 1 });
    for (const name of ['c', 'u', 'g', 'h', 'e', 's']) expect(seriesOf(telemetry, name)).toEqual({});
  });
});

describe('an up-down counter', () => {
  it('adds up and down, and rejects what is no finite number', () => {
    const { telemetry, problems } = testTelemetry();
    const counter = telemetry.upDownCounter('c');
    const bound = counter.bind({ a: 1 });
    counter.add(5, { a: 1 });
    bound.add(-7);
    for (const value of [undefined, ...NO_NUMBERS] as number[]) bound.add(value);
    expect(bound.value).toBe(-2);
    expect(counter.bind({ a: 1 })).toBe(bound);
    expect(telemetry.health().problems).toEqual({ ERR_VALUE: NO_NUMBERS.length + 1 });
    expect(problems).toHaveLength(1);
  });
});

describe('a gauge', () => {
  it('has the last value, and rejects what is no finite number', () => {
    const { telemetry, problems } = testTelemetry();
    const gauge = telemetry.gauge('g');
    const bound = gauge.bind({ a: 1 });
    gauge.record(Number.NaN, { a: 2 });
    expect(bound.value).toBe(0);
    expect(seriesOf(telemetry, 'g')).toEqual({});
    gauge.record(5, { a: 1 });
    bound.record(-7.25);
    for (const value of [undefined, ...NO_NUMBERS] as number[]) gauge.record(value, { a: 1 });
    expect(bound.value).toBe(-7.25);
    expect(gauge.bind({ a: 1 })).toBe(bound);
    expect(seriesOf(telemetry, 'g')).toEqual({ '{a=1}': -7.25 });
    expect(telemetry.health().problems).toEqual({ ERR_VALUE: NO_NUMBERS.length + 2 });
    expect(problems.map(({ message }) => message)).toEqual([
      '"g" was given NaN, which was ignored; a gauge takes finite numbers.',
    ]);
  });
});

describe('an instrument that is switched off', () => {
  it('takes everything and does nothing', () => {
    const { telemetry, problems } = testTelemetry({ metrics: { disable: ['off.*', 'exact'] } });
    const counter = telemetry.counter('off.counter');
    counter.add(1, { a: 1 });
    counter.bind().add();
    telemetry.upDownCounter('off.up-down').add(1);
    telemetry.gauge('off.gauge').bind().record(1);
    telemetry.histogram('off.histogram').record(1);
    const summary = telemetry.summary('off.summary').bind();
    summary.record(1);
    telemetry.observableGauge('off.observable', {}, () => {
      throw new Error('must not be called');
    });
    telemetry.counter('exact').add(1);
    telemetry.counter('exact.not').add(1);
    const names = telemetry.snapshot().metrics.map(({ name }) => name);
    expect(names.filter((name) => !name.startsWith('telltale.'))).toEqual(['exact.not']);
    expect([counter.bind().value, summary.count, summary.quantile(0.5)]).toEqual([0, 0, Number.NaN]);
    expect(problems).toEqual([]);
  });
});
