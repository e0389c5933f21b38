import type { Exemplar } from '@telltale/core';
import fc from 'fast-check';
import * as promClient from 'prom-client';
import { expect, test } from 'vitest';
import { parseExposition } from './exposition.test-support.ts';
import { prometheus } from './index.ts';
import {
  exponential,
  exponentialPoint,
  histogram,
  numbers,
  OPENMETRICS,
  PROTOBUF,
  readerOf,
  recorded,
  render,
  renderProtobuf,
  START,
  sourceOf,
  sourceOfReaders,
  summary,
} from './source.test-support.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';
const exemplar = (value: number, time = START + 30.5): Exemplar => ({ value, time, traceId, spanId });
const exemplarOf = (value: number, seconds = START + 30, nanos = 500_000_000) => ({
  label: [
    { name: 'trace_id', value: traceId },
    { name: 'span_id', value: spanId },
  ],
  value,
  timestamp: { seconds, ...(nanos > 0 && { nanos }) },
});
const createdTimestamp = { seconds: START };
const strange = 'C:\\temp "x"\n日本';

test('every type, as Prometheus’s own definition reads it', async () => {
  const families = await renderProtobuf(
    [
      numbers('counter', 'orders', [[{ plan: 'pro', 'user.vip': true }, 42, [exemplar(1), exemplar(2, START + 31)]]], {
        unit: '{order}',
        description: strange,
      }),
      numbers('counter', 'job.io', [[{}, 1024]], { unit: 'By' }),
      numbers('upDownCounter', 'orders.open', [[{ x: strange, empty: '' }, -3]]),
      numbers('gauge', 'temperature', [[{}, Number.NEGATIVE_INFINITY, [exemplar(1)]]], { unit: 'Cel' }),
      histogram('took', [0.5, 60], [[{ r: '/' }, [1, 2, 1], 63.5, [exemplar(0.5), exemplar(61)]]], { unit: 's' }),
      summary('price', [
        [
          {},
          [
            [0.5, Number.NaN],
            [1, 5],
          ],
          9,
          3,
        ],
      ]),
      exponential(
        'payload',
        [
          exponentialPoint(
            { r: '/' },
            {
              count: 10,
              sum: 4600,
              scale: 1,
              zeroCount: 2,
              zeroThreshold: 0.001,
              positive: { offset: 17, counts: [1, 0, 0, 0, 5] },
              negative: { offset: 0, counts: [2] },
              exemplars: [exemplar(1500, START + 40), exemplar(400)],
            },
          ),
        ],
        { unit: 'By' },
      ),
    ],
    {},
  );
  expect(families).toEqual([
    {
      name: 'target_info',
      help: 'The service that these metrics are about',
      type: 'GAUGE',
      metric: [
        {
          label: [
            { name: 'service_name', value: 'checkout' },
            { name: 'service_version', value: '1.4.0' },
          ],
          gauge: { value: 1 },
        },
      ],
    },
    {
      name: 'orders_total',
      help: strange,
      type: 'COUNTER',
      metric: [
        {
          label: [
            { name: 'plan', value: 'pro' },
            { name: 'user_vip', value: 'true' },
          ],
          counter: { value: 42, exemplar: exemplarOf(2, START + 31, 0), createdTimestamp },
        },
      ],
    },
    {
      name: 'job_io_bytes_total',
      type: 'COUNTER',
      unit: 'bytes',
      metric: [{ counter: { value: 1024, createdTimestamp } }],
    },
    { name: 'orders_open', type: 'GAUGE', metric: [{ label: [{ name: 'x', value: strange }], gauge: { value: -3 } }] },
    {
      name: 'temperature_celsius',
      type: 'GAUGE',
      unit: 'celsius',
      metric: [{ gauge: { value: Number.NEGATIVE_INFINITY } }],
    },
    {
      name: 'took_seconds',
      type: 'HISTOGRAM',
      unit: 'seconds',
      metric: [
        {
          label: [{ name: 'r', value: '/' }],
          histogram: {
            sampleCount: 4,
            sampleSum: 63.5,
            bucket: [
              { cumulativeCount: 1, upperBound: 0.5, exemplar: exemplarOf(0.5) },
              { cumulativeCount: 3, upperBound: 60 },
              { cumulativeCount: 4, upperBound: Number.POSITIVE_INFINITY, exemplar: exemplarOf(61) },
            ],
            createdTimestamp,
          },
        },
      ],
    },
    {
      name: 'price',
      type: 'SUMMARY',
      metric: [
        {
          summary: {
            sampleCount: 3,
            sampleSum: 9,
            quantile: [
              { quantile: 0.5, value: Number.NaN },
              { quantile: 1, value: 5 },
            ],
            createdTimestamp,
          },
        },
      ],
    },
    {
      name: 'payload_bytes',
      type: 'HISTOGRAM',
      unit: 'bytes',
      metric: [
        {
          label: [{ name: 'r', value: '/' }],
          histogram: {
            sampleCount: 10,
            sampleSum: 4600,
            bucket: expect.any(Array),
            schema: 1,
            zeroThreshold: 0.001,
            zeroCount: 2,
            negativeSpan: [{ offset: 1, length: 1 }],
            negativeDelta: [2],
            positiveSpan: [
              { offset: 18, length: 1 },
              { offset: 3, length: 1 },
            ],
            positiveDelta: [1, 4],
            createdTimestamp,
            exemplars: [exemplarOf(400), exemplarOf(1500, START + 40, 0)],
          },
        },
      ],
    },
  ]);
  const native = families.at(-1)!.metric[0]!.histogram!;
  expect(native.bucket!.find(({ upperBound }) => upperBound === 512)).toEqual({
    cumulativeCount: 5,
    upperBound: 512,
    exemplar: exemplarOf(400),
  });
  expect(native.bucket!.at(-1)).toEqual({ cumulativeCount: 10, upperBound: Number.POSITIVE_INFINITY });
});

