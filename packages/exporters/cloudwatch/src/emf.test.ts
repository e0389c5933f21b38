import { Writable } from 'node:stream';
import { createTelemetry, type TelemetryError } from '@telltale/core';
import { contextOf, ManualClock, SAMPLE_START, SAMPLE_TIME, sampleSnapshot } from '@telltale/testing';
import { demoMinute } from '@telltale-internal/backends';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { type Line, linesOf, orders, point, queue, snapshotOf, statisticsOf } from './emf.test-support.ts';
import { type EmfOptions, emf } from './index.ts';

test('metrics with the same dimensions share a line', async () => {
  expect(await linesOf(snapshotOf(orders, queue))).toEqual([
    {
      'service.name': 'checkout',
      'deployment.environment.name': 'production',
      plan: 'pro',
      orders: 42,
      'queue.size': 7.5,
      _aws: {
        Timestamp: SAMPLE_TIME * 1000,
        CloudWatchMetrics: [
          {
            Namespace: 'Checkout',
            Dimensions: [['service.name', 'deployment.environment.name', 'plan']],
            Metrics: [
              { Name: 'orders', Unit: 'Count' },
              { Name: 'queue.size', Unit: 'Bytes' },
            ],
          },
        ],
      },
    },
  ]);
});

test('every type of metric', async () => {
  const snapshot = sampleSnapshot({ temporality: 'delta' });
  const lines = await linesOf(snapshot);
  expect(statisticsOf(lines, 'sample.orders')).toEqual({ count: 2, sum: 42.5 });
  expect(statisticsOf(lines, 'sample.duration')).toEqual({ count: 6, sum: expect.closeTo(3.155, 9) });
  expect(statisticsOf(lines, 'sample.payload')).toEqual({ count: 9, sum: expect.closeTo(4611, 9) });
  const prices = lines.filter((line) => 'sample.price' in line);
  expect(prices.map((line) => [line.quantile, line['sample.price']])).toEqual([
    [undefined, { Max: 5, Min: 2, Count: 3, Sum: 9 }],
    ['0.5', 2],
    ['0.99', 5],
    [undefined, { Max: 4, Min: 4, Count: 1, Sum: 4 }],
  ]);
  // What is no number is left out.
  expect(lines.filter((line) => 'sample.temperature' in line)).toHaveLength(2);
});

test('a line has 100 metrics at most', async () => {
  const metrics = Array.from({ length: 250 }, (_, i) => ({
    ...orders,
    name: `m${i}`,
    points: [point({ plan: 'pro' }, i)],
  }));
  const lines = await linesOf(snapshotOf(...metrics));
  expect(lines.map((line) => line._aws.CloudWatchMetrics[0]?.Metrics.length)).toEqual([100, 100, 50]);
});

test('a line has 256,000 bytes at most', async () => {
  const counts = Array.from({ length: 100 }, (_, i) => 123_456_789 + i);
  const wide = (name: string) => ({
    name,
    type: 'exponentialHistogram',
    points: [
      {
        attributes: {},
        startTime: SAMPLE_START,
        time: SAMPLE_TIME,
        count: counts.reduce((sum, n) => sum + n, 0),
        sum: 1e12,
        min: undefined,
        max: undefined,
        scale: 3,
        zeroCount: 0,
        zeroThreshold: 0,
        positive: { offset: 0, counts },
        negative: { offset: 0, counts: [] },
        exemplars: [],
      },
    ],
  });
  const lines = await linesOf(snapshotOf(...Array.from({ length: 300 }, (_, i) => wide(`m${i}`))), {
    fields: { note: 'é'.repeat(60_000) },
  });
  expect(lines.length).toBeGreaterThan(3);
  expect(lines.flatMap((line) => line._aws.CloudWatchMetrics[0]?.Metrics ?? [])).toHaveLength(300);
});

test('two series that CloudWatch would take for one are in lines of their own', async () => {
  const twice = { ...orders, points: [point({ plan: 1 }, 1), point({ plan: '1' }, 2)] };
  const lines = await linesOf(snapshotOf(twice));
  expect(lines.map((line) => line.orders)).toEqual([1, 2]);
});

test('attributes that are properties stand in the line and make no series', async () => {
  const hits = {
    ...orders,
    name: 'hits',
    points: [point({ route: '/a', user: 'zoë' }, 1), point({ route: '/a', user: 'bob' }, 2)],
  };
  const lines = await linesOf(snapshotOf(hits), { properties: ['user'], resourceDimensions: [] });
  expect(lines.map(({ _aws, ...rest }) => rest)).toEqual([
    { route: '/a', user: 'zoë', hits: 1 },
    { route: '/a', user: 'bob', hits: 2 },
  ]);
  expect(lines[0]?._aws.CloudWatchMetrics[0]?.Dimensions).toEqual([['route']]);
});

test('no attribute hides a metric or what makes the line one', async () => {
  const hits = {
    ...orders,
    name: 'hits',
    points: [point({ hits: 'a', _aws: 'b', orders: 'c', extra: 'd' }, 1)],
  };
  const lines = await linesOf(snapshotOf(orders, hits), {
    properties: ['extra'],
    fields: { hits: 'e', extra: 'f' },
    resourceDimensions: [],
  });
  expect(lines[1]).toMatchObject({ hits: 1, hits_2: 'a', _aws_2: 'b', orders_2: 'c', extra: 'd' });
  expect(lines[1]?._aws.CloudWatchMetrics[0]?.Metrics).toEqual([{ Name: 'hits', Unit: 'Count' }]);
});

