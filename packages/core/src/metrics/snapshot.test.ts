import { describe, expect, it } from 'vitest';
import type { Exporter, MetricsSnapshot } from '../index.ts';
import { metricOf, pointsOf, seriesOf, testTelemetry } from '../telemetry.test-support.ts';

/** Paths of what is not frozen. */
function thawed(value: unknown, path = 'snapshot'): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return [
    ...(Object.isFrozen(value) ? [] : [path]),
    ...Object.entries(value).flatMap(([key, part]) => thawed(part, `${path}.${key}`)),
  ];
}

function everything(telemetry: ReturnType<typeof testTelemetry>['telemetry']): void {
  telemetry.counter('counter', { unit: '{order}', description: 'Orders.' }).add(1, { plan: 'pro' });
  telemetry.upDownCounter('up-down').add(-1);
  telemetry.gauge('gauge').record(2);
  telemetry.histogram('histogram', { buckets: [1] }).record(2);
  telemetry.histogram('exponential').record(2);
  telemetry.summary('summary').record(2);
  telemetry.observableGauge('observable', {}, (observer) => observer.observe(1));
  const meter = telemetry.meterProvider.getMeter('library', '1.0', { schemaUrl: 'https://example.com' });
  meter.createHistogram('foreign').record(1, { a: 1 });
  telemetry.forService('auth').counter('counter').add(1);
}

describe('a snapshot', () => {
  it('is plain data, frozen to the last part', () => {
    const { telemetry } = testTelemetry({ attributes: { team: 'payments' } });
    everything(telemetry);
    const snapshot = telemetry.snapshot();
    expect(thawed(snapshot)).toEqual([]);
    expect(structuredClone(snapshot)).toEqual(snapshot);
  });

  it('is sorted by name and has no metrics without series', () => {
    const { telemetry } = testTelemetry();
    everything(telemetry);
    telemetry.counter('empty');
    telemetry.observableGauge('silent', {}, () => {});
    expect(telemetry.snapshot().metrics.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'counter counter',
      'counter counter',
      'exponential exponentialHistogram',
      'foreign histogram',
      'gauge gauge',
      'histogram histogram',
      'observable gauge',
      'summary summary',
      'telltale.series gauge',
      'up-down upDownCounter',
    ]);
  });

  it('says what each metric is, who recorded it, since when and up to when', () => {
    const { telemetry, clock } = testTelemetry({ service: { name: 'shop', version: '1', instanceId: 'i' } });
    const counter = telemetry.counter('counter', { unit: '{order}', description: 'Orders.' });
    counter.add(1, { plan: 'pro' });
    clock.advance(10.5);
    counter.add(1, { plan: 'free' });
    clock.advance(10);
    const snapshot = telemetry.snapshot();
    expect(snapshot.time).toBe(1_700_000_020.5);
    expect(snapshot.resource.attributes).toEqual({
      'service.instance.id': 'i',
      'service.name': 'shop',
      'service.version': '1',
      'telemetry.sdk.language': 'nodejs',
      'telemetry.sdk.name': 'telltale',
      'telemetry.sdk.version': expect.any(String),
    });
    expect(snapshot.metrics[0]).toEqual({
      type: 'counter',
      temporality: 'cumulative',
      name: 'counter',
      unit: '{order}',
      description: 'Orders.',
      scope: { name: '@telltale/core', version: expect.any(String) },
      resource: snapshot.resource,
      points: [
        { attributes: { plan: 'pro' }, startTime: 1_700_000_000, time: 1_700_000_020.5, value: 1 },
        { attributes: { plan: 'free' }, startTime: 1_700_000_010.5, time: 1_700_000_020.5, value: 1 },
      ],
    });
    expect(snapshot.metrics[0]?.resource).toBe(snapshot.resource);
  });

  it('has the same attributes object for a series each time, and does not change afterwards', () => {
    const { telemetry } = testTelemetry();
    const counter = telemetry.counter('counter');
    counter.add(1, { plan: 'pro' });
    const before = telemetry.snapshot();
    counter.add(1, { plan: 'pro' });
    const after = telemetry.snapshot();
    expect(before.metrics[0]?.points[0]).toMatchObject({ value: 1 });
    expect(after.metrics[0]?.points[0]).toMatchObject({ value: 2 });
    expect(after.metrics[0]?.points[0]?.attributes).toBe(before.metrics[0]?.points[0]?.attributes);
  });

  it('is the same as what an exporter is handed', async () => {
    const exported: MetricsSnapshot[] = [];
    const exporter: Exporter = {
      name: 'memory',
      exportMetrics: async (snapshot) => {
        exported.push(snapshot);
      },
    };
    // What Telltale says of itself changes with each export.
    const { telemetry } = testTelemetry({ exporters: [exporter], metrics: { disable: ['telltale.*'] } });
    everything(telemetry);
    const snapshot = telemetry.snapshot();
    await telemetry.flush();
    expect(exported[0]).toEqual(snapshot);
    expect(thawed(exported[0])).toEqual([]);
  });

  it('has the series of other services with their own resource, each service once', () => {
    const { telemetry } = testTelemetry({
      service: { name: 'shop', version: '1', environment: 'test', attributes: { 'k8s.pod.name': 'p' } },
    });
    const auth = telemetry.forService('auth', { version: '2' });
    expect(telemetry.forService('auth', { version: '2' })).toBe(auth);
    expect(auth.forService('auth', { version: '2' })).toBe(auth);
    expect(telemetry.forService('auth', { version: '3' })).not.toBe(auth);
    telemetry.counter('logins').add(1);
    auth.counter('logins').add(2);
    const logins = telemetry.snapshot().metrics.filter(({ name }) => name === 'logins');
    expect(logins.map(({ resource, points }) => [resource.attributes['service.name'], points])).toMatchObject([
      ['shop', [{ value: 1 }]],
      ['auth', [{ value: 2 }]],
    ]);
    expect(logins[1]?.resource.attributes).toMatchObject({
      'service.name': 'auth',
      'service.version': '2',
      'deployment.environment.name': 'test',
      'service.instance.id': logins[0]?.resource.attributes['service.instance.id'],
    });
    expect(auth.snapshot()).toEqual(telemetry.snapshot());
  });
});

