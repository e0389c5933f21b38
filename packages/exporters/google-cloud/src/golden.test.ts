import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { v3 } from '@google-cloud/monitoring';
import { contextOf } from '@telltale/testing';
import { demoMinute, openGoogleCloudBackend } from '@telltale-internal/backends';
import { OAuth2Client } from 'google-auth-library';
import { expect, it, onTestFinished } from 'vitest';
import { googleCloudUnderTest } from './backend.test-support.ts';

it('writes the recorded minute of demo traffic', async () => {
  const { exporter, backend } = await googleCloudUnderTest();
  const { snapshot, spans } = demoMinute();
  const context = contextOf();
  const result = await exporter.exportMetrics?.(snapshot, context);
  await exporter.exportSpans?.(spans, context);
  expect(result).toMatchObject({ rejected: 0 });
  await expect(documentOf(backend.requests())).toMatchFileSnapshot('__golden__/minute.json');
  expect(backend.spanCount()).toBe(spans.length);
  expect(new Set(backend.projects())).toEqual(new Set(['shop-1']));
});

it('counts of the recorded minute what was recorded', async () => {
  const { exporter, backend } = await googleCloudUnderTest();
  const { snapshot } = demoMinute();
  await exporter.exportMetrics?.(snapshot, contextOf());
  const recorded = new Map<string, number>();
  for (const { name, points } of snapshot.metrics) {
    const sum = points.reduce((total, point) => total + ('value' in point ? point.value : point.count), 0);
    recorded.set(name, (recorded.get(name) ?? 0) + sum);
  }
  const totals = backend.totals();
  expect([...totals.keys()].toSorted()).toEqual([...recorded.keys()].toSorted());
  for (const [name, value] of recorded) expect([name, totals.get(name)]).toEqual([name, expect.closeTo(value, 6)]);
});

interface Serializer {
  fromProto3JSON(type: unknown, json: unknown): unknown;
}

it('writes what the official client writes when it is given the same', async () => {
  const ours = await googleCloudUnderTest();
  await ours.exporter.exportMetrics?.(demoMinute().snapshot, contextOf());
  const backend = await openGoogleCloudBackend();
  onTestFinished(() => backend.close());

  const { client, requestOf } = await officialClient(backend.server.port);
  const golden = readFileSync(join(import.meta.dirname, '__golden__/minute.json'), 'utf8');
  for (const body of JSON.parse(golden) as readonly object[]) await client.createTimeSeries(requestOf(body));
  await client.close();

  expect(backend.series()).toEqual(ours.backend.series());
  expect(backend.server.complaints).toEqual([]);
});

interface Serializer {
  fromProto3JSON(type: unknown, json: unknown): unknown;
}

interface Reflecting {
  readonly _protos: { lookupType(name: string): unknown };
}

type CreateRequest = Parameters<v3.MetricServiceClient['createTimeSeries']>[0];

/** @google-cloud/monitoring over REST, and its messages from JSON. */
async function officialClient(port: number) {
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: 'token', expiry_date: Date.now() + 3_600_000 });
  const client = new v3.MetricServiceClient({
    fallback: true,
    apiEndpoint: '127.0.0.1',
    port,
    protocol: 'http',
    authClient: authClient as never,
    projectId: 'shop-1',
  });
  await client.initialize();
  const require = createRequire(import.meta.url);
  const serializer = require('proto3-json-serializer') as Serializer;
  const { _protos: protos } = client as unknown as Reflecting;
  const type = protos.lookupType('google.monitoring.v3.CreateTimeSeriesRequest');
  const requestOf = (body: object) =>
    serializer.fromProto3JSON(type, { ...body, name: 'projects/shop-1' }) as CreateRequest;
  return { client, requestOf };
}

/** A time series per line, so that a change of one can be read. */
function documentOf(requests: readonly unknown[]): string {
  const lines = (requests as readonly { readonly timeSeries: readonly unknown[] }[]).map(({ timeSeries }) => {
    return `{"timeSeries":[\n${timeSeries.map((series) => JSON.stringify(series)).join(',\n')}\n]}`;
  });
  return `[\n${lines.join(',\n')}\n]\n`;
}