test('a family of explicit and exponential histograms is classic as a whole, as Prometheus tells by its first series', async () => {
  const [family] = await renderProtobuf([
    exponential('h', [recorded([1, 2], 1, { attributes: { x: '1' } })]),
    histogram('h', [2], [[{ x: '2' }, [1, 2], 5]]),
  ]);
  expect(family!.metric).toHaveLength(2);
  for (const { histogram: each } of family!.metric) expect(each).not.toHaveProperty('schema');
});

test('text and protobuf say the same, whatever the series', async () => {
  const text = fc.string({ unit: 'binary', maxLength: 8 });
  const attributes = fc.dictionary(text, fc.oneof(text, fc.integer(), fc.boolean()), { maxKeys: 4 });
  const sets = fc.uniqueArray(attributes, {
    maxLength: 8,
    selector: (set) => JSON.stringify(Object.entries(set).sort()),
  });
  await fc.assert(
    fc.asyncProperty(sets, fc.double(), async (all, number) => {
      const metrics = [
        numbers(
          'counter',
          'c',
          all.map((set) => [set, 1]),
        ),
        numbers(
          'upDownCounter',
          'u',
          all.map((set) => [set, Object.is(number, -0) ? 0 : number]),
        ),
        histogram(
          'h',
          [1, 2],
          all.map((set) => [set, [1, 2, 3], 4]),
        ),
        exponential(
          'e',
          all.map((set) => recorded([0, 1, 3], 2, { attributes: Object.freeze(set) })),
        ),
        summary(
          's',
          all.map((set) => [set, [[0.5, 7]], 8, 9]),
        ),
      ];
      const inText = parseExposition(await render(metrics), false).flatMap(({ samples }) =>
        samples.map(({ name, labels, value: sample }) => [
          name,
          Object.entries(labels).sort(),
          Number(sample.replace('Inf', 'Infinity')),
        ]),
      );
      const inProtobuf = (await renderProtobuf(metrics)).flatMap(({ name, metric }) =>
        metric.flatMap((each) => {
          const labels = (each.label ?? []).map((label) => [label.name, label.value]);
          const sample = (suffix: string, of: number, more: readonly string[][] = []) => [
            name + suffix,
            [...labels, ...more].sort(),
            of,
          ];
          const single = each.counter ?? each.gauge;
          if (single) return [sample('', single.value)];
          const { sampleSum, sampleCount, ...many } = (each.histogram ?? each.summary)!;
          const bound = (of: number) => (of === Number.POSITIVE_INFINITY ? '+Inf' : String(of));
          return [
            ...('bucket' in many ? many.bucket! : []).map((bucket) =>
              sample('_bucket', bucket.cumulativeCount, [['le', bound(bucket.upperBound)]]),
            ),
            ...('quantile' in many ? many.quantile! : []).map((each) =>
              sample('', each.value, [['quantile', bound(each.quantile)]]),
            ),
            sample('_sum', sampleSum),
            sample('_count', sampleCount),
          ];
        }),
      );
      const sorted = (samples: readonly unknown[][]) =>
        samples.map((each) => JSON.stringify([each[0], each[1], String(each[2])])).sort();
      expect(sorted(inProtobuf)).toEqual(sorted(inText));
    }),
  );
});

