import type { Metric } from '@telltale/core';
import type { ProtobufWriter } from '@telltale/exporter-kit';
import { encodeExponential, encodeHistogram, encodeNumber, encodeSummary } from './encode-points.ts';
import { encodeRequest } from './encode-request.ts';
import { METRIC, METRIC_DATA } from './fields.ts';
import type { OtlpShape } from './otlp-options.ts';
import { TEMPORALITY } from './wire-enums.ts';

/** An `ExportMetricsServiceRequest` in protobuf, of the points as they are: `metricParcels` leaves out what cannot be sent. */
export function encodeMetrics(metrics: readonly Metric[], shape: OtlpShape = {}): Uint8Array {
  return encodeRequest(metrics, shape, (writer, field, metric) => encodeMetric(writer, field, metric, shape));
}

function encodeMetric(writer: ProtobufWriter, field: number, metric: Metric, shape: OtlpShape): void {
  const message = writer.begin(field);
  writer.string(METRIC.name, shape.metricName?.(metric) ?? metric.name);
  if (metric.description !== '') writer.string(METRIC.description, metric.description);
  if (metric.unit !== '') writer.string(METRIC.unit, metric.unit);
  encodeData(writer, metric, shape);
  writer.end(message);
}

function encodeData(writer: ProtobufWriter, metric: Metric, shape: OtlpShape): void {
  if (metric.type === 'counter' || metric.type === 'upDownCounter') {
    const data = writer.begin(METRIC.sum);
    for (const point of metric.points) encodeNumber(writer, METRIC_DATA.points, point, true, shape);
    writer.uint(METRIC_DATA.temporality, TEMPORALITY[metric.temporality]);
    if (metric.type === 'counter') writer.bool(METRIC_DATA.isMonotonic, true);
    writer.end(data);
  } else if (metric.type === 'gauge') {
    const data = writer.begin(METRIC.gauge);
    for (const point of metric.points) encodeNumber(writer, METRIC_DATA.points, point, false, shape);
    writer.end(data);
  } else if (metric.type === 'histogram') {
    const data = writer.begin(METRIC.histogram);
    for (const point of metric.points) encodeHistogram(writer, METRIC_DATA.points, point, metric.boundaries, shape);
    writer.uint(METRIC_DATA.temporality, TEMPORALITY[metric.temporality]);
    writer.end(data);
  } else if (metric.type === 'exponentialHistogram') {
    const data = writer.begin(METRIC.exponentialHistogram);
    for (const point of metric.points) encodeExponential(writer, METRIC_DATA.points, point, shape);
    writer.uint(METRIC_DATA.temporality, TEMPORALITY[metric.temporality]);
    writer.end(data);
  } else {
    const data = writer.begin(METRIC.summary);
    for (const point of metric.points) encodeSummary(writer, METRIC_DATA.points, point, shape);
    writer.end(data);
  }
}
