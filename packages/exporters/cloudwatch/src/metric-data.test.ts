import type { ExponentialHistogramPoint, Metric, MetricsSnapshot } from '@telltale/core';
import { contextOf, SAMPLE_START, SAMPLE_TIME, sampleResource, sampleSnapshot } from '@telltale/testing';
import { demoMinute } from '@telltale-internal/backends';
import { expect, test } from 'vitest';
import { sendingTo } from './cloudwatch.test-support.ts';

const service = [
  { Name: 'service.name', Value: 'checkout' },
  { Name: 'deployment.environment.name', Value: 'production' },
];
const at = { Timestamp: SAMPLE_TIME };

function snapshotOf(...metrics: readonly Metric[]): MetricsSnapshot {
  return { time: SAMPLE_TIME, resource: sampleResource, metrics };
}

function counter(name: string, points: readonly (readonly [object, number])[], more: object = {}): Metric {
  return {
    name,
    description: '',
    unit: '',
    scope: { name: 'test' },
    resource: sampleResource,
    type: 'counter',
    temporality: 'delta',
    points: points.map(([attributes, value]) => ({
      attributes: attributes as never,
      startTime: SAMPLE_START,
      time: SAMPLE_TIME,
      value,
    })),
    ...more,
  } as Metric;
}

test('every type of metric as data of CloudWatch', async () => {
  const { backend, send } = await sendingTo();
  const snapshot = sampleSnapshot({ temporality: 'delta' });
  await send({ ...snapshot, metrics: snapshot.metrics.filter(({ name }) => name !== 'sample.nasty') });
  expect(backend.calls).toHaveLength(1);
  expect(backend.calls[0]?.namespace).toBe('Checkout');
  expect(backend.calls[0]?.data).toEqual([
    {
      MetricName: 'sample.active',
      Dimensions: [...service, { Name: 'state', Value: 'waiting' }],
      ...at,
      Unit: 'Count',
      Value: 3,
    },
    {
      MetricName: 'sample.active',
      Dimensions: [...service, { Name: 'state', Value: 'undone' }],
      ...at,
      Unit: 'Count',
      Value: -2,
    },
    {
      MetricName: 'sample.duration',
      Dimensions: [
        ...service,
        { Name: 'http.route', Value: '/orders/:id' },
        { Name: 'http.response.status_code', Value: '200' },
      ],
      ...at,
      Unit: 'Seconds',
      // Sum 3.155: one in the middle of (0, 0.01], two in that of (0.01, 0.1], two in that of (0.1, 1], and the rest above 1.
      Values: [0.005, 0.055, 0.55, expect.closeTo(1.94, 12)],
      Counts: [1, 2, 2, 1],
    },
    {
      MetricName: 'sample.orders',
      Dimensions: [...service, { Name: 'plan', Value: 'pro' }],
      ...at,
      Unit: 'Count',
      Value: 42,
    },
    {
      MetricName: 'sample.orders',
      Dimensions: [...service, { Name: 'plan', Value: 'free' }],
      ...at,
      Unit: 'Count',
      Value: 0.5,
    },
    {
      MetricName: 'sample.other_service',
      Dimensions: [{ Name: 'service.name', Value: 'auth' }],
      ...at,
      Unit: 'Count',
      Value: 7,
    },
    {
      MetricName: 'sample.payload',
      Dimensions: [...service, { Name: 'direction', Value: 'in' }],
      ...at,
      Unit: 'Bytes',
      // Sum 4611: all at 38.7 % of the width of their buckets, the last takes what rounding to six digits left.
      Values: [-3.22606, -1.61303, 0, 355.065, expect.closeTo((4611 - 355.065 + 3.22606 + 1.61303) / 3, 9)],
      Counts: [1, 1, 2, 1, 3],
    },
    {
      MetricName: 'sample.payload',
      Dimensions: [...service, { Name: 'direction', Value: 'out' }],
      ...at,
      Unit: 'Bytes',
      Values: [0],
      Counts: [1],
    },
    {
      MetricName: 'sample.price',
      Dimensions: [...service, { Name: 'plan', Value: 'pro' }],
      ...at,
      Unit: 'None',
      StatisticValues: { SampleCount: 3, Sum: 9, Minimum: 2, Maximum: 5 },
    },
    {
      MetricName: 'sample.price',
      Dimensions: [...service, { Name: 'plan', Value: 'pro' }, { Name: 'quantile', Value: '0.5' }],
      ...at,
      Unit: 'None',
      Value: 2,
    },
    {
      MetricName: 'sample.price',
      Dimensions: [...service, { Name: 'plan', Value: 'pro' }, { Name: 'quantile', Value: '0.99' }],
      ...at,
      Unit: 'None',
      Value: 5,
    },
    {
      MetricName: 'sample.price',
      Dimensions: [...service, { Name: 'plan', Value: 'idle' }],
      ...at,
      Unit: 'None',
      StatisticValues: { SampleCount: 1, Sum: 4, Minimum: 4, Maximum: 4 },
    },
    {
      MetricName: 'sample.temperature',
      Dimensions: [...service, { Name: 'room', Value: 'kitchen' }],
      ...at,
      Unit: 'None',
      Value: 21.5,
    },
    {
      MetricName: 'sample.temperature',
      Dimensions: [...service, { Name: 'room', Value: 'cellar' }],
      ...at,
      Unit: 'None',
      Value: -4,
    },
  ]);
});

