import { createTelemetry, type Exporter } from '@telltale/core';
import { otlp } from '@telltale/exporter-otlp';
import { ManualClock, memoryExporter } from '@telltale/testing';
import { openOtlpBackend } from '@telltale-internal/backends';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runningSidecar, START } from './running-sidecar.test-support.ts';

function service(name: string, exporter: Exporter) {
  const clock = new ManualClock(START);
  const telemetry = createTelemetry({
    service: { name, instanceId: `${name}-1` },
    exporters: [exporter],
    clock,
    shutdown: { signals: false },
    metrics: { disable: ['telltale.*', 'job.cpu.time'], exemplars: 'always_on' },
    onError: () => {},
  });
  onTestFinished(() => telemetry.shutdown());
  return { telemetry, clock };
}

async function backend() {
  const opened = await openOtlpBackend();
  onTestFinished(() => opened.close());
  return opened;
}

const OWN = /^telltale\./;

describe('a service with @telltale/exporter-otlp', () => {
  it.each([
    ['http/protobuf', 'cumulative'],
    ['http/json', 'delta'],
  ] as const)('by %s, in %s, is the same to an exporter behind the sidecar', async (protocol, temporality) => {
    const behind = memoryExporter();
    const { url, sidecar } = await runningSidecar({ exporters: [behind] });
    const { telemetry } = service('shop', otlp({ url, protocol, temporality }));
    telemetry
      .counter('orders', { unit: '{order}', description: 'Orders' })
      .add(3, { plan: 'pro', trial: false, size: 2 });
    telemetry.upDownCounter('sessions').add(-2);
    telemetry.gauge('temperature').record(21.5);
    telemetry.histogram('price', { buckets: [1, 5] }).record(4.2);
    for (const value of [0, 2, 70.25, -4]) telemetry.histogram('weight').record(value);
    telemetry.summary('wait').record(2);
    telemetry.span('order', (span) => span.addEvent('reserved', { at: 'shelf' }));
    telemetry.job('etl', { attributes: { tenant: 'acme' } }, () => {});
    expect(() =>
      telemetry.job('broken', () => {
        throw new TypeError('no file');
      }),
    ).toThrow('no file');
    const told = telemetry.snapshot();
    await telemetry.shutdown();
    await sidecar.telemetry.flush();
    const seen = behind.snapshots.at(-1)?.metrics.filter(({ name }) => !OWN.test(name));
    const plain = (metrics: readonly { readonly name: string }[] = []): unknown =>
      JSON.parse(JSON.stringify(metrics), (key, value) =>
        ['time', 'startTime', 'valueType', 'observable'].includes(key) ? undefined : value,
      );
    const expected = told.metrics.filter(({ name }) => !OWN.test(name));
    expect(plain(seen?.map(withoutExtremes))).toEqual(plain(expected.map(withoutExtremes)));
    expect(behind.spans.map(({ name, status }) => [name, status])).toEqual([
      ['order', 'unset'],
      ['etl', 'unset'],
      ['broken', 'error'],
    ]);
    expect(behind.events).toMatchObject([
      { type: 'end', kind: 'job', name: 'etl', outcome: 'completed', attributes: { tenant: 'acme' } },
      { kind: 'job', name: 'broken', outcome: 'failed', error: { type: 'TypeError', message: 'no file' } },
    ]);
    expect(new Set([...(seen ?? []), ...behind.spans, ...behind.events].map(({ resource }) => resource)).size).toBe(1);

    /** Differences do not have them. */
    function withoutExtremes<M extends { readonly points: readonly object[] }>(metric: M): M {
      if (temporality === 'cumulative') return metric;
      return { ...metric, points: metric.points.map((point) => ({ ...point, min: undefined, max: undefined })) };
    }
  });
});

describe('what is sent on', () => {
  it.each(['cumulative', 'delta'] as const)(
    'in %s, is exact, also when the backend was away for a while',
    async (temporality) => {
      const target = await backend();
      const { url, sidecar } = await runningSidecar({
        exporters: [otlp({ url: target.url, temporality, circuitBreaker: false })],
      });
      const shops = [
        service('shop', otlp({ url })),
        service('auth', otlp({ url, temporality: 'delta', protocol: 'http/json' })),
      ];
      const record = async (round: number): Promise<void> => {
        for (const { telemetry, clock } of shops) {
          await clock.advance(0.5);
          telemetry.counter('orders').add(round);
          telemetry.histogram('price', { buckets: [1, 5] }).record(round);
          telemetry.span(`round ${round}`, () => {});
          telemetry.job('etl', () => {});
          await telemetry.flush();
        }
      };
      await record(1);
      await sidecar.telemetry.flush();
      await target.server.down();
      await record(2);
      await sidecar.telemetry.flush();
      await record(3);
      await sidecar.telemetry.flush();
      await target.server.up();
      target.server.answer(503);
      await record(4);
      await sidecar.telemetry.flush();
      for (const { telemetry } of shops) await telemetry.shutdown();
      await sidecar.close();
      expect(target.server.complaints).toEqual([]);
      const totals = target.totals();
      expect([totals.get('orders'), totals.get('price'), totals.get('job.duration')]).toEqual([20, 8, 8]);
      expect([target.spanCount(), target.eventCount()]).toEqual([16, 8]);
      const uids = target
        .documents('events')
        .flatMap((document) => JSON.stringify(document).match(/"log\.record\.uid","value":\{"stringValue":"[^"]+/g));
      expect(new Set(uids).size).toBe(8);
    },
  );
});
