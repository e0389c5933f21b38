import type { Metric, MetricsSnapshot, OperationEvent, Resource } from '@telltale/core';
import { contextOf, sampleResource } from '@telltale/testing';
import { openStatsdBackend } from '@telltale-internal/backends';
import { StatsD } from 'hot-shots';
import { expect, it } from 'vitest';
import { statsd } from './index.ts';

const resource: Resource = { attributes: { 'service.name': 'shop', 'deployment.environment.name': 'prod' } };
const tags = { service: 'shop', env: 'prod' };
const shared = { description: '', unit: '', scope: { name: 'test', version: '1' }, resource };
const point = (attributes: Readonly<Record<string, string>>) => ({ attributes, startTime: 0, time: 60 });

function snapshotOf(...metrics: readonly Metric[]): MetricsSnapshot {
  return { time: 60, resource, metrics };
}

async function ours(snapshot: MetricsSnapshot, events: readonly OperationEvent[] = []): Promise<readonly string[]> {
  const backend = await openStatsdBackend(0, { grammar: 'datadog' });
  const exporter = statsd({ port: backend.port, dialect: 'datadog', maxDatagram: 1432 });
  await exporter.exportMetrics?.(snapshot, contextOf());
  await exporter.exportEvents?.(events, contextOf());
  await backend.received();
  await backend.close();
  expect(backend.complaints).toEqual([]);
  return backend.lines;
}

it('metrics are the bytes of hot-shots for the same calls', async () => {
  const theirs = new StatsD({ mock: true });
  theirs.increment('orders', 3, { plan: 'pro', ...tags });
  theirs.increment('orders', 0.5, { plan: 'free', ...tags });
  theirs.gauge('queue.depth', -4, { queue: 'emails', ...tags });
  const lines = await ours(
    snapshotOf(
      {
        ...shared,
        name: 'orders',
        type: 'counter',
        temporality: 'delta',
        points: [
          { ...point({ plan: 'pro' }), value: 3 },
          { ...point({ plan: 'free' }), value: 0.5 },
        ],
      },
      {
        ...shared,
        name: 'queue.depth',
        type: 'upDownCounter',
        temporality: 'cumulative',
        points: [{ ...point({ queue: 'emails' }), value: -4 }],
      },
    ),
  );
  expect(lines).toEqual(theirs.mockBuffer);
});

it('distributions are the bytes of hot-shots, but for the sample rate, which it decides by chance', async () => {
  const theirs = new StatsD({ mock: true });
  theirs.distribution('size', 15, 0.5, { ...tags });
  // Chance decides whether a sampled call is sent.
  while (theirs.mockBuffer?.length === 0) theirs.distribution('size', 15, 0.5, { ...tags });
  const lines = await ours(
    snapshotOf({
      ...shared,
      name: 'size',
      type: 'histogram',
      temporality: 'delta',
      boundaries: [10, 20],
      points: [{ ...point({}), count: 2, sum: 30, min: undefined, max: undefined, counts: [0, 2, 0], exemplars: [] }],
    }),
  );
  expect(lines).toEqual(theirs.mockBuffer);
});

it('events are the bytes of hot-shots for the same call', async () => {
  const theirs = new StatsD({ mock: true });
  theirs.event(
    'nightly-etl',
    'failed in 2 s\nTypeError: x is "undefined"',
    { date_happened: new Date(1_700_000_002_000), aggregation_key: 'job:nightly-etl', alert_type: 'error' },
    ['kind:job', 'outcome:failed', 'job.name:nightly-etl', 'service:checkout'],
  );
  const event: OperationEvent = {
    type: 'end',
    kind: 'job',
    name: 'nightly-etl',
    time: 1_700_000_002,
    startTime: 1_700_000_000,
    duration: 2,
    outcome: 'failed',
    attributes: { 'job.name': 'nightly-etl' },
    error: { type: 'TypeError', message: 'x is "undefined"' },
    resource: { attributes: { 'service.name': sampleResource.attributes['service.name'] as string } },
  };
  expect(await ours(snapshotOf(), [event])).toEqual(theirs.mockBuffer);
});
