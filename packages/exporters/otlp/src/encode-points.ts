import type {
  Exemplar,
  ExponentialBuckets,
  ExponentialHistogramPoint,
  HistogramPoint,
  NumberPoint,
  SummaryPoint,
} from '@telltale/core';
import type { ProtobufWriter } from '@telltale/exporter-kit';
import { encodeAttributes } from './encode-attributes.ts';
import {
  BUCKETS,
  EXEMPLAR,
  EXPONENTIAL_POINT,
  HISTOGRAM_POINT,
  NUMBER_POINT,
  QUANTILE,
  SUMMARY_POINT,
} from './fields.ts';
import type { OtlpShape } from './otlp-options.ts';

/** `withStart`: of what counts since a time; a gauge does not. Values are always doubles, so that a series keeps its type. */
export function encodeNumber(
  writer: ProtobufWriter,
  field: number,
  point: NumberPoint,
  withStart: boolean,
  shape: OtlpShape,
): void {
  const { attributes, startTime, time, value, exemplars = [] } = point;
  const message = writer.begin(field);
  if (withStart) writer.time(NUMBER_POINT.startTime, startTime);
  writer.time(NUMBER_POINT.time, time);
  writer.double(NUMBER_POINT.asDouble, value);
  encodeExemplars(writer, NUMBER_POINT.exemplars, exemplars, shape);
  encodeAttributes(writer, NUMBER_POINT.attributes, shape.attributes?.(attributes) ?? attributes);
  writer.end(message);
}

export function encodeHistogram(
  writer: ProtobufWriter,
  field: number,
  point: HistogramPoint,
  boundaries: readonly number[],
  shape: OtlpShape,
): void {
  const { attributes, startTime, time, count, sum, counts, min, max, exemplars } = point;
  const message = writer.begin(field);
  writer.time(HISTOGRAM_POINT.startTime, startTime);
  writer.time(HISTOGRAM_POINT.time, time);
  writer.fixed64(HISTOGRAM_POINT.count, count);
  if (Number.isFinite(sum)) writer.double(HISTOGRAM_POINT.sum, sum);
  writer.packedFixed64(HISTOGRAM_POINT.bucketCounts, counts);
  if (boundaries.length > 0) writer.packedDoubles(HISTOGRAM_POINT.explicitBounds, boundaries);
  encodeExemplars(writer, HISTOGRAM_POINT.exemplars, exemplars, shape);
  encodeAttributes(writer, HISTOGRAM_POINT.attributes, shape.attributes?.(attributes) ?? attributes);
  if (min !== undefined) writer.double(HISTOGRAM_POINT.min, min);
  if (max !== undefined) writer.double(HISTOGRAM_POINT.max, max);
  writer.end(message);
}

export function encodeExponential(
  writer: ProtobufWriter,
  field: number,
  point: ExponentialHistogramPoint,
  shape: OtlpShape,
): void {
  const { attributes, startTime, time, count, sum, scale, zeroCount, zeroThreshold, min, max } = point;
  const message = writer.begin(field);
  encodeAttributes(writer, EXPONENTIAL_POINT.attributes, shape.attributes?.(attributes) ?? attributes);
  writer.time(EXPONENTIAL_POINT.startTime, startTime);
  writer.time(EXPONENTIAL_POINT.time, time);
  writer.fixed64(EXPONENTIAL_POINT.count, count);
  if (Number.isFinite(sum)) writer.double(EXPONENTIAL_POINT.sum, sum);
  if (scale !== 0) writer.sint(EXPONENTIAL_POINT.scale, scale);
  writer.fixed64(EXPONENTIAL_POINT.zeroCount, zeroCount);
  encodeBuckets(writer, EXPONENTIAL_POINT.positive, point.positive);
  encodeBuckets(writer, EXPONENTIAL_POINT.negative, point.negative);
  encodeExemplars(writer, EXPONENTIAL_POINT.exemplars, point.exemplars, shape);
  if (min !== undefined) writer.double(EXPONENTIAL_POINT.min, min);
  if (max !== undefined) writer.double(EXPONENTIAL_POINT.max, max);
  if (zeroThreshold !== 0) writer.double(EXPONENTIAL_POINT.zeroThreshold, zeroThreshold);
  writer.end(message);
}

/** Quantiles of an empty window have no value, and are left out. */
export function encodeSummary(
  writer: ProtobufWriter,
  field: number,
  { attributes, startTime, time, count, sum, quantiles }: SummaryPoint,
  { attributes: spell }: OtlpShape,
): void {
  const message = writer.begin(field);
  writer.time(SUMMARY_POINT.startTime, startTime);
  writer.time(SUMMARY_POINT.time, time);
  writer.fixed64(SUMMARY_POINT.count, count);
  writer.double(SUMMARY_POINT.sum, sum);
  for (const { quantile, value } of quantiles) {
    if (Number.isNaN(value)) continue;
    const pair = writer.begin(SUMMARY_POINT.quantiles);
    writer.double(QUANTILE.quantile, quantile);
    writer.double(QUANTILE.value, value);
    writer.end(pair);
  }
  encodeAttributes(writer, SUMMARY_POINT.attributes, spell?.(attributes) ?? attributes);
  writer.end(message);
}

function encodeBuckets(writer: ProtobufWriter, field: number, { offset, counts }: ExponentialBuckets): void {
  const message = writer.begin(field);
  if (offset !== 0) writer.sint(BUCKETS.offset, offset);
  if (counts.length > 0) writer.packedUints(BUCKETS.counts, counts);
  writer.end(message);
}

/** Without ids where the measurement was made in no span. */
function encodeExemplars(
  writer: ProtobufWriter,
  field: number,
  exemplars: readonly Exemplar[],
  { attributes: spell }: OtlpShape,
): void {
  for (const { value, time, traceId, spanId, filteredAttributes } of exemplars) {
    const message = writer.begin(field);
    writer.time(EXEMPLAR.time, time);
    writer.double(EXEMPLAR.asDouble, value);
    if (spanId !== undefined) writer.hex(EXEMPLAR.spanId, spanId);
    if (traceId !== undefined) writer.hex(EXEMPLAR.traceId, traceId);
    if (filteredAttributes !== undefined) {
      encodeAttributes(writer, EXEMPLAR.filteredAttributes, spell?.(filteredAttributes) ?? filteredAttributes);
    }
    writer.end(message);
  }
}
