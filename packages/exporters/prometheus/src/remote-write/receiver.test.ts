import { createTelemetry, type ExportError, type MetricsSnapshot, type Point } from '@telltale/core';
import { contextOf, ManualClock, SAMPLE_TIME, sampleSnapshot } from '@telltale/testing';
import {
  openRemoteWriteBackend,
  type RemoteWriteBackend,
  type RemoteWriteBackendOptions,
  type WrittenSeries,
} from '@telltale-internal/backends';
import { afterEach, describe, expect, test } from 'vitest';
import { type RemoteWriteOptions, remoteWrite } from './index.ts';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function backendOf(options?: RemoteWriteBackendOptions): Promise<RemoteWriteBackend> {
  const backend = await openRemoteWriteBackend(0, options);
  cleanups.push(backend.close);
  return backend;
}

function exporterTo(backend: RemoteWriteBackend, options: Partial<RemoteWriteOptions> = {}) {
  const exporter = remoteWrite({ url: backend.url, ...options });
  cleanups.push(async () => exporter.shutdown?.());
  return {
    export: (snapshot: MetricsSnapshot = sampleSnapshot(), context = contextOf()) =>
      exporter.exportMetrics?.(snapshot, context) ?? Promise.reject(),
  };
}

/** The samples so many minutes later, of the metrics whose names are given, or of all. */
function later(minutes: number, ...names: readonly string[]): MetricsSnapshot {
  const snapshot = sampleSnapshot();
  const time = SAMPLE_TIME + 60 * minutes;
  const metrics = snapshot.metrics
    .filter(({ name }) => names.length === 0 || names.includes(name))
    .map((metric) => ({ ...metric, points: (metric.points as Point[]).map((point) => ({ ...point, time })) }));
  return { ...snapshot, time, metrics: metrics as never };
}

const nameOf = ({ labels }: WrittenSeries) => labels.find(({ name }) => name === '__name__')?.value;
const COUNT = sampleSnapshot().metrics.reduce((sum, { points }) => sum + points.length, 0);