test('metrics of another library are put together again', async () => {
  const registry = new promClient.Registry();
  const registers = [registry];
  new promClient.Counter({ name: 'old_total', help: 'Old', labelNames: ['path'], registers }).inc({ path: 'x' }, 2);
  new promClient.Gauge({ name: 'lag', help: 'Lag', labelNames: ['a__b'], registers }).set({ a__b: '' }, -1);
  const took = new promClient.Histogram({
    name: 'took',
    help: 'Took',
    labelNames: ['r'],
    buckets: [0.5, 1],
    registers,
  });
  took.observe({ r: '/' }, 0.7);
  took.observe({ r: '/x' }, 7);
  new promClient.Summary({ name: 'size', help: 'Size', percentiles: [0.5], registers }).observe(4);
  new promClient.Gauge({ name: 'nothing', help: 'No series', labelNames: ['q'], registers });
  const families = await renderProtobuf([], { targetInfo: false, merge: registry });
  const buckets = (...counts: readonly number[]) =>
    counts.map((cumulativeCount, i) => ({ cumulativeCount, upperBound: [0.5, 1, Number.POSITIVE_INFINITY][i] }));
  expect(families).toEqual([
    {
      name: 'old_total',
      help: 'Old',
      type: 'COUNTER',
      metric: [{ label: [{ name: 'path', value: 'x' }], counter: { value: 2 } }],
    },
    { name: 'lag', help: 'Lag', type: 'GAUGE', metric: [{ gauge: { value: -1 } }] },
    {
      name: 'took',
      help: 'Took',
      type: 'HISTOGRAM',
      metric: [
        { label: [{ name: 'r', value: '/' }], histogram: { sampleCount: 1, sampleSum: 0.7, bucket: buckets(0, 1, 1) } },
        { label: [{ name: 'r', value: '/x' }], histogram: { sampleCount: 1, sampleSum: 7, bucket: buckets(0, 0, 1) } },
      ],
    },
    {
      name: 'size',
      help: 'Size',
      type: 'SUMMARY',
      metric: [{ summary: { sampleCount: 1, sampleSum: 4, quantile: [{ quantile: 0.5, value: 4 }] } }],
    },
  ]);
});

test('exemplars of another library are there', async () => {
  const registry = new promClient.Registry();
  registry.setContentType(promClient.Registry.OPENMETRICS_CONTENT_TYPE as never);
  const registers = [registry] as never;
  const counter = new promClient.Counter({ name: 'old', help: 'Old', registers, enableExemplars: true });
  counter.inc({ value: 2, exemplarLabels: { trace_id: 'abc' } } as never);
  const [family] = await renderProtobuf([], { targetInfo: false, merge: registry as never });
  expect(family).toMatchObject({
    name: 'old_total',
    metric: [{ counter: { value: 2, exemplar: { label: [{ name: 'trace_id', value: 'abc' }], value: 2 } } }],
  });
});

test('a family that is longer than a part is whole, and one that cannot be read has whole series and is told', async () => {
  const routes = Array.from({ length: 20_000 }, (_, i) => [{ route: `/${i}` }, i] as const);
  const broken = readerOf(numbers('counter', 'broken', routes.slice(0, 10)));
  const failing = {
    ...broken,
    *read() {
      yield* [...broken.read()].slice(0, 3);
      throw new Error('gone');
    },
  } as unknown as typeof broken;
  const source = sourceOfReaders([failing, readerOf(numbers('counter', 'many', routes))]);
  const exporter = prometheus({ targetInfo: false });
  await exporter.start?.(source);
  // The first scrape looks ahead, and so knows before it has written anything.
  const families = await renderProtobuf(source);
  expect(families.map(({ name, metric }) => [name, metric.length])).toEqual([['many_total', 20_000]]);
  expect(families[0]!.metric.map(({ counter }) => counter!.value)).toEqual(routes.map(([, i]) => i));
  expect(source.problems).toEqual(['broken_total is incomplete in a scrape: reading it failed: gone']);
});

test('a service without metrics gives an empty document, and the answer says its format', async () => {
  const exporter = prometheus({ targetInfo: false });
  await exporter.start?.(sourceOf([]));
  const { contentType, body } = await exporter.renderBytes(PROTOBUF);
  expect(body.length).toBe(0);
  expect(contentType).toBe(
    'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=underscores',
  );
  expect((await exporter.renderBytes(OPENMETRICS)).body.toString()).toContain('# EOF');
});
