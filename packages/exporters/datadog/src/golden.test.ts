import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MetricsSnapshot, OperationEvent, Resource } from '@telltale/core';
import { contextOf } from '@telltale/testing';
import { type DatadogRequest, demoMinute, openDatadogBackend } from '@telltale-internal/backends';
import { expect, it } from 'vitest';
import { datadog } from './index.ts';

interface Sent {
  readonly requests: readonly DatadogRequest[];
  readonly totals: Map<string, number>;
}

async function send(snapshot: MetricsSnapshot, events: readonly OperationEvent[], tags = {}): Promise<Sent> {
  const backend = await openDatadogBackend();
  const exporter = datadog({ apiKey: 'test-key', endpoint: backend.url, tags });
  await exporter.exportMetrics?.(snapshot, contextOf());
  await exporter.exportEvents?.(events, contextOf());
  await exporter.shutdown?.();
  await backend.close();
  expect(backend.server.complaints).toEqual([]);
  return { requests: backend.requests, totals: backend.totals() };
}

it('the recorded minute of demo traffic', async () => {
  const { snapshot, events } = demoMinute({ temporality: 'delta' });
  const { requests, totals } = await send(snapshot, events);
  const lines = requests.flatMap(({ path, body }) => [
    `POST ${path}`,
    ...(Array.isArray(body) ? body : (body as { readonly series: readonly unknown[] }).series).map((item) =>
      JSON.stringify(item, withRuns),
    ),
  ]);
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('__golden__/minute.txt');

  for (const { name, type } of snapshot.metrics) {
    if (type === 'gauge' || type === 'upDownCounter' || type === 'summary') continue;
    const same = snapshot.metrics.filter((metric) => metric.name === name);
    const points = same.flatMap((one) => one.points as readonly { readonly value?: number; readonly count?: number }[]);
    const recorded = points.reduce((sum, { value = 0, count = 0 }) => sum + value + count, 0);
    expect([name, totals.get(name)]).toEqual([name, expect.closeTo(recorded, 6)]);
  }
});

/** Values of distributions that come several times are written once. */
function withRuns(key: string, value: unknown): unknown {
  if (key !== 'points' || !Array.isArray((value as readonly unknown[])[0])) return value;
  return (value as readonly [number, readonly number[]][]).map(([time, values]) => [
    time,
    [...new Set(values)].map((one) => `${one} (${values.filter((other) => other === one).length} times)`),
  ]);
}

/**
 * The golden was made on 2026-11-22 with `@datadog/datadog-api-client` 1.64.0, which is too large (141 MB) to be a dependency: `submitMetrics`, `submitDistributionPoints` and
 * `submitLog` with these numbers, against a local server that wrote down what came.
 */
it('the requests of the official client for the same data', async () => {
  const file = join(import.meta.dirname, '__golden__/official-client-1.64.0.json');
  const official = JSON.parse(readFileSync(file, 'utf8')) as readonly DatadogRequest[];
  const resource: Resource = {
    attributes: {
      'service.name': 'checkout',
      'deployment.environment.name': 'production',
      'service.version': '1.4.0',
      'host.name': 'host-1',
    },
  };
  const shared = { description: '', unit: '', scope: { name: 'test', version: '1' }, resource };
  const point = { attributes: { plan: 'pro' }, startTime: 1_699_999_940.4, time: 1_700_000_000.4 };
  const later = { attributes: { plan: 'pro' }, startTime: 1_700_000_000.4, time: 1_700_000_060.4 };
  const snapshot: MetricsSnapshot = {
    time: 1_700_000_060.4,
    resource,
    metrics: [
      { ...shared, name: 'sample.orders', type: 'counter', temporality: 'delta', points: [{ ...point, value: 42 }] },
      {
        ...shared,
        name: 'sample.temperature',
        unit: 's',
        type: 'gauge',
        temporality: 'cumulative',
        points: [{ ...later, value: -4.5 }],
      },
      {
        ...shared,
        name: 'sample.duration',
        type: 'histogram',
        temporality: 'delta',
        boundaries: [0.01, 0.1, 1],
        points: [
          {
            ...point,
            attributes: { plan: 'pro' },
            count: 6,
            sum: 3.155,
            min: undefined,
            max: undefined,
            counts: [1, 2, 2, 1],
            exemplars: [],
          },
        ],
      },
    ],
  };
  const event: OperationEvent = {
    type: 'end',
    kind: 'job',
    name: 'nightly-etl',
    time: 1_700_000_002,
    startTime: 1_700_000_000,
    duration: 2,
    outcome: 'failed',
    attributes: { plan: 'pro' },
    error: { type: 'TypeError', message: '' },
    resource,
  };
  const { requests } = await send(snapshot, [event], { team: 'payments' });
  expect(requests.map(({ path, headers, body }) => ({ path, type: headers['content-type'], body }))).toEqual(
    official.map(({ path, headers, body }) => ({ path, type: headers['content-type'], body })),
  );
});
