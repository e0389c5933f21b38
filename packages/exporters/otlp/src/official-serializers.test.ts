import { createTraceState } from '@opentelemetry/api';
import {
  type ISerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from '@opentelemetry/otlp-transformer';
import type { FinishedSpan, Metric } from '@telltale/core';
import { sampleSnapshot, sampleSpans } from '@telltale/testing';
import { decodeOtlp, demoMinute } from '@telltale-internal/backends';
import { describe, expect, it } from 'vitest';
import { encodeLogs, encodeMetrics, encodeTraces } from './index.ts';
import { readFields } from './protobuf-reader.ts';

/** OpenTelemetry's serializers take plain data in the shape of its SDK. What they cannot carry (summaries, exemplars, thresholds) is left out here. */
const official = {
  metrics: ProtobufMetricsSerializer,
  traces: ProtobufTraceSerializer,
  logs: ProtobufLogsSerializer,
} as unknown as Record<'metrics' | 'traces' | 'logs', ISerializer<unknown, unknown>>;

const GAUGE = 2;
const SUM = 3;
const HISTOGRAM = 0;
const EXPONENTIAL = 1;
const TEMPORALITY = { delta: 0, cumulative: 1 } as const;

function hrTime(seconds: number): [number, number] {
  const micros = Math.round(seconds * 1e6);
  return [Math.floor(micros / 1e6), (micros % 1e6) * 1000];
}

function sdkMetric(metric: Metric): object {
  const { description, name, temporality, type, unit } = metric;
  const data = {
    descriptor: { name, description, unit, valueType: 1 },
    aggregationTemporality: TEMPORALITY[temporality],
  };
  const at = ({ attributes, startTime, time }: Metric['points'][number], value: unknown): object => ({
    attributes,
    startTime: hrTime(startTime),
    endTime: hrTime(time),
    value,
  });
  if (type === 'histogram') {
    const dataPoints = metric.points.map((point) => {
      const { counts, ...rest } = point;
      return at(point, { ...rest, buckets: { counts, boundaries: metric.boundaries } });
    });
    return { ...data, dataPointType: HISTOGRAM, dataPoints };
  }
  if (type === 'exponentialHistogram') {
    const side = ({ offset, counts }: { readonly offset: number; readonly counts: readonly number[] }) => ({
      offset,
      bucketCounts: counts,
    });
    const dataPoints = metric.points.map((point) =>
      at(point, { ...point, positive: side(point.positive), negative: side(point.negative) }),
    );
    return { ...data, dataPointType: EXPONENTIAL, dataPoints };
  }
  if (type === 'summary') throw new Error('there are none');
  const dataPoints = metric.points.map((point) => at(point, point.value));
  return { ...data, dataPointType: type === 'gauge' ? GAUGE : SUM, isMonotonic: type === 'counter', dataPoints };
}

function sdkSpan(span: FinishedSpan): object {
  const { dropped, parentIsRemote, parentSpanId, spanId, traceFlags, traceId, traceState } = span;
  return {
    ...span,
    spanContext: () => ({
      traceId,
      spanId,
      traceFlags,
      ...(traceState !== undefined && { traceState: createTraceState(traceState) }),
    }),
    ...(parentSpanId !== undefined && {
      parentSpanContext: { traceId, spanId: parentSpanId, isRemote: parentIsRemote },
    }),
    startTime: hrTime(span.startTime),
    endTime: hrTime(span.endTime),
    status: { code: { unset: 0, ok: 1, error: 2 }[span.status], message: span.statusMessage },
    events: span.events.map((event) => ({ ...event, time: hrTime(event.time) })),
    links: span.links.map((link) => ({ ...link, context: { isRemote: false, ...link.context } })),
    instrumentationScope: span.scope,
    droppedAttributesCount: dropped.attributes,
    droppedEventsCount: dropped.events,
    droppedLinksCount: dropped.links,
  };
}

/** Without what is zero or empty: whether that is written is a matter of taste. */
function essence(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(essence);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, inner]): [string, unknown] => [key, essence(inner)])
      .filter(([key, inner]) => {
        if (key === 'status') return Object.keys(inner as object).length > 0;
        return ![0, '0', ''].includes(inner as number) && !(Array.isArray(inner) && inner.length === 0);
      }),
  );
}

/** The bytes of the only scope of the only resource. */
function scopeBytes(request: Uint8Array): Buffer {
  const [perResource] = readFields(request).get(1) as [Uint8Array];
  const [perScope] = readFields(perResource).get(2) as [Uint8Array];
  return Buffer.from(perScope);
}

function serialized(serializer: ISerializer<unknown, unknown>, request: unknown): Uint8Array {
  return serializer.serializeRequest(request) as Uint8Array;
}

