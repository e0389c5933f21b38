import { describe, expect, it } from 'vitest';
import { SettlingClock } from './export/settling-clock.test-support.ts';
import { createTelemetry, ExportError, type Exporter, type NumberPoint, TelemetryError } from './index.ts';

/** An exporter of anybody's, that only carries `delivery`. */
function telemetryWith(more: Partial<Exporter>) {
  const clock = new SettlingClock();
  const told: string[] = [];
  const values: Record<string, number>[] = [];
  const telemetry = createTelemetry({
    service: { name: 'checkout' },
    clock,
    exporters: [
      {
        name: 'backend',
        temporality: 'delta',
        interval: 1,
        exportMetrics: async ({ metrics }) => {
          values.push(Object.fromEntries(metrics.map(({ name, points }) => [name, (points[0] as NumberPoint).value])));
        },
        ...more,
      },
    ],
    shutdown: { signals: false },
    onError: (error) => told.push(error.message),
  });
  return { clock, telemetry, told, values };
}

describe('the delivery settings of an exporter', () => {
  it('are checked when the telemetry is made', () => {
    expect(() => telemetryWith({ delivery: { rateLimit: 0 } })).toThrow(
      new TelemetryError(
        'ERR_EXPORTER',
        '`rateLimit` of the exporter "backend" is 0; give a number of requests a second above 0.',
      ),
    );
  });

  it('choose and rename what it is handed, whoever wrote it', async () => {
    const { clock, telemetry, values } = telemetryWith({
      delivery: { prefix: 'shop.', filter: { metrics: { include: ['orders', 'price'], exclude: ['price'] } } },
    });
    const orders = telemetry.counter('orders');
    telemetry.counter('price').add(1);
    orders.add(2);
    await clock.advance(1.5);
    orders.add(3);
    await clock.advance(1.5);
    expect(values).toEqual([{ 'shop.orders': 2 }, { 'shop.orders': 3 }]);
    expect(telemetry.snapshot().metrics.map(({ name }) => name)).toContain('price');
    await telemetry.shutdown();
  });

  it('do not make the exports of Telltale itself a reason for the next one', async () => {
    const { clock, telemetry, values } = telemetryWith({ delivery: { adaptiveInterval: { max: 60 } } });
    telemetry.counter('orders').add(2);
    await clock.advance(600);
    expect(values.length).toBeGreaterThan(10);
    expect(values.length).toBeLessThan(20);
    await telemetry.shutdown();
  });

  it('leave a dead backend alone, which health says; one warning is all', async () => {
    const { clock, telemetry, told } = telemetryWith({
      exportMetrics: () => Promise.reject(new ExportError('connect ECONNREFUSED 10.0.0.7:443')),
    });
    telemetry.counter('orders').add(2);
    await clock.advance(25);
    expect(telemetry.health()).toMatchObject({
      status: 'degraded',
      exporters: [{ status: 'failing', circuit: 'open', consecutiveFailures: 5 }],
    });
    expect(told).toHaveLength(1);
    await telemetry.shutdown();
  });

  it('have what was used of the backend counted', async () => {
    const { clock, telemetry } = telemetryWith({
      backend: 'cloudwatch',
      delivery: { filter: { metrics: { include: ['orders'] } } },
      exportMetrics: async (_, { request }) => {
        await request?.(100, 400);
        await request?.(50);
      },
    });
    telemetry.counter('orders').add(2, { plan: 'pro' });
    telemetry.counter('orders').add(2, { plan: 'free' });
    await clock.advance(1.5);
    expect(telemetry.usage()).toMatchObject([
      {
        name: 'backend',
        backend: 'cloudwatch',
        seconds: 1.5,
        interval: { metrics: 1 },
        signals: { metrics: { requests: 2, bytes: 150, uncompressed: 450, items: 2, series: 2 } },
        metrics: [{ name: 'orders', type: 'counter', series: 2 }],
      },
    ]);
    await telemetry.shutdown();
  });
});
