import { ProtobufWriter } from '@telltale/exporter-kit';
import snappy from 'snappyjs';
import { encodeSample } from './encode-sample.ts';
import type { Label, RemoteExemplar, RemotePoint, RemoteSeries } from './remote-series.ts';

// Field numbers of prometheus/prompb/remote.proto and types.proto.
const REQUEST = { timeseries: 1, metadata: 3 } as const;
const SERIES = { labels: 1, samples: 2, exemplars: 3, histograms: 4 } as const;
const LABEL = { name: 1, value: 2 } as const;
const EXEMPLAR = { labels: 1, value: 2, timestamp: 3 } as const;
const METADATA = { type: 1, family: 2, help: 4, unit: 5 } as const;
/** `MetricType` of both protocols. */
export const METRIC_TYPES = { counter: 1, gauge: 2, histogram: 3, summary: 5 } as const;

/** A `prometheus.WriteRequest` of remote write 1.0, in snappy's block format. `native`: exponential histograms as native ones. */
export function encodeWriteRequest(points: readonly RemotePoint[], native: boolean): Uint8Array {
  const writer = new ProtobufWriter();
  for (const point of points) for (const one of point.series(native)) encodeSeries(writer, one);
  const told = new Set<string>();
  for (const point of points) {
    if (told.has(point.name.family)) continue;
    told.add(point.name.family);
    encodeMetadata(writer, point);
  }
  return snappy.compress(writer.finish());
}

function encodeSeries(writer: ProtobufWriter, one: RemoteSeries): void {
  const series = writer.begin(REQUEST.timeseries);
  encodeLabels(writer, SERIES.labels, one.labels);
  for (const exemplar of one.exemplars) encodeExemplar(writer, exemplar);
  encodeSample(writer, SERIES, one, false);
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

function encodeExemplar(writer: ProtobufWriter, { labels, value, time }: RemoteExemplar): void {
  const exemplar = writer.begin(SERIES.exemplars);
  encodeLabels(writer, EXEMPLAR.labels, labels);
  writer.double(EXEMPLAR.value, value);
  writer.int(EXEMPLAR.timestamp, time);
  writer.end(exemplar);
}

function encodeMetadata(writer: ProtobufWriter, { name, help }: RemotePoint): void {
  const metadata = writer.begin(REQUEST.metadata);
  writer.uint(METADATA.type, METRIC_TYPES[name.type]);
  writer.string(METADATA.family, name.family);
  if (help !== '') writer.string(METADATA.help, help);
  if (name.unit !== '') writer.string(METADATA.unit, name.unit);
  writer.end(metadata);
}
