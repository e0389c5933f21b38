import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { contextOf } from '@telltale/testing';
import type { AzureMonitorItem } from '@telltale-internal/backends';
import { demoMinute, openAzureMonitorBackend } from '@telltale-internal/backends';
import { expect, it } from 'vitest';
import { azureMonitor } from './index.ts';

const DISCARD = 'http://127.0.0.1:9';

/** What Microsoft's exporter makes of the recorded minute, and what ours makes of it, in the order in which they were sent. */
async function both(): Promise<{ official: readonly AzureMonitorItem[]; ours: readonly AzureMonitorItem[] }> {
  const minute = demoMinute({ temporality: 'delta' });
  const metrics = minute.snapshot.metrics.filter(({ type }) => type !== 'summary');
  const theirs = await openAzureMonitorBackend();
  const mine = await openAzureMonitorBackend();
  try {
    await runOfficial(theirs.connectionString, `${theirs.url}/v2.1`, JSON.stringify({ metrics, spans: minute.spans }));
    const exporter = azureMonitor({ connectionString: mine.connectionString });
    await exporter.exportSpans?.(minute.spans, contextOf());
    await exporter.exportMetrics?.({ ...minute.snapshot, metrics }, contextOf());
    await exporter.shutdown?.();
    expect(theirs.server.complaints).toEqual([]);
    expect(mine.server.complaints).toEqual([]);
    return { official: theirs.items(), ours: mine.items() };
  } finally {
    await theirs.close();
    await mine.close();
  }
}

function runOfficial(connectionString: string, endpoint: string, input: string): Promise<void> {
  const script = fileURLToPath(new URL('./official-exporter.test-support.ts', import.meta.url));
  const child = spawn(process.execPath, ['--no-warnings', script, connectionString, endpoint], {
    env: {
      ...process.env,
      APPLICATION_INSIGHTS_NO_STATSBEAT: '1',
      // All that it would tell Microsoft goes nowhere.
      HTTPS_PROXY: DISCARD,
      NO_PROXY: '127.0.0.1',
    },
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`exit code ${code}`))));
  });
}

/** What does not count as a difference: how the same is written. */
function comparable(item: AzureMonitorItem): Record<string, unknown> {
  const { duration, properties, measurements, metrics, ...fields } = item.data.baseData as Record<string, unknown>;
  const { 'ai.internal.sdkVersion': _, ...tags } = item.tags;
  return {
    name: item.name,
    iKey: item.iKey,
    sampleRate: item.sampleRate,
    tags,
    baseType: item.data.baseType,
    // To the millisecond, as Microsoft's are.
    ...(item.data.baseType !== 'MetricData' && { time: Math.round(Date.parse(item.time)) }),
    ...(typeof duration === 'string' && { seconds: secondsOf(duration) }),
    ...(Array.isArray(metrics) && { metric: metrics[0] }),
    fields,
    properties,
  };
}

function secondsOf(duration: string): number {
  const [clock = '', days = '0'] = duration.split(/\.(?=.*:)/).reverse();
  const [h = 0, m = 0, s = 0] = clock.split(':').map(Number);
  return Math.round((Number(days) * 86_400 + h * 3600 + m * 60 + s) * 1e5) / 1e5;
}

