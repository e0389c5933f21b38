import type { Metric, MetricsSnapshot } from '@telltale/core';
import { contextOf, SAMPLE_TIME, sampleResource } from '@telltale/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splunkUnderTest } from './backend.test-support.ts';
import type { SplunkOptions } from './index.ts';

type GivenMetric = { [M in Metric as M['type']]: Pick<M, 'type' | 'points'> & Partial<M> }[Metric['type']];

function snapshotOf(metrics: readonly GivenMetric[]): MetricsSnapshot {
  const rest = { name: 'orders', description: '', unit: '', scope: { name: 'test' }, temporality: 'delta' };
  const whole = metrics.map((metric) => ({ ...rest, resource: sampleResource, ...metric }));
  return { time: SAMPLE_TIME, resource: sampleResource, metrics: whole as unknown as readonly Metric[] };
}

type Given = Readonly<Record<string, string | number | boolean>>;

const timed = { attributes: {} as Given, startTime: SAMPLE_TIME - 60, time: SAMPLE_TIME };
const point = (value: number, attributes: Given = {}) => ({ ...timed, attributes, value });

async function sent(metrics: readonly GivenMetric[], options: SplunkOptions = {}) {
  const { exporter, backend } = await splunkUnderTest(options);
  const result = await exporter.exportMetrics?.(snapshotOf(metrics), contextOf());
  return { events: backend.events(), result };
}

const identity = {
  'service.name': 'checkout',
  'service.version': '1.4.0',
  'deployment.environment.name': 'production',
};

describe('an event of metrics', () => {
  it('has all values of one time and the same dimensions', async () => {
    const { events, result } = await sent([
      { type: 'counter', points: [point(3, { plan: 'pro', big: true }), point(1, { plan: 'free' })] },
      { type: 'gauge', name: 'warmth', points: [point(-4.5, { plan: 'pro', big: true })] },
    ]);
    const rest = {
      time: SAMPLE_TIME,
      host: 'host-1',
      source: 'checkout',
      sourcetype: 'telltale:metric',
      event: 'metric',
    };
    expect(events).toEqual([
      {
        ...rest,
        fields: { ...identity, plan: 'pro', big: 'true', 'metric_name:orders': 3, 'metric_name:warmth': -4.5 },
      },
      { ...rest, fields: { ...identity, plan: 'free', 'metric_name:orders': 1 } },
    ]);
    expect(result).toEqual({ accepted: 3, rejected: 0 });
  });

  it('goes where the options say', async () => {
    const { events } = await sent([{ type: 'counter', points: [point(3)] }], {
      host: 'h',
      source: 's',
      sourcetype: { metrics: 'st' },
      index: { metrics: 'm', events: 'e' },
      resourceAttributes: [],
    });
    expect(events).toEqual([
      {
        time: SAMPLE_TIME,
        host: 'h',
        source: 's',
        sourcetype: 'st',
        index: 'm',
        event: 'metric',
        fields: { 'metric_name:orders': 3 },
      },
    ]);
  });

  it('is of the service that recorded it', async () => {
    const resource = { attributes: { 'service.name': 'auth', 'host.name': 'host-2' } };
    const { events } = await sent([
      { type: 'counter', points: [point(1)] },
      { type: 'counter', resource, points: [point(2)] },
    ]);
    expect(events).toMatchObject([
      { source: 'checkout', fields: { 'metric_name:orders': 1 } },
      { source: 'auth', host: 'host-2', fields: { 'service.name': 'auth', 'metric_name:orders': 2 } },
    ]);
  });
});

