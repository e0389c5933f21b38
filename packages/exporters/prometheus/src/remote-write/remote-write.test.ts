import type { ExponentialHistogramPoint } from '@telltale/core';
import { contextOf, sampleSnapshot } from '@telltale/testing';
import { decodeWriteRequest, demoMinute, openRemoteWriteBackend } from '@telltale-internal/backends';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type NativeBuckets, nativeHistogram } from '../native-histogram.ts';
import { encodeWriteRequest } from './encode-write-request.ts';
import { type RemoteWriteOptions, remoteWrite } from './index.ts';
import { remoteParcels } from './remote-series.ts';

const pointsOf = (snapshot = sampleSnapshot()) =>
  remoteParcels(snapshot, { labels: { region: 'eu' } }, new Map()).map(({ payload }) => payload);
const written = (snapshot = sampleSnapshot(), native = false) =>
  decodeWriteRequest(encodeWriteRequest(pointsOf(snapshot), native));

describe('the request', () => {
  test('has the recorded minute of demo traffic as Prometheus would have scraped it', async () => {
    const { timeseries, metadata } = written(demoMinute().snapshot);
    const lines = timeseries.map(({ labels, samples }) => {
      const name = labels.find((label) => label.name === '__name__')?.value;
      const rest = labels.filter((label) => label.name !== '__name__').map((label) => `${label.name}="${label.value}"`);
      return `${name}{${rest.join(',')}} ${samples.map(({ value, timestamp }) => `${value} ${timestamp}`).join()}`;
    });
    const families = metadata.map((one) => JSON.stringify(one));
    await expect(`${[...families, ...lines].join('\n')}\n`).toMatchFileSnapshot(
      '../__golden__/minute.remote-write.txt',
    );
  });

  test('has job and instance of the service, labels sorted, and attributes of the same name out of the way', () => {
    const [counter] = sampleSnapshot().metrics.filter(({ name }) => name === 'sample.orders');
    const [point] = counter?.points ?? [];
    const resource = {
      attributes: { 'service.name': 'checkout', 'service.namespace': 'shop', 'service.instance.id': 'i-1' },
    };
    const metric = { ...counter, resource, points: [{ ...point, attributes: { job: 'etl', zone: 'a', empty: '' } }] };
    const { timeseries } = written({ ...sampleSnapshot(), metrics: [metric as never] });
    expect(timeseries[0]?.labels.map(({ name, value }) => `${name}=${value}`)).toEqual([
      '__name__=sample_orders_total',
      'exported_job=etl',
      'instance=i-1',
      'job=shop/checkout',
      'region=eu',
      'zone=a',
    ]);
  });

  test('has accumulated buckets with an exemplar where its value belongs, a sum and a count', () => {
    const { timeseries } = written();
    const of = (name: string) =>
      timeseries.filter(({ labels }) =>
        labels.some((label) => label.name === '__name__' && label.value === `sample_duration_seconds_${name}`),
      );
    const first = of('bucket').slice(0, 4);
    expect(first.map(({ samples }) => samples[0]?.value)).toEqual([1, 3, 5, 6]);
    expect(first.map(({ exemplars }) => exemplars.map(({ value }) => value))).toEqual([[], [0.05], [], [2]]);
    expect(first[1]?.exemplars[0]?.labels.map(({ name }) => name)).toEqual(['span_id', 'trace_id']);
    expect(of('sum')[0]?.samples[0]?.value).toBe(3.155);
    expect(of('count')[0]?.samples[0]?.value).toBe(6);
  });

  test('has native histograms where they are asked for', () => {
    const native = written(sampleSnapshot(), true).timeseries.flatMap(({ histograms }) => histograms);
    expect(native[0]).toMatchObject({
      countInt: 8,
      sum: 4611,
      schema: 0,
      zeroCountInt: 2,
      positiveSpans: [{ offset: 9, length: 3 }],
      positiveDeltas: [1, -1, 3],
      negativeSpans: [{ offset: 1, length: 2 }],
      negativeDeltas: [1, 0],
    });
  });
});