describe('a receiver of 2.0', () => {
  test('is sent 2.0, with nothing to complain of', async () => {
    const backend = await backendOf({ speaks: '2.0' });
    const exporter = exporterTo(backend);
    const context = contextOf();
    expect(await exporter.export(sampleSnapshot(), context)).toEqual({ accepted: COUNT, rejected: 0 });
    expect(context.named.size).toBe(COUNT);
    await exporter.export(later(1));
    expect(backend.server.complaints).toEqual([]);
    expect(backend.requestsV2).toHaveLength(2);
    expect(backend.server.requests()).toBe(2);
  });

  test('that takes a part has the rest counted as refused, in its own words, and is not sent it again', async () => {
    const backend = await backendOf();
    const exporter = exporterTo(backend);
    backend.server.refuseOne();
    const result = await exporter.export();
    expect(result).toMatchObject({ accepted: COUNT - 1, rejected: 1 });
    expect(result?.reason).toMatch(
      /has written \d+ of \d+ samples, 2 of 2 histograms.*answered 400 \(refused, as it was/,
    );
    expect(backend.server.requests()).toBe(1);
  });

  test('that answers with success, and yet has written less, is taken by its word', async () => {
    const backend = await backendOf();
    const headers = {
      'x-prometheus-remote-write-samples-written': '1',
      'x-prometheus-remote-write-exemplars-written': '0',
    };
    backend.server.answer(204, headers);
    const result = await exporterTo(backend).export(later(0, 'sample.orders'));
    expect(result).toMatchObject({ accepted: 1, rejected: 1, reason: expect.stringContaining('1 of 2 samples') });
  });

  test('that keeps no exemplars has all points for all that', async () => {
    const backend = await backendOf();
    backend.server.answer(204, { 'x-prometheus-remote-write-samples-written': '14' });
    const result = await exporterTo(backend).export(later(0, 'sample.duration'));
    expect(result).toMatchObject({ accepted: 2, rejected: 0 });
  });

  test('gets each exemplar once', async () => {
    const backend = await backendOf();
    const exporter = exporterTo(backend);
    await exporter.export();
    await exporter.export(later(1));
    const counts = backend.requestsV2.map(({ timeseries }) => timeseries.flatMap(({ exemplars }) => exemplars).length);
    expect(counts[0]).toBeGreaterThan(0);
    expect(counts[1]).toBe(0);
  });

  test('that had its say is not sent 1.0 for what it blames the payload', async () => {
    const backend = await backendOf();
    const exporter = exporterTo(backend);
    await exporter.export(later(0, 'sample.orders'));
    backend.server.answer(400, {}, 3);
    const result = await exporter.export(later(1, 'sample.orders'));
    expect(result).toMatchObject({ accepted: 0, rejected: 2 });
    expect(backend.server.requests()).toBe(4);
    expect(backend.requests).toEqual([]);
  });
});

describe('a receiver of 1.0', () => {
  test.each(['1.0-lax', '1.0'] as const)(
    '(%s) is sent the same as 1.0 at once, and 1.0 from then on',
    async (speaks) => {
      const backend = await backendOf({ speaks });
      const exporter = exporterTo(backend);
      expect(await exporter.export()).toEqual({ accepted: COUNT, rejected: 0 });
      expect(backend.server.requests()).toBe(2);
      expect(backend.requests).toHaveLength(1);
      expect(await exporter.export(later(1))).toEqual({ accepted: COUNT, rejected: 0 });
      expect(backend.server.requests()).toBe(3);
      expect(backend.server.complaints).toEqual([]);
      expect(backend.requests.flatMap(({ timeseries }) => timeseries.flatMap(({ histograms }) => histograms))).toEqual(
        [],
      );
    },
  );

  test('that blames the payload of 2.0 is found out, too', async () => {
    const backend = await backendOf({ speaks: '1.0' });
    backend.server.answer(400);
    const exporter = exporterTo(backend);
    expect(await exporter.export()).toEqual({ accepted: COUNT, rejected: 0 });
    await exporter.export(later(1));
    expect(backend.server.requests()).toBe(3);
  });

  test('that fails while it is asked in 1.0 gets all of it at the next try', async () => {
    const backend = await backendOf({ speaks: '1.0' });
    const exporter = exporterTo(backend);
    backend.server.answer(415);
    backend.server.answer(503, { 'retry-after': '7' });
    await expect(exporter.export()).rejects.toMatchObject({ retryAfter: 7, retryable: true });
    expect(await exporter.export(later(1))).toEqual({ accepted: COUNT, rejected: 0 });
    expect(backend.requests).toHaveLength(1);
  });

  test('that is another one after an update is asked anew', async () => {
    const backend = await backendOf();
    const exporter = exporterTo(backend);
    backend.server.answer(415);
    await exporter.export();
    expect(backend.requests).toHaveLength(1);
    backend.server.answer(415);
    await expect(exporter.export(later(1))).rejects.toMatchObject({ retryable: true });
    await exporter.export(later(2));
    expect(backend.requestsV2).toHaveLength(1);
  });

  test('loses and repeats nothing of what a telemetry counts', async () => {
    const backend = await backendOf({ speaks: '1.0-lax' });
    const clock = new ManualClock();
    const telemetry = createTelemetry({
      service: { name: 'checkout' },
      exporters: [remoteWrite({ url: backend.url })],
      shutdown: { signals: false },
      clock,
    });
    telemetry.counter('orders').add(3);
    await telemetry.flush();
    await clock.advance(60);
    await telemetry.shutdown();
    expect(backend.totals().get('orders_total')).toBe(3);
    const [health] = telemetry.health().exporters;
    expect(health?.signals.metrics).toMatchObject({ rejected: 0, unknown: 0, dropped: 0 });
  });
});

describe('a protocol that was chosen', () => {
  test.each(['1.0', '1.0-lax'] as const)('2.0 is not given up for a receiver that speaks %s', async (speaks) => {
    const backend = await backendOf({ speaks });
    const error = await exporterTo(backend, { protocol: '2.0' })
      .export()
      .catch((reason: ExportError) => reason);
    expect(error).toMatchObject({ retryable: true, divisible: false });
    expect((error as Error).message).toMatch(/does not take remote write 2\.0; leave `protocol` out, or check `url`$/);
    expect(backend.requests).toEqual([]);
  });

  test('1.0 is spoken to a receiver that knows both', async () => {
    const backend = await backendOf();
    await exporterTo(backend, { protocol: '1.0' }).export();
    expect(backend.requestsV2).toEqual([]);
    expect(backend.requests).toHaveLength(1);
  });

  test('1.0 is refused by a receiver that knows only 2.0, which is said', async () => {
    const backend = await backendOf({ speaks: '2.0' });
    await expect(exporterTo(backend, { protocol: '1.0' }).export()).rejects.toThrow(
      /answered 415: it does not take remote write 1\.0; leave `protocol` out/,
    );
  });

  test('what takes neither is told by its address', async () => {
    const backend = await backendOf();
    backend.server.answer(415, {}, 2);
    await expect(exporterTo(backend).export()).rejects.toThrow(
      /answered 415: it does not take remote write 2\.0 nor 1\.0; check `url`/,
    );
  });
});

describe('native histograms', () => {
  const histograms = (backend: RemoteWriteBackend) =>
    backend.requestsV2.map(({ timeseries }) => timeseries.filter((one) => one.histograms.length > 0).map(nameOf));
  const plain = (backend: RemoteWriteBackend) =>
    backend.requestsV2.at(-1)?.timeseries.some((one) => nameOf(one) === 'sample_payload_bytes_bucket');

  test('are what a receiver of 2.0 gets for exponential ones', async () => {
    const backend = await backendOf();
    await exporterTo(backend).export();
    expect(histograms(backend)).toEqual([['sample_payload_bytes', 'sample_payload_bytes']]);
    expect(plain(backend)).toBe(false);
  });

  test('are not sent where that is asked for', async () => {
    const backend = await backendOf();
    await exporterTo(backend, { nativeHistograms: false }).export();
    expect(histograms(backend)).toEqual([[]]);
    expect(plain(backend)).toBe(true);
  });

  test('are given up for a receiver that answers 500 to them, so that all else arrives', async () => {
    const backend = await backendOf({ nativeHistograms: '500' });
    const exporter = exporterTo(backend);
    await expect(exporter.export()).rejects.toThrow('native histograms are disabled');
    expect(await exporter.export(later(1))).toEqual({ accepted: COUNT, rejected: 0 });
    expect(await exporter.export(later(2))).toEqual({ accepted: COUNT, rejected: 0 });
    expect(plain(backend)).toBe(true);
    expect(backend.server.requests()).toBe(3);
  });

  test('are given up for a receiver that refuses them by themselves', async () => {
    const backend = await backendOf({ nativeHistograms: '400' });
    const exporter = exporterTo(backend);
    expect(await exporter.export()).toMatchObject({ rejected: 2 });
    expect(await exporter.export(later(1))).toEqual({ accepted: COUNT, rejected: 0 });
    expect(plain(backend)).toBe(true);
  });

  test('are tried again when it was not they that the receiver failed at', async () => {
    const backend = await backendOf();
    const exporter = exporterTo(backend);
    backend.server.answer(500, {}, 2);
    await expect(exporter.export()).rejects.toThrow();
    await expect(exporter.export(later(1))).rejects.toThrow();
    await exporter.export(later(2));
    expect(histograms(backend)).toEqual([['sample_payload_bytes', 'sample_payload_bytes']]);
  });

  test('stay once they were taken, whatever the receiver answers', async () => {
    const backend = await backendOf();
    const exporter = exporterTo(backend);
    await exporter.export();
    backend.server.answer(500);
    await expect(exporter.export(later(1))).rejects.toThrow();
    await exporter.export(later(2));
    expect(histograms(backend)).toHaveLength(2);
    expect(histograms(backend)[1]).toHaveLength(2);
  });
});
