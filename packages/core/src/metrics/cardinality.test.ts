import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Attributes, createTelemetry } from '../index.ts';
import { ManualClock } from '../manual-clock.test-support.ts';
import { pointsOf, seriesOf, testTelemetry, totalOf } from '../telemetry.test-support.ts';

const overflowsOf = (telemetry: ReturnType<typeof createTelemetry>) => telemetry.health().cardinality.overflows;

describe('the budget of an instrument', () => {
  it('gives one attribute all places but the last, which is `other`', () => {
    const { telemetry, problems } = testTelemetry();
    const counter = telemetry.counter('c');
    for (let user = 0; user < 3000; user++) counter.add(1, { user });
    for (let user = 0; user < 3000; user++) counter.add(1, { user });
    const series = seriesOf(telemetry, 'c');
    expect(Object.keys(series)).toHaveLength(2000);
    expect(series['{user=1998}']).toBe(2);
    expect(series['{user=1999}']).toBeUndefined();
    expect(series['{user=other}']).toBe(2002);
    expect(totalOf(telemetry, 'c')).toBe(6000);
    expect(overflowsOf(telemetry)).toEqual([{ instrument: 'c', attribute: 'user', values: 1999 }]);
    expect(telemetry.health().status).toBe('degraded');
    expect(problems.map(({ code, message }) => `${code} ${message}`)).toMatchInlineSnapshot(`
      [
        "ERR_CARDINALITY Attribute "user" of "c" has had 1999 values and has used up the budget of series; further values are counted as "other". Leave it out, use fewer values, or raise cardinality.perInstrument or cardinality.total.",
      ]
    `);
  });

  it('takes 300,000 values of an attribute without a series more', () => {
    const { telemetry } = testTelemetry({ cardinality: { perInstrument: 100 } });
    const histogram = telemetry.histogram('h', { buckets: [1] });
    for (let user = 0; user < 300_000; user++) histogram.record(1, { user: `u${user}` });
    expect(pointsOf(telemetry, 'h')).toHaveLength(100);
    expect(totalOf(telemetry, 'h')).toBe(300_000);
  });

  it('folds the attribute with too many values while the others keep their meaning', () => {
    const { telemetry } = testTelemetry({ cardinality: { perInstrument: 100 } });
    const counter = telemetry.counter('c');
    const byStatus = new Map<number, number>();
    for (let user = 0; user < 1000; user++) {
      const status = 200 + (user % 5);
      counter.add(1, { user, status });
      byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
    }
    const points = pointsOf(telemetry, 'c');
    expect(points.length).toBeLessThanOrEqual(100);
    const found = new Map<unknown, number>();
    for (const point of points) {
      const status = point.attributes.status;
      found.set(status, (found.get(status) ?? 0) + ('value' in point ? point.value : 0));
    }
    expect(found).toEqual(byStatus);
    expect(overflowsOf(telemetry).map(({ attribute }) => attribute)).toEqual(['user']);
  });

  it('folds one attribute after the other when two have too many values', () => {
    const { telemetry } = testTelemetry({ cardinality: { perInstrument: 100 } });
    const counter = telemetry.counter('c');
    for (let at = 0; at < 5000; at++)
      counter.add(1, { user: `u${at}`, url: `/${at % 700}`, method: at % 2 ? 'GET' : 'PUT' });
    const points = pointsOf(telemetry, 'c');
    expect(points.length).toBeLessThanOrEqual(100);
    expect(points.every(({ attributes }) => attributes.method === 'GET' || attributes.method === 'PUT')).toBe(true);
    expect(totalOf(telemetry, 'c')).toBe(5000);
    expect(
      overflowsOf(telemetry)
        .map(({ attribute }) => attribute)
        .toSorted(),
    ).toEqual(['url', 'user']);
  });

  it('counts everything also when an attribute gets many values only after another one has used up the places', () => {
    const { telemetry } = testTelemetry({ cardinality: { perInstrument: 100 } });
    const counter = telemetry.counter('c');
    for (let at = 0; at < 500; at++) counter.add(1, { user: at, region: 'eu', method: at % 2 ? 'GET' : 'PUT' });
    for (let at = 0; at < 500; at++) counter.add(1, { user: at, region: `r${at}`, method: at % 2 ? 'GET' : 'PUT' });
    expect(pointsOf(telemetry, 'c').length).toBeLessThanOrEqual(101);
    expect(totalOf(telemetry, 'c')).toBe(1000);
  });

  it('counts attributes of ever new keys in a series of last resort', () => {
    const { telemetry, problems } = testTelemetry({ cardinality: { perInstrument: 50 } });
    const counter = telemetry.counter('c');
    for (let at = 0; at < 5000; at++) counter.add(1, { [`key${at}`]: 1 });
    const series = seriesOf(telemetry, 'c');
    expect(Object.keys(series)).toHaveLength(50);
    expect(series['{otel.metric.overflow=true}']).toBe(4951);
    expect(overflowsOf(telemetry)).toEqual([{ instrument: 'c', values: 49 }]);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toMatchInlineSnapshot(
      `""c" has used up its budget of series (49); further attributes are counted under otel.metric.overflow. Use fewer attribute keys, or raise cardinality.perInstrument or cardinality.total."`,
    );
  });

  it('may go one over when a second set of keys comes after the last place was taken', () => {
    const { telemetry } = testTelemetry({ cardinality: { perInstrument: 10 } });
    const counter = telemetry.counter('c');
    for (let user = 0; user < 20; user++) counter.add(1, { user });
    for (let at = 0; at < 20; at++) counter.add(1, { [`key${at}`]: 1 });
    expect(pointsOf(telemetry, 'c')).toHaveLength(11);
    expect(totalOf(telemetry, 'c')).toBe(40);
  });

  it('takes `other` of a caller and `other` of its own for the same', () => {
    const { telemetry } = testTelemetry({ cardinality: { perInstrument: 5 } });
    const counter = telemetry.counter('c');
    counter.add(1, { user: 'other' });
    for (let user = 0; user < 20; user++) counter.add(1, { user });
    expect(seriesOf(telemetry, 'c')['{user=other}']).toBe(18);
    expect(pointsOf(telemetry, 'c')).toHaveLength(4);
  });

  it('leaves out what is no attribute also when the attribute is folded', () => {
    const { telemetry } = testTelemetry({ cardinality: { perInstrument: 5 } });
    const counter = telemetry.counter('c');
    counter.add(1);
    for (let user = 0; user < 20; user++) counter.add(1, { user });
    counter.add(1, { user: {} } as unknown as Attributes);
    counter.add(1, { user: () => {} } as unknown as Attributes);
    expect(seriesOf(telemetry, 'c')['{}']).toBe(3);
  });
});