describe('histograms', () => {
  const histogram = {
    ...timed,
    count: 100,
    sum: 40,
    min: undefined,
    max: undefined,
    counts: [50, 45, 5],
    exemplars: [],
  };

  it('are count, sum and estimated quantiles', async () => {
    const { events } = await sent([{ type: 'histogram', boundaries: [0.2, 1], points: [histogram] }], {
      resourceAttributes: [],
    });
    expect(events.map(({ fields }) => fields)).toEqual([
      {
        'metric_name:orders.count': 100,
        'metric_name:orders.sum': 40,
        'metric_name:orders.p50': 0.1,
        'metric_name:orders.p90': expect.closeTo(0.6, 12),
        'metric_name:orders.p95': expect.closeTo(0.6, 12),
        'metric_name:orders.p99': expect.closeTo(1.6, 12),
      },
    ]);
  });

  it('have least and greatest where they are known, and the quantiles that are asked for', async () => {
    const known = { ...histogram, min: 0.1, max: 7 };
    const { events } = await sent([{ type: 'histogram', boundaries: [0.2, 1], points: [known] }], {
      resourceAttributes: [],
      quantiles: [0.999],
    });
    expect(events[0]?.fields).toEqual({
      'metric_name:orders.count': 100,
      'metric_name:orders.sum': 40,
      'metric_name:orders.min': 0.1,
      'metric_name:orders.max': 7,
      'metric_name:orders.p99.9': expect.closeTo(2.774647887, 9),
    });
  });

  it('have accumulated buckets by option, which add up to the count', async () => {
    const options = { resourceAttributes: [], quantiles: [], buckets: true };
    const { events } = await sent([{ type: 'histogram', boundaries: [0.2, 1], points: [histogram] }], options);
    expect(events.slice(1).map(({ fields }) => fields)).toEqual([
      { le: '0.2', 'metric_name:orders.bucket': 50 },
      { le: '1', 'metric_name:orders.bucket': 95 },
      { le: '+Inf', 'metric_name:orders.bucket': 100 },
    ]);
  });

  it('of base 2 have at most 40 buckets beside zero', async () => {
    const counts = new Array<number>(160).fill(1);
    const exponential = {
      ...timed,
      count: 163,
      sum: 1,
      min: undefined,
      max: undefined,
      scale: 3,
      zeroCount: 2,
      zeroThreshold: 0,
      positive: { offset: -80, counts },
      negative: { offset: 0, counts: [1] },
      exemplars: [],
    };
    const options = { resourceAttributes: [], quantiles: [], buckets: true };
    const { events } = await sent([{ type: 'exponentialHistogram', points: [exponential] }], options);
    const buckets = events.slice(1).map(({ fields }) => [fields?.le, fields?.['metric_name:orders.bucket']]);
    expect(buckets.length).toBeLessThanOrEqual(42);
    expect(buckets.slice(0, 2)).toEqual([
      ['-1', 1],
      ['0', 3],
    ]);
    expect(buckets.at(-1)).toEqual(['+Inf', 163]);
  });
});

it('summaries are count, sum and the quantiles that have a value', async () => {
  const quantiles = [
    { quantile: 0.5, value: 2 },
    { quantile: 0.99, value: Number.NaN },
  ];
  const { events } = await sent([{ type: 'summary', points: [{ ...timed, count: 3, sum: 9, quantiles }] }], {
    resourceAttributes: [],
  });
  expect(events[0]?.fields).toEqual({
    'metric_name:orders.count': 3,
    'metric_name:orders.sum': 9,
    'metric_name:orders.p50': 2,
  });
});

it('what is not finite is not told: gauges silently, sums with a word', async () => {
  const { events, result } = await sent([
    { type: 'gauge', name: 'warmth', points: [point(Number.NaN), point(Number.NEGATIVE_INFINITY, { a: 1 })] },
    { type: 'counter', points: [point(Number.POSITIVE_INFINITY)] },
  ]);
  expect(events).toEqual([]);
  expect(result).toEqual({ accepted: 2, rejected: 1, reason: 'orders: its value is not finite' });
});

describe('dimensions', () => {
  it('that become the same keep their series apart', async () => {
    const { events } = await sent(
      [{ type: 'counter', points: [point(1, { a: 1 }), point(2, { a: '1' }), point(3, { a: '' }), point(4)] }],
      { resourceAttributes: [] },
    );
    expect(events.map(({ fields }) => fields)).toEqual([
      { a: '1', 'metric_name:orders': 1 },
      { a: '1', duplicate: '2', 'metric_name:orders': 2 },
      { 'metric_name:orders': 3 },
      { duplicate: '2', 'metric_name:orders': 4 },
    ]);
  });

  it('that Splunk has of its own, and names that become the same, get out of the way', async () => {
    const { events } = await sent(
      [
        { type: 'counter', points: [point(1, { host: 'a', _x: 'b', 'a-b': 'c', a_b: 'd' })] },
        { type: 'counter', name: 'or.ders', points: [point(2)] },
        { type: 'counter', name: 'or/ders', points: [point(3)] },
        { type: 'counter', name: 'or-ders', points: [point(4)] },
      ],
      { resourceAttributes: [] },
    );
    expect(events.map(({ fields }) => fields)).toEqual([
      { host_2: 'a', key__x: 'b', a_b: 'c', a_b_2: 'd', 'metric_name:orders': 1 },
      { 'metric_name:or.ders': 2, 'metric_name:or_ders': 3, 'metric_name:or_ders_2': 4 },
    ]);
  });

  it('are taken whatever characters are in them', async () => {
    const { exporter, backend } = await splunkUnderTest();
    const attributes = fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), { maxKeys: 5 });
    await fc.assert(
      fc.asyncProperty(attributes, async (given) => {
        const snapshot = snapshotOf([{ type: 'counter', points: [point(1, given)] }]);
        expect(await exporter.exportMetrics?.(snapshot, contextOf())).toEqual({ accepted: 1, rejected: 0 });
      }),
      { numRuns: 50 },
    );
    expect(backend.server.complaints).toEqual([]);
  });
});
