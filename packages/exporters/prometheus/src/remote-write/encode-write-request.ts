import type { Exemplar } from '@telltale/core';
import { ProtobufWriter } from '@telltale/exporter-kit';
import snappy from 'snappyjs';
import type { NativeBuckets, NativeHistogram } from './native-histogram.ts';
import type { Label, RemotePoint, RemoteSeries } from './remote-series.ts';

// Field numbers of prometheus/prompb/remote.proto and types.proto.
const REQUEST = { timeseries: 1, metadata: 3 } as const;
const SERIES = { labels: 1, samples: 2, exemplars: 3, histograms: 4 } as const;
const LABEL = { name: 1, value: 2 } as const;
const SAMPLE = { value: 1, timestamp: 2 } as const;
const EXEMPLAR = { labels: 1, value: 2, timestamp: 3 } as const;
const METADATA = { type: 1, family: 2, help: 4, unit: 5 } as const;
const HISTOGRAM = {
  count: 1,
  sum: 3,
  schema: 4,
  zeroThreshold: 5,
  zeroCount: 6,
  negativeSpans: 8,
  negativeDeltas: 9,
  positiveSpans: 11,
  positiveDeltas: 12,
  timestamp: 15,
} as const;
const SPAN = { offset: 1, length: 2 } as const;
const TYPES = { counter: 1, gauge: 2, histogram: 3, summary: 5 } as const;

/** A `prometheus.WriteRequest` of remote write 1.0, in snappy's block format. */
export function encodeWriteRequest(points: readonly RemotePoint[]): Uint8Array {
  const writer = new ProtobufWriter();
  for (const { series } of points) for (const one of series) encodeSeries(writer, one);
  const told = new Set<string>();
  for (const point of points) {
    if (told.has(point.name.family)) continue;
    told.add(point.name.family);
    encodeMetadata(writer, point);
  }
  return snappy.compress(writer.finish());
}

function encodeSeries(writer: ProtobufWriter, { labels, time, value, exemplars }: RemoteSeries): void {
  const series = writer.begin(REQUEST.timeseries);
  encodeLabels(writer, SERIES.labels, labels);
  if (typeof value === 'number') {
    const sample = writer.begin(SERIES.samples);
    writer.double(SAMPLE.value, value);
    writer.int(SAMPLE.timestamp, time);
    writer.end(sample);
  }
  for (const exemplar of exemplars) encodeExemplar(writer, exemplar);
  if (typeof value !== 'number') encodeHistogram(writer, value, time);
  writer.end(series);
}

function encodeLabels(writer: ProtobufWriter, field: number, labels: readonly Label[]): void {
  for (const [name, value] of labels) {
    const label = writer.begin(field);
    writer.string(LABEL.name, name);
    writer.string(LABEL.value, value);
    writer.end(label);
  }
}

function encodeExemplar(writer: ProtobufWriter, { value, time, traceId, spanId }: Exemplar): void {
  const exemplar = writer.begin(SERIES.exemplars);
  encodeLabels(writer, EXEMPLAR.labels, [
    ['span_id', spanId],
    ['trace_id', traceId],
  ]);
  writer.double(EXEMPLAR.value, value);
  writer.int(EXEMPLAR.timestamp, Math.round(time * 1000));
  writer.end(exemplar);
}

function encodeHistogram(writer: ProtobufWriter, histogram: NativeHistogram, time: number): void {
  const message = writer.begin(SERIES.histograms);
  writer.uint(HISTOGRAM.count, histogram.count);
  writer.double(HISTOGRAM.sum, histogram.sum);
  writer.sint(HISTOGRAM.schema, histogram.schema);
  writer.double(HISTOGRAM.zeroThreshold, histogram.zeroThreshold);
  writer.uint(HISTOGRAM.zeroCount, histogram.zeroCount);
  encodeBuckets(writer, HISTOGRAM.negativeSpans, HISTOGRAM.negativeDeltas, histogram.negative);
  encodeBuckets(writer, HISTOGRAM.positiveSpans, HISTOGRAM.positiveDeltas, histogram.positive);
  writer.int(HISTOGRAM.timestamp, time);
  writer.end(message);
}

function encodeBuckets(writer: ProtobufWriter, spans: number, deltas: number, buckets: NativeBuckets): void {
  for (const { offset, length } of buckets.spans) {
    const span = writer.begin(spans);
    writer.sint(SPAN.offset, offset);
    writer.uint(SPAN.length, length);
    writer.end(span);
  }
  if (buckets.deltas.length > 0) writer.packedUints(deltas, buckets.deltas.map(zigzag));
}

/** `sint64`, of a safe integer. */
function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function encodeMetadata(writer: ProtobufWriter, { name, help }: RemotePoint): void {
  const metadata = writer.begin(REQUEST.metadata);
  writer.uint(METADATA.type, TYPES[name.type]);
  writer.string(METADATA.family, name.family);
  if (help !== '') writer.string(METADATA.help, help);
  if (name.unit !== '') writer.string(METADATA.unit, name.unit);
  writer.end(metadata);
}
