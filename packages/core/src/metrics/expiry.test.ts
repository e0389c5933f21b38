import { describe, expect, it } from 'vitest';
import type { Exporter, MetricsSource } from '../index.ts';
import { pointsOf, seriesOf, testTelemetry } from '../telemetry.test-support.ts';

const HOUR = { cardinality: { expireAfter: 3600 } };

describe('series that are idle', () => {
  it('stay for ever unless expiry is asked for', () => {
    const { telemetry, clock } = testTelemetry();
    telemetry.counter('c').add(1, { a: 1 });
    clock.advance(1e6);
    expect(seriesOf(telemetry, 'c')).toEqual({ '{a=1}': 1 });
  });

  it('are forgotten after expireAfter, to within a sixtieth of it, and begin anew', () => {
    const { telemetry, clock } = testTelemetry(HOUR);
    const counter = telemetry.counter('c');
    counter.add(5, { a: 1 });
    counter.add(1, { a: 2 });
    const [before] = pointsOf(telemetry, 'c');
    clock.advance(30);
    counter.add(1, { a: 1 });
    clock.advance(3569);
    expect(seriesOf(telemetry, 'c')).toEqual({ '{a=1}': 6, '{a=2}': 1 });
    counter.add(1, { a: 2 });
    clock.advance(61);
    expect(seriesOf(telemetry, 'c')).toEqual({ '{a=2}': 2 });
    clock.advance(3600);
    expect(seriesOf(telemetry, 'c')).toEqual({});
    counter.add(1, { a: 1 });
    const [after] = pointsOf(telemetry, 'c');
    expect(after).toMatchObject({ value: 1, startTime: clock.now() });
    expect(after?.attributes).toEqual(before?.attributes);
    expect(after?.attributes).not.toBe(before?.attributes);
  });

  it('give their places in the budget back', () => {
    const { telemetry, clock } = testTelemetry({ cardinality: { expireAfter: 60, perInstrument: 10 } });
    const counter = telemetry.counter('c');
    for (let user = 0; user < 20; user++) counter.add(1, { user, method: 'GET' });
    expect(seriesOf(telemetry, 'c')['{method=GET,user=other}']).toBeGreaterThan(0);
    clock.advance(61);
    // Those of telltale.series, telltale.overflows and telltale.problems.
    expect(telemetry.health().cardinality.series).toBe(3);
    for (let user = 100; user < 105; user++) counter.add(1, { user, method: 'GET' });
    expect(Object.keys(seriesOf(telemetry, 'c'))).toEqual(
      [100, 101, 102, 103, 104].map((user) => `{method=GET,user=${user}}`),
    );
  });

  it('are only hidden while someone holds them, and are back as soon as they are recorded on', () => {
    const { telemetry, clock } = testTelemetry(HOUR);
    const counter = telemetry.counter('c');
    const bound = counter.bind({ a: 1 });
    const histogram = telemetry.histogram('h', { buckets: [1] }).bind();
    bound.add(1);
    histogram.record(1);
    const [before] = pointsOf(telemetry, 'c');
    clock.advance(7200);
    expect(seriesOf(telemetry, 'c')).toEqual({});
    expect(telemetry.snapshot().metrics.map(({ name }) => name)).toEqual(['telltale.series']);
    bound.add(1);
    histogram.record(0.5);
    const [after] = pointsOf(telemetry, 'c');
    expect(after).toMatchObject({ value: 2, startTime: before?.startTime });
    expect(after?.attributes).toBe(before?.attributes);
    expect(seriesOf(telemetry, 'h')).toEqual({ '{}': 2 });
    clock.advance(3000);
    expect(seriesOf(telemetry, 'c')).toEqual({ '{a=1}': 2 });
    clock.advance(3600);
    expect(seriesOf(telemetry, 'c')).toEqual({});
    counter.add(1, { a: 1 });
    expect(seriesOf(telemetry, 'c')).toEqual({ '{a=1}': 3 });
    expect(bound.value).toBe(3);
  });

  it('stay when they are up-down counters that are not at zero', () => {
    const { telemetry, clock } = testTelemetry(HOUR);
    const counter = telemetry.upDownCounter('c');
    const bound = counter.bind({ a: 'bound' });
    counter.add(1, { a: 1 });
    counter.add(1, { a: 2 });
    counter.add(-1, { a: 2 });
    bound.add(2);
    clock.advance(10_000);
    expect(seriesOf(telemetry, 'c')).toEqual({ '{a=bound}': 2, '{a=1}': 1 });
    counter.add(-1, { a: 1 });
    clock.advance(3661);
    expect(seriesOf(telemetry, 'c')).toEqual({ '{a=bound}': 2 });
  });

  it('are not those of gauges that are recorded with the same value', () => {
    const { telemetry, clock } = testTelemetry(HOUR);
    const gauge = telemetry.gauge('g');
    const bound = gauge.bind({ a: 'bound' });
    for (let minute = 0; minute < 120; minute++) {
      gauge.record(7, { a: 1 });
      bound.record(7);
      clock.advance(60);
    }
    expect(seriesOf(telemetry, 'g')).toEqual({ '{a=bound}': 7, '{a=1}': 7 });
  });

  it('are not those that a callback reports, however seldom metrics are read', () => {
    const { telemetry, clock } = testTelemetry({ cardinality: { expireAfter: 10 } });
    telemetry.observableCounter('c', {}, (observer) => observer.observe(clock.now(), { a: 1 }));
    const [before] = pointsOf(telemetry, 'c');
    clock.advance(1000);
    const [after] = pointsOf(telemetry, 'c');
    expect(after?.attributes).toBe(before?.attributes);
    expect(after?.startTime).toBe(before?.startTime);
  });

  it('that expire while someone reads do not make others be missed', async () => {
    let source: MetricsSource | undefined;
    const exporter: Exporter = {
      name: 'serves',
      start: (given) => {
        source = given;
      },
    };
    const { telemetry, clock } = testTelemetry({ cardinality: { expireAfter: 60 }, exporters: [exporter] });
    const counter = telemetry.counter('c');
    for (let at = 0; at < 100; at++) counter.add(1, { at });
    clock.advance(30);
    for (let at = 50; at < 100; at++) counter.add(1, { at });
    const reader = (await source?.open())?.find(({ name }) => name === 'c');
    const seen = new Set<unknown>();
    for (const point of reader?.read() ?? []) {
      seen.add(point.attributes.at);
      if (seen.size === 10) clock.advance(31);
    }
    for (let at = 50; at < 100; at++) expect(seen).toContain(at);
    expect(pointsOf(telemetry, 'c')).toHaveLength(50);
  });
});