it('says the same of spans as Microsoft’s exporter, but for what is different on purpose', async () => {
  const { official, ours } = await both();
  const spans = (items: readonly AzureMonitorItem[]) => items.filter(({ data }) => data.baseType !== 'MetricData');
  // Theirs go out service by service.
  const key = ({ tags, data, time }: AzureMonitorItem): string =>
    `${tags['ai.operation.id']} ${data.baseData.id ?? `${tags['ai.operation.parentId']} ${data.baseType} ${Date.parse(time)}`}`;
  const theirs = new Map(spans(official).map((item) => [key(item), comparable(item)]));
  expect(spans(ours).map(key).sort()).toEqual([...theirs.keys()].sort());
  const differences = new Set<string>();
  for (const item of spans(ours)) {
    const mine = comparable(item);
    const { baseType } = item.data;
    for (const [path, a, b] of differing(theirs.get(key(item)), mine))
      differences.add(`${baseType} ${path}: ${kind(a, b)}`);
  }
  expect([...differences].sort()).toMatchInlineSnapshot(`
    [
      "ExceptionData properties.deployment.environment.name: ours only",
      "ExceptionData tags.ai.location.ip: ours only",
      "ExceptionData tags.ai.operation.name: ours only",
      "ExceptionData tags.ai.user.userAgent: ours only",
      "MessageData properties.deployment.environment.name: ours only",
      "MessageData tags.ai.operation.name: ours only",
      "RemoteDependencyData fields.resultCode: another",
      "RemoteDependencyData fields.target: another",
      "RemoteDependencyData fields.target: ours only",
      "RemoteDependencyData properties.deployment.environment.name: ours only",
      "RemoteDependencyData properties.error.type: ours only",
      "RemoteDependencyData properties.http.request.method: ours only",
      "RemoteDependencyData properties.network.peer.address: ours only",
      "RemoteDependencyData properties.network.peer.port: ours only",
      "RemoteDependencyData properties.network.protocol.version: ours only",
      "RemoteDependencyData properties.server.address: ours only",
      "RemoteDependencyData properties.server.port: ours only",
      "RequestData fields.name: ours only",
      "RequestData fields.responseCode: another",
      "RequestData fields.url: another",
      "RequestData properties.deployment.environment.name: ours only",
      "RequestData properties.error.type: ours only",
      "RequestData properties.http.request.method: ours only",
      "RequestData properties.http.route: ours only",
      "RequestData tags.ai.operation.name: ours only",
    ]
  `);
});

it('says the same of metrics, and besides it the point’s time, the least and greatest value and the buckets', async () => {
  const { official, ours } = await both();
  const metrics = (items: readonly AzureMonitorItem[]) =>
    items.filter(({ data }) => data.baseType === 'MetricData').filter(({ data }) => !isResource(data.baseData));
  const key = (item: AzureMonitorItem): string => {
    const { properties, metrics: rows } = item.data.baseData as {
      readonly properties: Record<string, string>;
      readonly metrics: readonly { readonly name: string }[];
    };
    const { 'histogram.buckets': _, 'deployment.environment.name': __, ...rest } = properties;
    return JSON.stringify([
      rows[0]?.name,
      item.tags['ai.cloud.role'],
      item.tags['ai.cloud.roleInstance'],
      Object.entries(rest).sort(),
    ]);
  };
  const theirs = new Map(metrics(official).map((item) => [key(item), comparable(item)]));
  expect(metrics(ours).map(key).sort()).toEqual([...theirs.keys()].sort());
  const differences = new Set<string>();
  for (const item of metrics(ours)) {
    for (const [path, a, b] of differing(theirs.get(key(item)), comparable(item)))
      differences.add(`${path}: ${kind(a, b)}`);
  }
  expect([...differences].sort()).toMatchInlineSnapshot(`
    [
      "metric.max: ours only",
      "metric.min: ours only",
      "properties.deployment.environment.name: ours only",
      "properties.histogram.buckets: ours only",
    ]
  `);
  const times = new Set(metrics(ours).map(({ time }) => time.slice(0, 19)));
  const { snapshot } = demoMinute();
  expect([...times]).toEqual([new Date(snapshot.time * 1000).toISOString().slice(0, 19)]);
});

function isResource(baseData: Readonly<Record<string, unknown>>): boolean {
  return JSON.stringify(baseData.metrics).includes('_OTELRESOURCE_');
}

type Difference = readonly [path: string, theirs: unknown, ours: unknown];

function differing(theirs: unknown, ours: unknown, path = ''): readonly Difference[] {
  if (typeof theirs !== 'object' || typeof ours !== 'object' || theirs === null || ours === null) {
    return Object.is(theirs, ours) ? [] : [[path, theirs, ours]];
  }
  const keys = new Set([...Object.keys(theirs), ...Object.keys(ours)]);
  return [...keys].flatMap((key) =>
    differing(
      (theirs as Record<string, unknown>)[key],
      (ours as Record<string, unknown>)[key],
      path === '' ? key : `${path}.${key}`,
    ),
  );
}

function kind(theirs: unknown, ours: unknown): string {
  if (theirs === undefined) return 'ours only';
  return ours === undefined ? 'theirs only' : 'another';
}
