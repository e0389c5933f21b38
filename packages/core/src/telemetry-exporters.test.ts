import { describe, expect, it } from 'vitest';
import { SettlingClock } from './export/settling-clock.test-support.ts';
import { type Exporter, type MetricsSnapshot, TelemetryError } from './index.ts';
import { testTelemetry } from './telemetry.test-support.ts';

const EXPORTER = { name: 'page', interval: 1 } as const;

describe('an exporter that is added later', () => {
  it('is handed metrics, spans and events from then on, and is shown in health', async () => {
    const clock = new SettlingClock();
    const { telemetry } = testTelemetry({ clock, signals: { spans: true } });
    telemetry.job('before', () => {});
    const got = { orders: [] as number[], spans: [] as string[], events: [] as string[], started: 0, ended: 0 };
    telemetry.addExporter({
      ...EXPORTER,
      start: () => void got.started++,
      exportMetrics: async ({ metrics }) => {
        got.orders.push(
          ...metrics.flatMap(({ name, points }) =>
            name === 'orders' ? points.map((p) => ('value' in p ? p.value : 0)) : [],
          ),
        );
      },
      exportSpans: async (spans) => void got.spans.push(...spans.map(({ name }) => name)),
      exportEvents: async (events) => void got.events.push(...events.map(({ name }) => name)),
      shutdown: async () => void got.ended++,
    });
    telemetry.counter('orders').add(3);
    telemetry.job('after', () => {});
    await clock.advance(10);
    expect(got).toMatchObject({ spans: ['after'], events: ['after'], started: 1, ended: 0 });
    expect(got.orders[0]).toBe(3);
    expect(telemetry.health().exporters).toMatchObject([{ name: 'page', status: 'ok' }]);
    await telemetry.shutdown();
    expect(got.ended).toBe(1);
  });

  it('exports what is there when it is taken off, and then nothing', async () => {
    const { telemetry } = testTelemetry({ clock: new SettlingClock() });
    const events: string[] = [];
    let ended = 0;
    const remove = telemetry.addExporter({
      ...EXPORTER,
      exportEvents: async (batch) => void events.push(...batch.map(({ name }) => name)),
      shutdown: async () => void ended++,
    });
    telemetry.job('one', () => {});
    await remove();
    telemetry.job('two', () => {});
    await remove();
    expect({ events, ended, exporters: telemetry.health().exporters }).toEqual({
      events: ['one'],
      ended: 1,
      exporters: [],
    });
  });

  it('may have something of its own to export', async () => {
    const clock = new SettlingClock();
    const { telemetry } = testTelemetry({ clock });
    telemetry.counter('orders').add(3);
    const own = { time: 1, resource: telemetry.resource, metrics: [] as MetricsSnapshot['metrics'] };
    const got: MetricsSnapshot['metrics'][] = [];
    let asked = 0;
    telemetry.addExporter(
      { ...EXPORTER, exportMetrics: async ({ metrics }) => void got.push(metrics) },
      {
        collect: async () => {
          asked++;
          return own;
        },
      },
    );
    await clock.advance(5);
    expect(asked).toBeGreaterThan(1);
    expect(got).toEqual([]);
    own.metrics = [
      {
        name: 'alerts',
        description: '',
        unit: '1',
        type: 'gauge',
        temporality: 'cumulative',
        scope: { name: 'alerts' },
        resource: telemetry.resource,
        points: [{ attributes: {}, startTime: 0, time: 1, value: 1 }],
      },
    ];
    await clock.advance(2);
    expect(got[0]?.map(({ name }) => name)).toEqual(['alerts']);
  });

  it('is refused with the mend where it cannot work or its name is taken, and is nothing after the end', async () => {
    const { telemetry } = testTelemetry({ exporters: [{ name: 'page', exportMetrics: async () => {} }] });
    expect(() => telemetry.addExporter(EXPORTER as Exporter)).toThrow(/The exporter "page" takes nothing/);
    expect(() => telemetry.addExporter({ ...EXPORTER, exportMetrics: async () => {} })).toThrow(
      new TelemetryError(
        'ERR_EXPORTER',
        'Two exporters are called "page"; names tell them apart in health and errors, so give one of them another name.',
      ),
    );
    await telemetry.shutdown();
    await telemetry.addExporter({ name: 'late', exportMetrics: async () => {} })();
    expect(telemetry.health().exporters.map(({ name }) => name)).toEqual(['page']);
  });
});
