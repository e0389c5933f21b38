import {
  createTelemetry,
  type Exporter,
  type MetricsOptions,
  type Telemetry,
  type TelemetryOptions,
} from '@telltale/core';
import { METRICS, type MetricConvention } from '@telltale/core/conventions';
import { ManualClock } from '@telltale/testing';

export const SERVICE_NAME = 'checkout';

export interface Everything {
  readonly environment?: string;
  readonly views?: MetricsOptions['views'];
}

/** Records all of Telltale's metrics, in services of one name: operations as services have them, the rest by their conventions; and exports them. */
export async function exportEverything(makeExporter: () => Exporter, options: Everything = {}): Promise<void> {
  const recorded = new Set<string>();
  const run = async (
    more: Partial<TelemetryOptions>,
    record: (telemetry: Telemetry) => Promise<void> | void,
  ): Promise<void> => {
    const clock = new ManualClock(Math.floor(Date.now() / 1000) - 300);
    const { environment, views } = options;
    const telemetry = createTelemetry({
      service: { name: SERVICE_NAME, ...(environment !== undefined && { environment }) },
      exporters: [makeExporter()],
      shutdown: { signals: false },
      metrics: { ...(views && { views }) },
      clock,
      onError: () => {},
      ...more,
    });
    await record(telemetry);
    await telemetry.flush();
    await clock.advance(60);
    await telemetry.flush();
    for (const { name } of (await telemetry.collect()).metrics) recorded.add(name);
    await telemetry.shutdown();
  };
  await run({}, operations);
  // What it says of itself, with a metric that has too many values and something that went wrong.
  await run({ cardinality: { perInstrument: 3 } }, (telemetry) => {
    for (let i = 0; i < 9; i++) telemetry.counter('orders').add(1, { id: `${i}` });
    telemetry.counter('orders').add(1, { id: {} as string });
  });
  await run({}, (telemetry) => {
    for (const metric of METRICS) if (!recorded.has(metric.name)) byConvention(telemetry, metric);
  });
  const missing = METRICS.filter(({ name }) => !recorded.has(name));
  if (missing.length > 0) throw new Error(`not recorded: ${missing.map(({ name }) => name).join(', ')}`);
}

async function operations(telemetry: Telemetry): Promise<void> {
  for (const status of [200, 200, 404, 500, 503]) {
    const sizes = { requestBodySize: 10, responseBodySize: 20 };
    telemetry.request({ method: 'GET', scheme: 'http' }).end({ status, route: '/orders/:id', ...sizes });
  }
  telemetry.request({ method: 'POST', scheme: 'http' }).end({ status: 499, route: '/orders', aborted: true });
  await telemetry.job('emails', async () => {});
  await telemetry.job('emails', { queue: 'mails', waited: 0.5 }, async () => {});
  await telemetry.job('emails', async () => Promise.reject(new Error('no'))).catch(() => {});
  const call = { to: 'payments', operation: 'charge', protocol: 'http' } as const;
  for (const status of [200, 404, 503]) await telemetry.boundary(call, async (operation) => operation.status(status));
  await telemetry.boundary(call, async () => Promise.reject(new TypeError('refused'))).catch(() => {});
  await telemetry.workerPool('thumbnails', { size: 2 }).task('resize', async () => {});
}

function byConvention(telemetry: Telemetry, { name, type, unit, description, attributes }: MetricConvention): void {
  const series = Object.fromEntries(attributes.map((key) => [key, `a ${key}`]));
  const options = { unit, description };
  if (type === 'counter') telemetry.counter(name, options).add(2, series);
  else if (type === 'upDownCounter') telemetry.upDownCounter(name, options).add(2, series);
  else if (type === 'gauge') telemetry.gauge(name, options).record(0.5, series);
  else
    telemetry
      .histogram(name, { ...options, ...(type === 'histogram' && { buckets: [0.1, 1, 10] }) })
      .record(0.5, series);
}