test('log group and stream are said to the agent', async () => {
  const [line] = await linesOf(snapshotOf(orders), { logGroup: '/shop', logStream: 'one' });
  expect(line?._aws).toMatchObject({ LogGroupName: '/shop', LogStreamName: 'one' });
});

test('any attributes give lines that can be read back', async () => {
  const sets = fc.sample(
    fc.dictionary(
      fc.string({ minLength: 1, unit: 'binary' }),
      fc.oneof(fc.string({ unit: 'binary' }), fc.boolean(), fc.double()),
      {
        maxKeys: 10,
      },
    ),
    200,
  );
  const points = sets.map((attributes, i) => point(attributes, i + 1));
  const lines = await linesOf(snapshotOf({ ...orders, points }));
  expect(lines.map((line) => line.orders as number).sort((a, b) => a - b)).toEqual(points.map((_, i) => i + 1));
});

test('the recorded minute of demo traffic', async () => {
  const { snapshot } = demoMinute({ temporality: 'delta' });
  const lines = await linesOf(snapshot);
  for (const { name, points } of snapshot.metrics) {
    const wanted = snapshot.metrics
      .filter((metric) => metric.name === name)
      .flatMap((metric) => metric.points as readonly { readonly value?: number; readonly sum?: number }[])
      .reduce((sum, { value, sum: all }) => sum + (value ?? all ?? 0), 0);
    if (points.length > 0) expect(statisticsOf(lines, name).sum).toBeCloseTo(wanted, 6);
  }
  await expect(lines.map((line) => `${JSON.stringify(line)}\n`).join('')).toMatchFileSnapshot(
    '__golden__/minute.emf.txt',
  );
});

test('lines go to a stream at once, and to standard output unless said otherwise', async () => {
  const chunks: string[] = [];
  const stream = new Writable({
    write: (chunk, _, done) => {
      chunks.push(String(chunk));
      done();
    },
  });
  const context = contextOf();
  await emf({ namespace: 'Checkout', stream }).exportMetrics?.(sampleSnapshot({ temporality: 'delta' }), context);
  expect(chunks).toHaveLength(1);
  expect(chunks[0]?.endsWith('}\n')).toBe(true);
  expect(context.requests).toEqual([Buffer.byteLength(chunks[0] ?? '')]);

  const write = vi.spyOn(process.stdout, 'write').mockImplementation((...given: unknown[]) => {
    (given[1] as () => void)();
    return true;
  });
  await emf({ namespace: 'Checkout' }).exportMetrics?.(snapshotOf(orders), contextOf());
  const text = String(write.mock.calls[0]?.[0]);
  write.mockRestore();
  expect(JSON.parse(text)).toMatchObject({ orders: 42 });
});

test('what a stream refuses is kept', async () => {
  const stream = { write: (_: string, done: (error?: Error) => void) => done(new Error('EPIPE')) };
  const context = contextOf();
  await expect(emf({ namespace: 'Checkout', stream }).exportMetrics?.(snapshotOf(orders), context)).rejects.toThrow(
    'EPIPE',
  );
  expect(context.named.size).toBe(0);
});

test('what a stream does not take in time is of unknown outcome, and given up', async () => {
  const controller = new AbortController();
  const asked = Promise.withResolvers<void>();
  const stream = { write: () => asked.resolve() };
  const context = contextOf(controller.signal);
  const sending = emf({ namespace: 'Checkout', stream }).exportMetrics?.(snapshotOf(orders), context);
  await asked.promise;
  controller.abort();
  await expect(sending).rejects.toThrow('the lines were not taken in time');
  expect(context.unsure.size).toBe(1);
});

test('flush() at the end of an invocation writes what it recorded, and only that', async () => {
  const lines: string[] = [];
  const telemetry = createTelemetry({
    service: { name: 'shop' },
    exporters: [
      emf({ namespace: 'Shop', write: (line) => void lines.push(line), filter: { metrics: { include: ['orders'] } } }),
    ],
    clock: new ManualClock(),
  });
  const counter = telemetry.counter('orders');
  counter.add(2);
  await telemetry.flush();
  counter.add(3);
  await telemetry.flush();
  await telemetry.flush();
  expect(lines.map((line) => (JSON.parse(line) as Line).orders)).toEqual([2, 3]);
  await telemetry.shutdown();
});

test.each<[Partial<EmfOptions>, string]>([
  [{ namespace: '' }, '"emf.namespace" is ""'],
  [{ write: 'x' as never }, '"emf.write" is no function'],
  [{ stream: {} as never }, '"emf.stream" has no write()'],
  [{ write: () => {}, stream: process.stdout }, '"emf.stream" has no effect beside "write"'],
  [{ properties: 'user' as never }, '"emf.properties" is "user"; give an array'],
  [{ fields: [] as never }, '"emf.fields" is []; give an object'],
  [{ fields: { _aws: 'x' } }, '"emf.fields" has "_aws"'],
  [{ logGroup: '' }, '"emf.logGroup" is ""; give a name.'],
  [{ region: 'eu-west-1' } as never, 'Unknown option "emf.region"'],
])('refuses %j', (options, message) => {
  expect(() => emf({ namespace: 'Checkout', ...options })).toThrow(
    expect.objectContaining({
      code: 'ERR_OPTION',
      message: expect.stringContaining(message),
    }) as unknown as TelemetryError,
  );
});