test('names, dimensions and resolution as the options say', async () => {
  const { backend, send } = await sendingTo({
    naming: 'pascal',
    dimensions: { Stage: 'prod' },
    resourceDimensions: ['service.version', 'host.name', 'missing'],
    highResolution: true,
  });
  await send(snapshotOf(counter('http.server.hits', [[{ 'http.route': '/', stage: 'x' }, 1]])));
  expect(backend.calls[0]?.data).toEqual([
    {
      MetricName: 'HttpServerHits',
      Dimensions: [
        { Name: 'Stage', Value: 'prod' },
        { Name: 'ServiceVersion', Value: '1.4.0' },
        { Name: 'HostName', Value: 'host-1' },
        { Name: 'HttpRoute', Value: '/' },
        // The fixed dimension has the name already.
        { Name: 'stage', Value: 'x' },
      ],
      Timestamp: SAMPLE_TIME,
      Unit: 'Count',
      StorageResolution: 1,
      Value: 1,
    },
  ]);
});

test('the attributes of a series come before those of its service', async () => {
  const { backend, send } = await sendingTo();
  await send(snapshotOf(counter('a', [[{ 'service.name': 'inner' }, 1]])));
  expect(backend.calls[0]?.data[0]?.Dimensions).toEqual([
    { Name: 'service.name', Value: 'inner' },
    { Name: 'deployment.environment.name', Value: 'production' },
  ]);
});

test('a metric without dimensions has none', async () => {
  const { backend, send } = await sendingTo({ resourceDimensions: [] });
  await send(snapshotOf(counter('a', [[{}, 1]])));
  expect(backend.calls[0]?.data).toEqual([{ MetricName: 'a', Timestamp: SAMPLE_TIME, Unit: 'Count', Value: 1 }]);
});

test('a summary whose series has an attribute quantile keeps it', async () => {
  const { backend, send } = await sendingTo({ resourceDimensions: [] });
  const [price] = sampleSnapshot({ temporality: 'delta' }).metrics.filter(({ type }) => type === 'summary');
  const points = price?.points.slice(0, 1).map((point) => ({ ...point, attributes: { quantile: 'mine' } }));
  await send(snapshotOf({ ...price, points } as Metric));
  expect(backend.calls[0]?.data.map(({ Dimensions }) => Dimensions)).toEqual([
    [{ Name: 'quantile', Value: 'mine' }],
    [
      { Name: 'quantile', Value: 'mine' },
      { Name: 'summary.quantile', Value: '0.5' },
    ],
    [
      { Name: 'quantile', Value: 'mine' },
      { Name: 'summary.quantile', Value: '0.99' },
    ],
  ]);
});