describe("OpenTelemetry's own serializers", () => {
  const { snapshot, spans, events } = demoMinute();

  it.each([
    ['the minute of the demo', snapshot],
    ['samples', sampleSnapshot()],
    ['samples of differences', sampleSnapshot({ temporality: 'delta' })],
  ])('write metrics byte for byte as we do: %s', (_, { metrics, resource }) => {
    const known = metrics
      .filter((metric) => metric.type !== 'summary' && metric.type !== 'gauge' && metric.resource === resource)
      // The SDK knows neither exemplars nor null for "no description", and compares scopes by object.
      .map((metric) => ({
        ...metric,
        scope: { name: 'one', version: '2' },
        points: metric.points.map((point) => ({ ...point, exemplars: [] })),
      })) as unknown as Metric[];
    expect(known.length).toBeGreaterThan(3);
    const theirs = serialized(official.metrics, {
      resource,
      scopeMetrics: [{ scope: { name: 'one', version: '2' }, metrics: known.map(sdkMetric) }],
    });
    expect(scopeBytes(encodeMetrics(known)).equals(scopeBytes(theirs))).toBe(true);
  });

  it('write gauges as we do, but for a start that means nothing', () => {
    const gauges = snapshot.metrics.filter(
      (metric) => metric.type === 'gauge' && metric.resource === snapshot.resource,
    );
    const theirs = serialized(official.metrics, {
      resource: snapshot.resource,
      scopeMetrics: [{ scope: gauges[0]?.scope, metrics: gauges.map(sdkMetric) }],
    });
    const withoutStart = JSON.parse(JSON.stringify(decodeOtlp('metrics', theirs)), (key, value: unknown) =>
      key === 'startTimeUnixNano' ? undefined : value,
    ) as unknown;
    expect(essence(decodeOtlp('metrics', encodeMetrics(gauges)))).toEqual(essence(withoutStart));
  });

  it.each([
    ['the minute of the demo', spans],
    ['samples', sampleSpans()],
  ])('say the same of spans: %s', (_, some) => {
    // They flag every link as known to be local, and group by object.
    const ours = some.map((span) => ({
      ...span,
      links: span.links.map((link) => ({ ...link, context: { isRemote: false, ...link.context } })),
    }));
    const theirs = serialized(official.traces, ours.map(sdkSpan));
    expect(essence(decodeOtlp('spans', encodeTraces(ours)))).toEqual(essence(regrouped(theirs)));
  });

  it('say the same of log records', () => {
    const theirs = serialized(
      official.logs,
      decodeOtlp('events', encodeLogs(events)).resourceLogs?.flatMap(({ resource, scopeLogs }) =>
        (scopeLogs?.[0]?.logRecords ?? []).map((record) => ({
          resource: { attributes: valuesOf(resource?.attributes ?? []) },
          instrumentationScope: { name: '' },
          hrTime: [Number(record.timeUnixNano.slice(0, -9)), Number(record.timeUnixNano.slice(-9))],
          hrTimeObserved: [Number(record.timeUnixNano.slice(0, -9)), Number(record.timeUnixNano.slice(-9))],
          severityNumber: record.severityNumber,
          severityText: record.severityText,
          body: record.body?.stringValue,
          eventName: record.eventName,
          attributes: valuesOf(record.attributes ?? []),
          ...(record.spanId !== undefined && {
            spanContext: { traceId: record.traceId, spanId: record.spanId, traceFlags: 0 },
          }),
        })),
      ) ?? [],
    );
    const records = (request: Uint8Array): unknown =>
      essence(
        decodeOtlp('events', request).resourceLogs?.flatMap(({ resource, scopeLogs }) =>
          scopeLogs?.flatMap(({ logRecords }) => logRecords?.map((record) => [resource, record])),
        ),
      );
    expect(records(theirs)).toEqual(records(encodeLogs(events)));
  });
});

type Pairs = readonly {
  readonly key: string;
  readonly value?: {
    readonly stringValue?: string;
    readonly intValue?: string;
    readonly doubleValue?: number;
    readonly boolValue?: boolean;
  };
}[];

function valuesOf(pairs: Pairs): object {
  return Object.fromEntries(
    pairs.map(({ key, value: { intValue, ...rest } = {} }) => [
      key,
      intValue === undefined ? (rest.stringValue ?? rest.doubleValue ?? rest.boolValue) : Number(intValue),
    ]),
  );
}

/** They group by object, and the recording has a scope for each span. */
function regrouped(request: Uint8Array): unknown {
  const { resourceSpans = [] } = decodeOtlp('spans', request);
  return {
    resourceSpans: resourceSpans.map(({ scopeSpans = [], ...rest }) => {
      const groups = new Map<string, { scope: unknown; spans: unknown[] }>();
      for (const { scope, spans: some = [] } of scopeSpans) {
        const key = JSON.stringify(scope);
        const group = groups.get(key) ?? { scope, spans: [] };
        group.spans.push(...some);
        groups.set(key, group);
      }
      return { ...rest, scopeSpans: [...groups.values()] };
    }),
  };
}
