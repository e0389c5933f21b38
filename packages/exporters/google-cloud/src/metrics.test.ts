import type { MetricsSnapshot } from '@telltale/core';
import { contextOf, SAMPLE_TIME } from '@telltale/testing';
import { describe, expect, it } from 'vitest';
import { googleCloudUnderTest } from './backend.test-support.ts';
import type { GoogleCloudOptions } from './index.ts';
import { numberPoint, RESOURCE, snapshotOf, timed } from './snapshot.test-support.ts';

const resource = {
  type: 'generic_task',
  labels: {
    project_id: 'shop-1',
    location: 'europe-west1',
    namespace: 'production',
    job: 'checkout',
    task_id: 'task-7',
  },
};
const interval = { startTime: '2023-11-14T22:13:20.000Z', endTime: '2023-11-14T22:14:20.000Z' };

/** The time series that a snapshot becomes. */
async function written(snapshot: MetricsSnapshot, options: GoogleCloudOptions = {}) {
  const { exporter, backend } = await googleCloudUnderTest(options);
  const context = contextOf();
  const result = await exporter.exportMetrics?.(snapshot, context);
  const bodies = backend.requests() as readonly { readonly timeSeries: readonly unknown[] }[];
  return { series: bodies.flatMap(({ timeSeries }) => timeSeries), result, context, backend };
}

describe('a time series', () => {
  it('of a counter is cumulative', async () => {
    const { series } = await written(
      snapshotOf([
        {
          type: 'counter',
          unit: '{order}',
          description: 'Taken.',
          points: [numberPoint(42, { plan: 'pro', big: true })],
        },
      ]),
    );
    expect(series).toEqual([
      {
        metric: { type: 'workload.googleapis.com/orders', labels: { plan: 'pro', big: 'true' } },
        resource,
        metricKind: 'CUMULATIVE',
        valueType: 'DOUBLE',
        unit: '{order}',
        description: 'Taken.',
        points: [{ interval, value: { doubleValue: 42 } }],
      },
    ]);
  });

  for (const type of ['upDownCounter', 'gauge'] as const) {
    it(`of ${type} is a gauge, which has no start`, async () => {
      const { series } = await written(snapshotOf([{ type, points: [numberPoint(-2.5)] }]));
      expect(series).toEqual([
        {
          metric: { type: 'workload.googleapis.com/orders', labels: {} },
          resource,
          metricKind: 'GAUGE',
          valueType: 'DOUBLE',
          points: [{ interval: { endTime: interval.endTime }, value: { doubleValue: -2.5 } }],
        },
      ]);
    });
  }

  it('of a histogram is a distribution whose buckets hold their lower bounds', async () => {
    const histogram = {
      ...timed,
      count: 6,
      sum: 3,
      min: 0.005,
      max: 2,
      counts: [1, 2, 3],
      exemplars: [
        { value: 2, time: SAMPLE_TIME, traceId: 'b'.repeat(32), spanId: 'd'.repeat(16) },
        { value: 0.05, time: SAMPLE_TIME - 1, traceId: 'a'.repeat(32), spanId: 'c'.repeat(16) },
      ],
    };
    const { series } = await written(snapshotOf([{ type: 'histogram', boundaries: [0.5, 1], points: [histogram] }]));
    const attachments = (trace: string, span: string) => [
      {
        '@type': 'type.googleapis.com/google.monitoring.v3.SpanContext',
        spanName: `projects/shop-1/traces/${trace.repeat(32)}/spans/${span.repeat(16)}`,
      },
    ];
    expect(series).toMatchObject([
      {
        metricKind: 'CUMULATIVE',
        valueType: 'DISTRIBUTION',
        points: [
          {
            interval,
            value: {
              distributionValue: {
                count: '6',
                mean: 0.5,
                // The least of each bucket: 0.005, 0.5 twice and 1 three times, as the sum is that small.
                sumOfSquaredDeviation: expect.closeTo(0.245025 + 3 * 0.25, 12),
                bucketOptions: { explicitBuckets: { bounds: [0.5000000000000001, 1.0000000000000002] } },
                bucketCounts: ['1', '2', '3'],
                exemplars: [
                  { value: 0.05, timestamp: '2023-11-14T22:14:19.000Z', attachments: attachments('a', 'c') },
                  { value: 2, timestamp: '2023-11-14T22:14:20.000Z', attachments: attachments('b', 'd') },
                ],
              },
            },
          },
        ],
      },
    ]);
  });

  it('has exemplars without a span, and what a view left out of their series', async () => {
    const exemplars = [
      { value: 0.2, time: SAMPLE_TIME, filteredAttributes: { 'user.id': 'u-1', tries: 2 } },
      { value: 0.1, time: SAMPLE_TIME },
    ];
    const point = { ...timed, count: 2, sum: 0.3, min: 0.1, max: 0.2, counts: [2, 0], exemplars };
    const { series } = await written(snapshotOf([{ type: 'histogram', boundaries: [1], points: [point] }]));
    const [first] = series as readonly { points: readonly { value: { distributionValue: object } }[] }[];
    expect(first?.points[0]?.value.distributionValue).toMatchObject({
      exemplars: [
        { value: 0.1, timestamp: '2023-11-14T22:14:20.000Z' },
        {
          value: 0.2,
          attachments: [
            {
              '@type': 'type.googleapis.com/google.monitoring.v3.DroppedLabels',
              label: { 'user.id': 'u-1', tries: '2' },
            },
          ],
        },
      ],
    });
  });

  it('of a histogram in which nothing was recorded has neither mean nor counts', async () => {
    const empty = { ...timed, count: 0, sum: 0, min: undefined, max: undefined, counts: [0, 0], exemplars: [] };
    const { series } = await written(snapshotOf([{ type: 'histogram', boundaries: [1], points: [empty] }]));
    expect(series).toMatchObject([
      {
        points: [
          {
            value: {
              distributionValue: { count: '0', bucketOptions: { explicitBuckets: { bounds: [1.0000000000000002] } } },
            },
          },
        ],
      },
    ]);
  });

  it('of a summary is a gauge per quantile, and two totals', async () => {
    const summary = {
      ...timed,
      count: 3,
      sum: 9,
      quantiles: [
        { quantile: 0.5, value: 2 },
        { quantile: 0.99, value: Number.NaN },
      ],
    };
    const { series, result } = await written(
      snapshotOf([{ type: 'summary', name: 'price', unit: 's', points: [summary] }]),
    );
    expect(series).toMatchObject([
      {
        metric: { type: 'workload.googleapis.com/price', labels: { quantile: '0.5' } },
        metricKind: 'GAUGE',
        unit: 's',
        points: [{ value: { doubleValue: 2 } }],
      },
      {
        metric: { type: 'workload.googleapis.com/price.count' },
        metricKind: 'CUMULATIVE',
        unit: '1',
        points: [{ value: { doubleValue: 3 } }],
      },
      {
        metric: { type: 'workload.googleapis.com/price.sum' },
        metricKind: 'CUMULATIVE',
        unit: 's',
        points: [{ value: { doubleValue: 9 } }],
      },
    ]);
    expect(result).toEqual({ accepted: 1, rejected: 0 });
  });
});