describe('the budget of the process', () => {
  it('holds for all instruments together, each of which may have one series more', () => {
    const { telemetry } = testTelemetry({ cardinality: { total: 100 } });
    for (let instrument = 0; instrument < 20; instrument++) {
      const counter = telemetry.counter(`c${instrument}`);
      for (let user = 0; user < 50; user++) counter.add(1, { user });
    }
    const { series, limit } = telemetry.health().cardinality;
    expect(limit).toEqual({ perInstrument: 2000, total: 100 });
    expect(series).toBeLessThanOrEqual(100 + 20);
    for (let instrument = 0; instrument < 20; instrument++) expect(totalOf(telemetry, `c${instrument}`)).toBe(50);
  });

  it('folds the attribute with too many values in time for the others to keep their meaning', () => {
    const { telemetry } = testTelemetry({ cardinality: { total: 300 } });
    const other = telemetry.counter('other');
    const counter = telemetry.counter('c');
    for (let user = 0; user < 1000; user++) {
      counter.add(1, { user, status: 200 + (user % 5) });
      if (user < 100) other.add(1, { user });
    }
    const statuses = new Set(pointsOf(telemetry, 'c').map(({ attributes }) => attributes.status));
    expect(statuses).toEqual(new Set([200, 201, 202, 203, 204]));
    expect(totalOf(telemetry, 'c')).toBe(1000);
  });
});

describe('whatever the attributes, limits and expiry are', () => {
  it('the sum over the series is what was recorded, within the limits', () => {
    const attributes = fc.dictionary(
      fc.constantFrom('a', 'b', 'c', 'd'),
      fc.oneof(fc.integer({ min: 0, max: 60 }), fc.constantFrom('other', 'x', true)),
      { maxKeys: 3 },
    );
    fc.assert(
      fc.property(
        fc.array(attributes, { minLength: 1, maxLength: 300 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 60 }),
        fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
        (calls, perInstrument, total, expireAfter) => {
          const clock = new ManualClock();
          const cardinality = { perInstrument, total, ...(expireAfter !== undefined && { expireAfter }) };
          const telemetry = createTelemetry({
            service: { name: 'shop' },
            clock,
            cardinality,
            shutdown: { signals: false },
            onError: () => {},
          });
          // Up-down counters that are not at zero stay, so that the sum is the same with expiry.
          const counter = telemetry.upDownCounter('c');
          for (const given of calls) {
            counter.add(1, given);
            clock.advance(1);
          }
          expect(totalOf(telemetry, 'c')).toBe(calls.length);
          expect(pointsOf(telemetry, 'c').length).toBeLessThanOrEqual(Math.min(perInstrument, total) + 1);
          const distinct = new Set(pointsOf(telemetry, 'c').map((point) => JSON.stringify(point.attributes)));
          expect(distinct.size).toBe(pointsOf(telemetry, 'c').length);
          void telemetry.shutdown();
        },
      ),
      { numRuns: 150 },
    );
  });
});
