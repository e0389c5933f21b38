import type { Metric, MetricsSnapshot } from '@telltale/core';
import { SAMPLE_START, SAMPLE_TIME, sampleSnapshot } from '@telltale/testing';
import { decodeWriteRequestV2, demoMinute, type WrittenSeries } from '@telltale-internal/backends';
import snappy from 'snappyjs';
import { describe, expect, test } from 'vitest';
import { encodeRequest } from './encode-request.ts';
import { remoteParcels } from './remote-series.ts';

const START = SAMPLE_START * 1000;
const TIME = SAMPLE_TIME * 1000;
const TYPES = ['unknown', 'counter', 'gauge', 'histogram', 'gaugehistogram', 'summary'];

function written(snapshot: MetricsSnapshot, native = true) {
  const points = remoteParcels(snapshot, { labels: {} }, new Map()).map(({ payload }) => payload);
  return decodeWriteRequestV2(encodeRequest(points, native));
}

/** Only the metric of this name, changed. */
function sample(name: string, change: (metric: Metric) => object = () => ({})): MetricsSnapshot {
  const snapshot = sampleSnapshot();
  const metrics = snapshot.metrics.filter((metric) => metric.name === name);
  return { ...snapshot, metrics: metrics.map((metric) => ({ ...metric, ...change(metric) })) as never };
}

function labelsOf({ labels }: Pick<WrittenSeries, 'labels'>): string {
  return labels.map(({ name, value }) => `${name}=${value}`).join(' ');
}

describe('a request of 2.0', () => {
  test('has the recorded minute of demo traffic', async () => {
    const { timeseries } = written(demoMinute().snapshot);
    const lines = timeseries.map(({ labels, samples, histograms, metadata, exemplars }) => {
      const name = labels.find((label) => label.name === '__name__')?.value;
      const rest = labels.filter((label) => label.name !== '__name__').map((label) => `${label.name}="${label.value}"`);
      const values = samples.map((one) => `${one.value} ${one.startTimestamp}..${one.timestamp}`);
      const natives = histograms.map((one) => JSON.stringify(one));
      const meta = `${TYPES[metadata.type]} ${metadata.unit || '-'} ${JSON.stringify(metadata.help)}`;
      return [
        `${name}{${rest.join(',')}}`,
        ...values,
        ...natives,
        ...exemplars.map((one) => JSON.stringify(one)),
        meta,
      ].join(' ');
    });
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../__golden__/minute.remote-write-2.txt');
  });

  test('tells each text once, the empty one first', () => {
    const { symbols, timeseries } = written(sampleSnapshot());
    expect(symbols[0]).toBe('');
    expect(new Set(symbols).size).toBe(symbols.length);
    expect(symbols.length).toBeLessThan(timeseries.flatMap(({ labels }) => labels).length);
  });

  test('has the symbols before the series, for receivers that read it in one go', () => {
    const points = remoteParcels(sample('sample.orders'), { labels: {} }, new Map()).map(({ payload }) => payload);
    const body = snappy.uncompress(encodeRequest(points, true));
    // Field 4, bytes; and then the empty text.
    expect([...body.subarray(0, 2)]).toEqual([0x22, 0]);
  });

  test('has type, help and unit with each series', () => {
    const { timeseries } = written(sampleSnapshot());
    const of = (name: string) => timeseries.find((one) => labelsOf(one).includes(`__name__=${name}`))?.metadata;
    expect(of('sample_orders_total')).toEqual({ type: 1, help: 'Orders taken.', unit: '' });
    expect(of('sample_active')).toMatchObject({ type: 2 });
    expect(of('sample_temperature_celsius')).toEqual({ type: 2, help: 'How warm it is.', unit: 'celsius' });
    expect(of('sample_duration_seconds_bucket')).toEqual({ type: 3, help: 'How long orders took.', unit: 'seconds' });
    expect(of('sample_payload_bytes')).toMatchObject({ type: 3, unit: 'bytes' });
    expect(of('sample_price_EUR_sum')).toMatchObject({ type: 5 });
    expect(of('sample_other_service_total')).toEqual({ type: 1, help: '', unit: '' });
  });

  test('says since when what counts has counted', () => {
    const { timeseries } = written(sampleSnapshot());
    const starts = (name: string) => {
      const one = timeseries.find((series) => labelsOf(series).includes(`__name__=${name} `));
      return [...(one?.samples ?? []), ...(one?.histograms ?? [])].map((value) => value.startTimestamp);
    };
    for (const name of [
      'orders_total',
      'duration_seconds_bucket',
      'duration_seconds_sum',
      'payload_bytes',
      'price_EUR_sum',
    ]) {
      expect([name, starts(`sample_${name}`)]).toEqual([name, [START]]);
    }
    for (const name of ['active', 'temperature_celsius', 'price_EUR']) {
      expect([name, starts(`sample_${name}`)]).toEqual([name, [0]]);
    }
  });

  test('does not take the beginning of time for a start that is not known', () => {
    const early = sample('sample.orders', ({ points }) => ({
      points: points.map((point) => ({ ...point, startTime: 0 })),
    }));
    expect(written(early).timeseries[0]?.samples[0]?.startTimestamp).toBe(1);
  });

  test('has exemplars by time, of counters and gauges, too: with ids, without, and with what a view left out', () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const spanId = '00f067aa0ba902b7';
    const exemplars = [
      { value: 2, time: SAMPLE_TIME - 1, traceId, spanId },
      { value: 1, time: SAMPLE_TIME - 2, filteredAttributes: { 'user.id': 7 } },
      { value: 3, time: SAMPLE_TIME - 3 },
    ];
    for (const name of ['sample.orders', 'sample.temperature', 'sample.payload']) {
      const snapshot = sample(name, ({ points }) => ({ points: [{ ...points[0], exemplars }] }));
      const [series] = written(snapshot).timeseries;
      expect(series?.exemplars.map((one) => [one.value, one.timestamp, labelsOf(one)])).toEqual([
        [3, TIME - 3000, ''],
        [1, TIME - 2000, 'user_id=7'],
        [2, TIME - 1000, `span_id=${spanId} trace_id=${traceId}`],
      ]);
    }
  });

  test('leaves out exemplars that were sent before: a receiver would refuse them', () => {
    const snapshot = sample('sample.duration');
    const since = (exemplarsSince: number) => {
      const points = remoteParcels(snapshot, { labels: {}, exemplarsSince }, new Map()).map(({ payload }) => payload);
      return decodeWriteRequestV2(encodeRequest(points, true)).timeseries.flatMap(({ exemplars }) => exemplars).length;
    };
    expect(since(SAMPLE_START)).toBe(2);
    expect(since(SAMPLE_START + 30)).toBe(0);
  });

  test('has exponential histograms as native ones, and as plain ones with one set of boundaries', () => {
    const native = written(sample('sample.payload')).timeseries;
    expect(native.map(({ histograms }) => histograms[0])).toMatchObject([
      { countInt: 8, sum: 4611, schema: 0, zeroCountInt: 2, timestamp: TIME, startTimestamp: START },
      { countInt: 1, sum: 0, schema: 8, zeroCountInt: 1 },
    ]);
    const plain = written(sample('sample.payload'), false).timeseries;
    expect(plain.every(({ histograms, samples }) => histograms.length === 0 && samples.length === 1)).toBe(true);
    expect(plain.some((one) => labelsOf(one).includes('le=+Inf'))).toBe(true);
  });
});
