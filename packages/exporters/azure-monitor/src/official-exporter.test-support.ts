// Runs Microsoft's own exporter on a recording, in a process of its own: it keeps state, and asks Microsoft for settings. Its arguments: the
// connection string and the address to send to; its input: metrics, spans and the service as JSON.
import { text } from 'node:stream/consumers';
import {
  AzureMonitorMetricExporter,
  AzureMonitorTraceExporter,
  type AzureMonitorMetricExporter as MetricExporter,
  type AzureMonitorTraceExporter as TraceExporter,
} from '@azure/monitor-opentelemetry-exporter';
import type { FinishedSpan, Metric, Resource } from '@telltale/core';

/** OpenTelemetry's numbers of types of data points. */
const TYPES = { histogram: 0, exponentialHistogram: 1, gauge: 2, counter: 3, upDownCounter: 3 } as const;

const [connectionString = '', endpoint = ''] = process.argv.slice(2);
const { metrics, spans } = JSON.parse(await text(process.stdin)) as {
  readonly metrics: readonly Metric[];
  readonly spans: readonly FinishedSpan[];
};
const options = { connectionString, endpoint, allowInsecureConnection: true, disableOfflineStorage: true };

const traces = new AzureMonitorTraceExporter(options);
for (const [resource, group] of byResource(spans)) {
  const readable = group.map((span) => readableSpan(span, resource));
  await new Promise((done) => traces.export(readable as unknown as Parameters<TraceExporter['export']>[0], done));
}
const numbers = new AzureMonitorMetricExporter(options);
for (const [resource, group] of byResource(metrics)) {
  const data = { resource, scopeMetrics: [{ scope: { name: 'recording' }, metrics: group.map(metricData) }] };
  await new Promise((done) => numbers.export(data as unknown as Parameters<MetricExporter['export']>[0], done));
}
process.exit(0);

function byResource<T extends { readonly resource: Resource }>(items: readonly T[]): Map<Resource, T[]> {
  const groups = new Map<string, [Resource, T[]]>();
  for (const item of items) {
    const key = JSON.stringify(item.resource);
    const group = groups.get(key) ?? [item.resource, []];
    group[1].push(item);
    groups.set(key, group);
  }
  return new Map(groups.values());
}

function hrTime(seconds: number): readonly [number, number] {
  return [Math.floor(seconds), Math.round((seconds % 1) * 1e9)];
}

function readableSpan(span: FinishedSpan, resource: Resource): object {
  const { traceId, spanId, parentSpanId, startTime, endTime, status, statusMessage, events } = span;
  const code = { unset: 0, ok: 1, error: 2 }[status];
  return {
    ...span,
    resource,
    spanContext: () => ({ traceId, spanId, traceFlags: 1 }),
    parentSpanContext: parentSpanId === undefined ? undefined : { traceId, spanId: parentSpanId, traceFlags: 1 },
    startTime: hrTime(startTime),
    endTime: hrTime(endTime),
    duration: hrTime(endTime - startTime),
    status: { code, message: statusMessage },
    events: events.map((event) => ({ ...event, time: hrTime(event.time) })),
  };
}

function metricData(metric: Metric): object {
  if (metric.type === 'summary') throw new Error('OpenTelemetry for Node.js has no summaries.');
  const { name, unit, description } = metric;
  return {
    descriptor: { name, unit, description, valueType: 1 },
    dataPointType: TYPES[metric.type],
    aggregationTemporality: 0,
    dataPoints: metric.points.map((point) => ({
      attributes: point.attributes,
      startTime: hrTime(point.startTime),
      endTime: hrTime(point.time),
      value: 'value' in point ? point.value : point,
    })),
  };
}