describe('selection', () => {
  it('puts the default attributes on every series, where own ones win', () => {
    const { telemetry } = testTelemetry({ attributes: { team: 'a', z: 1 } });
    const counter = telemetry.counter('c');
    counter.add(1);
    counter.add(2, { team: 'b', a: 1 });
    telemetry.observableGauge('g', {}, (observer) => observer.observe(1));
    expect(seriesOf(telemetry, 'c')).toEqual({ '{team=a,z=1}': 1, '{a=1,team=b,z=1}': 2 });
    expect(seriesOf(telemetry, 'g')).toEqual({ '{team=a,z=1}': 1 });
  });

  it('renames metrics, which then are one with what has that name', () => {
    const { telemetry } = testTelemetry({ metrics: { rename: { orders: 'shop.orders', price: 'shop.price' } } });
    const orders = telemetry.counter('orders');
    orders.add(1);
    expect(telemetry.counter('shop.orders')).toBe(orders);
    const price = telemetry.histogram('price', { buckets: [1] });
    expect(telemetry.histogram('price')).toBe(price);
    expect(metricOf(telemetry, 'orders')).toBeUndefined();
    expect(seriesOf(telemetry, 'shop.orders')).toEqual({ '{}': 1 });
  });

  it('keeps, leaves out and renames attributes, by metric or pattern, the first that fits', () => {
    const { telemetry } = testTelemetry({
      metrics: {
        attributes: {
          allowed: { allow: ['a', 'b'], rename: { b: 'B' } },
          'denied.*': { deny: ['user'] },
          '*': { rename: { user: 'user.id' } },
        },
      },
    });
    const given = { a: 1, b: 2, user: 'ada' };
    for (const name of ['allowed', 'denied.x', 'rest']) {
      for (let round = 0; round < 2; round++) telemetry.counter(name).add(1, given);
      telemetry.counter(name).add(1, { user: 'bob', b: 2, a: 1 });
    }
    expect(seriesOf(telemetry, 'allowed')).toEqual({ '{B=2,a=1}': 3 });
    expect(seriesOf(telemetry, 'denied.x')).toEqual({ '{a=1,b=2}': 3 });
    expect(seriesOf(telemetry, 'rest')).toEqual({ '{a=1,b=2,user.id=ada}': 2, '{a=1,b=2,user.id=bob}': 1 });
  });

  it('lets the later of two attributes win that are renamed to one', () => {
    const { telemetry } = testTelemetry({ metrics: { attributes: { c: { rename: { old: 'new' } } } } });
    const counter = telemetry.counter('c');
    for (let round = 0; round < 2; round++) {
      counter.add(1, { old: 1, new: 2 });
      counter.add(1, { new: 3, old: 1 });
      counter.add(1, { old: 2 });
    }
    expect(seriesOf(telemetry, 'c')).toEqual({ '{new=2}': 4, '{new=1}': 2 });
  });

  it('leaves attributes out before it sees whether there are too many of them', () => {
    const { telemetry } = testTelemetry({
      cardinality: { perInstrument: 10 },
      metrics: { attributes: { c: { deny: ['user'] } } },
    });
    for (let user = 0; user < 1000; user++) telemetry.counter('c').add(1, { user, plan: 'pro' });
    expect(pointsOf(telemetry, 'c')).toHaveLength(1);
    expect(telemetry.health().cardinality.overflows).toEqual([]);
  });

  it('switches all metrics off with signals.metrics', () => {
    const { telemetry } = testTelemetry({ signals: { metrics: false } });
    everything(telemetry);
    telemetry.job('j', () => 1);
    expect(telemetry.snapshot().metrics).toEqual([]);
  });
});