test('native histograms keep every bucket, whatever the gaps', () => {
  const counts = fc.array(fc.oneof(fc.constant(0), fc.nat(1e6)), { maxLength: 60 });
  fc.assert(
    fc.property(
      counts,
      fc.integer({ min: -500, max: 500 }),
      fc.integer({ min: -4, max: 8 }),
      (given, offset, scale) => {
        const native = nativeHistogram({
          scale,
          positive: { offset, counts: given },
          negative: { offset: 0, counts: [] },
        } as unknown as ExponentialHistogramPoint);
        const filled = given.flatMap((count, i) => (count > 0 ? [[offset + i + 1, count]] : []));
        expect(readBack(native?.positive as NativeBuckets)).toEqual(filled);
      },
    ),
  );
});

/** By the rules of Prometheus's documentation. */
function readBack({ spans, deltas }: NativeBuckets): readonly (readonly [index: number, count: number])[] {
  const buckets: [number, number][] = [];
  let index = 0;
  let count = 0;
  let at = 0;
  for (const { offset, length } of spans) {
    index += offset;
    for (let i = 0; i < length; i++, index++) {
      count += deltas[at++] as number;
      if (count > 0) buckets.push([index, count]);
    }
  }
  return buckets;
}

test('keeps the boundaries of exponential histograms from one export to the next', () => {
  const ranges = new Map();
  const bounds = (scale: number, offset: number): readonly string[] => {
    const [metric] = sampleSnapshot().metrics.filter(({ type }) => type === 'exponentialHistogram');
    const [point] = metric?.points ?? [];
    const given = {
      ...point,
      scale,
      zeroCount: 0,
      positive: { offset, counts: [1] },
      negative: { offset: 0, counts: [] },
    };
    const snapshot = { ...sampleSnapshot(), metrics: [{ ...metric, points: [given] } as never] };
    const [parcel] = remoteParcels(snapshot, { labels: {} }, ranges);
    return (parcel?.payload.series(false) ?? []).flatMap(({ labels }) =>
      labels.filter(([name]) => name === 'le').map(([, value]) => value),
    );
  };
  const wide = bounds(1, 60);
  expect(bounds(1, 10)).not.toEqual(wide);
  expect(bounds(1, 60)).toEqual(bounds(1, 10));
});

describe('options', () => {
  test.each([
    [{}, '"remoteWrite.url" is undefined; give the whole address'],
    [{ url: 'prometheus:9090' }, 'give the whole address'],
    [{ url: 'http://p/api/v1/write', label: {} }, 'did you mean "labels"?'],
    [{ url: 'http://p/api/v1/write', labels: { 'a.b': 'x' } }, '"remoteWrite.labels.a.b" is no name of a label'],
    [{ url: 'http://p/', protocol: '3.0' }, `"remoteWrite.protocol" is "3.0"; give '2.0' or '1.0'`],
    [{ url: 'http://p/', headers: { 'User-Agent': 'x' } }, '"remoteWrite.headers" has "User-Agent", which is the'],
    [{ url: 'http://p/', bearerToken: 'x', basicAuth: { username: 'a', password: 'b' } }, 'not both'],
  ])('%j: %s', (options, message) => {
    expect(() => remoteWrite(options as unknown as RemoteWriteOptions)).toThrow(message);
  });

  test('credentials go with each request, and are named when they are refused', async () => {
    const backend = await openRemoteWriteBackend();
    const exporter = remoteWrite({ url: backend.url, basicAuth: { username: 'me', password: 'secret' } });
    backend.server.answer(401);
    await expect(exporter.exportMetrics?.(sampleSnapshot(), contextOf())).rejects.toThrow(
      /answered 401.*check `basicAuth`/,
    );
    await exporter.shutdown?.();
    await backend.close();
  });
});
