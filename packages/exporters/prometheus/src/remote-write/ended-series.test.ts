import { createTelemetry, type MetricsSnapshot } from '@telltale/core';
import { contextOf, ManualClock, SAMPLE_TIME, sampleSnapshot } from '@telltale/testing';
import { openRemoteWriteBackend, type RemoteWriteBackend, type WrittenSeries } from '@telltale-internal/backends';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { remoteWrite } from './index.ts';

let backend: RemoteWriteBackend;
let exporter: ReturnType<typeof remoteWrite>;

beforeEach(async () => {
  backend = await openRemoteWriteBackend();
  exporter = remoteWrite({ url: backend.url });
});

afterEach(async () => {
  await exporter.shutdown?.();
  await backend.close();
});

const send = (snapshot: MetricsSnapshot) => exporter.exportMetrics?.(snapshot, contextOf());

/** The samples, so many minutes on; without the points for which `gone` is true. */
function samples(minute: number, gone: (name: string, attributes: object) => boolean = () => false): MetricsSnapshot {
  const time = SAMPLE_TIME + 60 * minute;
  const metrics = SNAPSHOT.metrics.map((metric) => ({
    ...metric,
    points: metric.points
      .filter(({ attributes }) => !gone(metric.name, attributes))
      .map((point) => ({ ...point, time })),
  }));
  return { ...SNAPSHOT, time, metrics: metrics.filter(({ points }) => points.length > 0) as never };
}

/** One, so that the attributes of its points are the same objects, as in a running service. */
const SNAPSHOT = sampleSnapshot();

function stale(request = backend.requestsV2.at(-1)): readonly string[] {
  return (request?.timeseries ?? []).filter((one) => one.stale).map(described);
}

function described({ labels, samples: [sample], histograms: [histogram] }: WrittenSeries): string {
  const name = labels.map(({ value }) => value).join(' ');
  return `${name} ${sample?.timestamp ?? histogram?.timestamp}`;
}

test('a series that has ended is marked so once, as of the export that does not have it', async () => {
  const gone = (name: string, attributes: object) =>
    name === 'sample.orders' && 'plan' in attributes && attributes.plan === 'free';
  await send(samples(0));
  expect(stale()).toEqual([]);
  expect(await send(samples(1, gone))).toMatchObject({
    rejected: 0,
    accepted: samples(1, gone).metrics.flatMap(({ points }) => [...points]).length,
  });
  expect(stale()).toEqual([`sample_orders_total checkout free ${(SAMPLE_TIME + 60) * 1000}`]);
  await send(samples(2, gone));
  expect(stale()).toEqual([]);
  expect(backend.server.complaints).toEqual([]);
});

test('a metric that has ended is marked with all its series, native histograms as such', async () => {
  await send(samples(0));
  await send(samples(1, (name) => ['sample.duration', 'sample.payload', 'sample.price'].includes(name)));
  const time = (SAMPLE_TIME + 60) * 1000;
  expect(stale()).toContain(`sample_payload_bytes in checkout ${time}`);
  expect(stale().filter((one) => one.startsWith('sample_duration_seconds_'))).toHaveLength(12);
  expect(stale().filter((one) => one.startsWith('sample_price_EUR'))).toHaveLength(7);
  const native = backend.requestsV2.at(-1)?.timeseries.filter(({ histograms }) => histograms.length > 0);
  expect(native?.map((one) => one.stale)).toEqual([true, true]);
  expect(backend.server.complaints).toEqual([]);
});

test('a marker that did not arrive comes with the next export', async () => {
  const gone = (name: string) => name === 'sample.orders';
  await send(samples(0));
  backend.server.answer(503);
  await expect(send(samples(1, gone))).rejects.toThrow();
  await send(samples(2, gone));
  expect(stale()).toHaveLength(2);
});

test('a series that has ended and begun anew meanwhile has not ended', async () => {
  await send(samples(0));
  const anew = samples(1);
  const metrics = anew.metrics.map((metric) => ({
    ...metric,
    points: metric.points.map((point) => ({ ...point, attributes: { ...point.attributes } })),
  }));
  await send({ ...anew, metrics: metrics as never });
  expect(stale()).toEqual([]);
  expect(backend.server.complaints).toEqual([]);
});

test('nothing has ended at the first export, and the end of the service ends no series', async () => {
  const clock = new ManualClock();
  const telemetry = createTelemetry({
    service: { name: 'etl' },
    exporters: [remoteWrite({ url: backend.url })],
    shutdown: { signals: false },
    clock,
  });
  telemetry.counter('rows').add(1000);
  await clock.advance(60);
  await telemetry.shutdown();
  expect(backend.requestsV2.flatMap((request) => stale(request))).toEqual([]);
  expect(backend.totals().get('rows_total')).toBe(1000);
});

test('series of a telemetry that expire are marked, and are there again when they come back', async () => {
  const clock = new ManualClock();
  const telemetry = createTelemetry({
    service: { name: 'shop' },
    cardinality: { expireAfter: 90 },
    exporters: [remoteWrite({ url: backend.url })],
    shutdown: { signals: false },
    clock,
  });
  const orders = telemetry.counter('orders');
  orders.add(1, { plan: 'free' });
  for (let minute = 0; minute < 4; minute++) {
    orders.add(1, { plan: 'pro' });
    await clock.advance(60);
    await telemetry.flush();
  }
  const ended = backend.requestsV2.flatMap((request) => stale(request));
  expect(ended).toEqual([expect.stringMatching(/^orders_total \S+ shop free /)]);
  expect(backend.totals().get('orders_total')).toBe(4);
  orders.add(1, { plan: 'pro' });
  orders.add(5, { plan: 'free' });
  await clock.advance(60);
  await telemetry.flush();
  expect(backend.totals().get('orders_total')).toBe(10);
  await clock.advance(1);
  await telemetry.shutdown();
});

test('1.0 has the same markers', async () => {
  const old = remoteWrite({ url: backend.url, protocol: '1.0' });
  await old.exportMetrics?.(samples(0), contextOf());
  await old.exportMetrics?.(
    samples(1, (name) => name === 'sample.orders'),
    contextOf(),
  );
  expect(backend.requests.at(-1)?.timeseries.filter((one) => one.stale)).toHaveLength(2);
  await old.shutdown?.();
});