describe('numbers', () => {
  it('are INT64 where the type was made so by someone else', async () => {
    const options = { integers: ['orders'] };
    const { series, context } = await written(
      snapshotOf([{ type: 'counter', points: [numberPoint(42), numberPoint(0.5, { plan: 'free' })] }]),
      options,
    );
    expect(series).toMatchObject([{ valueType: 'INT64', points: [{ value: { int64Value: '42' } }] }]);
    expect(context.refused.size).toBe(1);
  });

  it('that are not finite are not told: a gauge is silent, a counter is refused with a word', async () => {
    const { series, result } = await written(
      snapshotOf([
        {
          type: 'gauge',
          name: 'warmth',
          points: [numberPoint(Number.NaN), numberPoint(Number.POSITIVE_INFINITY, { a: 1 })],
        },
        { type: 'counter', points: [numberPoint(Number.POSITIVE_INFINITY)] },
      ]),
    );
    expect(series).toEqual([]);
    expect(result).toEqual({ accepted: 2, rejected: 1, reason: 'orders: its value is not finite' });
  });
});

describe('requests', () => {
  it('hold 200 series at most, and never split a summary', async () => {
    const points = Array.from({ length: 199 }, (_, i) => numberPoint(i, { i }));
    const summary = { ...timed, count: 1, sum: 1, quantiles: [{ quantile: 0.5, value: 1 }] };
    const { backend, result } = await written(
      snapshotOf([
        { type: 'counter', points },
        { type: 'summary', name: 'price', points: [summary] },
      ]),
    );
    const sizes = (backend.requests() as { timeSeries: unknown[] }[]).map(({ timeSeries }) => timeSeries.length);
    expect(sizes).toEqual([199, 3]);
    expect(result?.accepted).toBe(200);
  });
});