test('a histogram of more than 150 values is several data of one request', async () => {
  const { backend, send } = await sendingTo();
  const counts = Array.from({ length: 160 }, (_, i) => i + 1);
  const point: ExponentialHistogramPoint = {
    attributes: {},
    startTime: SAMPLE_START,
    time: SAMPLE_TIME,
    count: 2 * 12_880 + 5,
    sum: 4321,
    min: undefined,
    max: undefined,
    scale: 3,
    zeroCount: 5,
    zeroThreshold: 0,
    positive: { offset: -80, counts },
    negative: { offset: -80, counts },
    exemplars: [],
  };
  const context = await send(
    snapshotOf({ ...counter('wide', []), type: 'exponentialHistogram', points: [point] } as Metric),
  );
  expect(context.named).toEqual(new Set([point]));
  expect(backend.calls).toHaveLength(1);
  const data = backend.calls[0]?.data ?? [];
  expect(data.map(({ Values }) => Values?.length)).toEqual([150, 150, 21]);
  const pairs = data.flatMap(({ Values = [], Counts = [] }) =>
    Values.map((value, i) => [value, Counts[i] ?? 0] as const),
  );
  expect(pairs.reduce((sum, [, n]) => sum + n, 0)).toBe(point.count);
  expect(pairs.reduce((sum, [value, n]) => sum + value * n, 0)).toBeCloseTo(4321, 6);
  expect(pairs.map(([value]) => value)).toEqual(pairs.map(([value]) => value).sort((a, b) => a - b));
});

test('what CloudWatch cannot have is refused with a word, all else gets there', async () => {
  const { exporter, backend } = await sendingTo();
  const tooMany = Object.fromEntries(Array.from({ length: 29 }, (_, i) => [`key${i}`, 'x']));
  const snapshot = snapshotOf(
    counter('a', [
      [{ n: 1 }, 1],
      [{ n: 2 }, 1e200],
      [tooMany, 2],
      [{ n: 3 }, 3],
    ]),
  );
  const context = contextOf();
  const result = await exporter.exportMetrics?.(snapshot, context);
  const points = snapshot.metrics[0]?.points;
  expect(context.named).toEqual(new Set([points?.[0], points?.[3]]));
  expect(context.refused).toEqual(new Set([points?.[1], points?.[2]]));
  expect(result).toEqual({
    accepted: 2,
    rejected: 2,
    reason: 'a has a value that CloudWatch cannot have (it takes magnitudes up to 2^360)',
  });
  expect(backend.totals()).toEqual(new Map([['a', 4]]));
});

test('30 dimensions are taken', async () => {
  const { backend, send } = await sendingTo();
  const attributes = Object.fromEntries(Array.from({ length: 28 }, (_, i) => [`key${i}`, 'x']));
  await send(snapshotOf(counter('a', [[attributes, 1]])));
  expect(backend.calls[0]?.data[0]?.Dimensions).toHaveLength(30);
});

test('the recorded minute of demo traffic', async () => {
  const { backend, send } = await sendingTo();
  const { snapshot } = demoMinute({ temporality: 'delta' });
  const context = await send(snapshot);
  expect(context.refused.size).toBe(0);
  expect(backend.server.complaints).toEqual([]);
  expect(backend.calls).toHaveLength(1);
  const [call] = backend.calls;
  const data = call?.data.map((datum) => JSON.stringify(datum)).join(',\n');
  await expect(`{"Namespace":${JSON.stringify(call?.namespace)},"MetricData":[\n${data}\n]}\n`).toMatchFileSnapshot(
    '__golden__/minute.json',
  );
});

test('the recorded minute has in CloudWatch the counts and sums that it has here', async () => {
  const { backend, send } = await sendingTo({ naming: 'pascal' });
  const { snapshot } = demoMinute({ temporality: 'delta' });
  await send(snapshot);
  const totals = backend.totals();
  const pascal = (name: string) => name.replaceAll(/(?:^|[^a-zA-Z0-9])([a-z])/g, (_, letter) => letter.toUpperCase());
  const wanted = new Map<string, number>();
  for (const { name, points } of snapshot.metrics) {
    for (const point of points) {
      const value = 'value' in point ? point.value : point.count;
      wanted.set(pascal(name), (wanted.get(pascal(name)) ?? 0) + value);
    }
  }
  expect([...totals.keys()].sort()).toEqual([...wanted.keys()].sort());
  for (const [name, value] of wanted) expect(totals.get(name)).toBeCloseTo(value, 6);
  const sumOf = (name: string) =>
    backend.calls
      .flatMap(({ data }) => data)
      .filter(({ MetricName }) => MetricName === name)
      .reduce((sum, { Values = [], Counts = [] }) => sum + Values.reduce((s, v, i) => s + v * (Counts[i] ?? 0), 0), 0);
  const requests = snapshot.metrics.filter(({ name }) => name === 'http.server.request.duration');
  const seconds = requests.flatMap(({ points }) => points as readonly { readonly sum: number }[]);
  expect(sumOf('HttpServerRequestDuration')).toBeCloseTo(
    seconds.reduce((sum, point) => sum + point.sum, 0),
    9,
  );
});