describe('series', () => {
  it('of another service in the process are those of another job, in the same task', async () => {
    const auth = { attributes: { 'service.name': 'auth' } };
    const { series } = await written(
      snapshotOf([
        { type: 'counter', points: [numberPoint(1)] },
        { type: 'counter', resource: auth, points: [numberPoint(2)] },
      ]),
    );
    expect(series).toMatchObject([
      { resource },
      { resource: { labels: { job: 'auth', task_id: 'task-7', namespace: '', location: 'global' } } },
    ]);
  });

  it('keep apart what becomes the same text, and what is empty there', async () => {
    const { backend, result } = await written(
      snapshotOf([
        {
          type: 'counter',
          points: [numberPoint(1, { a: 1 }), numberPoint(2, { a: '1' }), numberPoint(3, { a: '' }), numberPoint(4)],
        },
      ]),
    );
    expect(result).toEqual({ accepted: 4, rejected: 0 });
    expect(backend.series().map(({ metric, points }) => [metric.labels, points[0]?.value.doubleValue])).toEqual([
      [{ a: '1' }, 1],
      [{ a: '1', duplicate: '2' }, 2],
      [{}, 3],
      [{ duplicate: '2' }, 4],
    ]);
  });

  it('have 30 labels at most: what comes later is told in one', async () => {
    const wide = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`key${i}`, i]));
    const { backend, result } = await written(
      snapshotOf([{ type: 'counter', points: [numberPoint(1, wide), numberPoint(2, { ...wide, key39: 'x' })] }]),
    );
    expect(result).toEqual({ accepted: 2, rejected: 0 });
    const labels = backend.series().map(({ metric }) => metric.labels);
    expect(Object.keys(labels[0] ?? {})).toHaveLength(29);
    expect(JSON.parse(labels[1]?.other_attributes ?? '')).toMatchObject({ key28: 28, key39: 'x' });
  });

  it('get the labels of the resource that are asked for, which no attribute can take', async () => {
    const { series } = await written(
      snapshotOf([{ type: 'counter', points: [numberPoint(1, { service_version: 'mine' })] }]),
      { resourceAttributes: ['service.version'] },
    );
    expect(series).toMatchObject([{ metric: { labels: { service_version: '1.4.0', service_version_2: 'mine' } } }]);
  });

  it('of a resource of the user are told apart by labels', async () => {
    const monitoredResource = { type: 'k8s_container', labels: { cluster_name: 'c1' } };
    const { series } = await written(snapshotOf([{ type: 'counter', points: [numberPoint(1)] }]), {
      monitoredResource,
    });
    expect(series).toMatchObject([
      { resource: monitoredResource, metric: { labels: { service_name: 'checkout', service_instance_id: 'task-7' } } },
    ]);
  });

  it('may be of a resource that is made of the service', async () => {
    const { series } = await written(snapshotOf([{ type: 'counter', points: [numberPoint(1)] }]), {
      monitoredResource: ({ attributes }) => ({
        type: 'generic_node',
        labels: { node_id: String(attributes['host.name']) },
      }),
    });
    expect(series).toMatchObject([{ resource: { type: 'generic_node', labels: { node_id: 'host-1' } } }]);
  });
});

describe('metric types', () => {
  it('are spelt in letters, digits, dots and slashes, behind a prefix of choice', async () => {
    const { series } = await written(snapshotOf([{ type: 'counter', name: 'größe-a.b/c', points: [numberPoint(1)] }]), {
      metricPrefix: 'custom.googleapis.com/shop',
    });
    expect(series).toMatchObject([{ metric: { type: 'custom.googleapis.com/shop/gr__e_a.b/c' } }]);
  });

  it('belong to one metric: another that is spelt the same is refused with a word', async () => {
    const { result, backend } = await written(
      snapshotOf([
        { type: 'counter', name: 'a_b', points: [numberPoint(1)] },
        { type: 'counter', name: 'a-b', points: [numberPoint(2)] },
        { type: 'gauge', name: 'a_b', resource: { attributes: {} }, points: [numberPoint(3)] },
      ]),
    );
    expect(backend.series()).toHaveLength(1);
    expect(result).toEqual({
      accepted: 1,
      rejected: 2,
      reason: 'workload.googleapis.com/a_b belongs to the metric "a_b"; rename one of the two',
    });
  });

  it('have units that the service knows, others as notes', async () => {
    const units = ['s', 'By', 'ms', 'KiBy', '{order}/s', '1', '%', 'EUR', 'By{sent}', 'km h', ''];
    const { series } = await written(
      snapshotOf(units.map((unit, i) => ({ type: 'counter', name: `m${i}`, unit, points: [numberPoint(1)] }))),
    );
    expect(series.map((one) => (one as { unit?: string }).unit)).toEqual([
      's',
      'By',
      'ms',
      'KiBy',
      '{order}/s',
      '1',
      '%',
      '{EUR}',
      'By{sent}',
      '{kmh}',
      undefined,
    ]);
  });
});

it('makes a task of its own where the service does not say which it is', async () => {
  const { attributes } = RESOURCE;
  const nameless = { attributes: { ...attributes, 'service.instance.id': '' } };
  const snapshot = {
    ...snapshotOf([{ type: 'counter', resource: nameless, points: [numberPoint(1)] }]),
    resource: nameless,
  };
  const tasks = await Promise.all([written(snapshot), written(snapshot)]);
  const [first, second] = tasks.map(({ backend }) => backend.series()[0]?.resource.labels?.task_id);
  expect(first).toMatch(/^[\da-f-]{36}$/);
  expect(first).not.toBe(second);
});
