import type { ProtobufWriter } from '@telltale/exporter-kit';
import type { NativeBuckets, NativeHistogram } from '../native-histogram.ts';
import type { RemoteSeries } from './remote-series.ts';

// Field numbers of prometheus/prompb/types.proto and io/prometheus/write/v2/types.proto, which agree in this; 1.0 has no start timestamps.
const SAMPLE = { value: 1, timestamp: 2, startTimestamp: 3 } as const;
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
  startTimestamp: 17,
} as const;
const SPAN = { offset: 1, length: 2 } as const;

/** The double 0x7ff0000000000002, which says that a series has ended ("Stale markers" of remote write). */
const STALE = [0x7ff00000, 2] as const;

/** Fields of a series message. */
export interface SampleFields {
  readonly samples: number;
  readonly histograms: number;
}

/** The sample of a series, or its native histogram. */
export function encodeSample(
  writer: ProtobufWriter,
  fields: SampleFields,
  { value, time, startTime, stale }: RemoteSeries,
  withStart: boolean,
): void {
  if (typeof value !== 'number') {
    const message = writer.begin(fields.histograms);
    if (stale) writer.doubleBits(HISTOGRAM.sum, ...STALE);
    else encodeHistogram(writer, value);
    writer.int(HISTOGRAM.timestamp, time);
    if (withStart && !stale) writer.int(HISTOGRAM.startTimestamp, startTime);
    writer.end(message);
    return;
  }
  const message = writer.begin(fields.samples);
  if (stale) writer.doubleBits(SAMPLE.value, ...STALE);
  else writer.double(SAMPLE.value, value);
  writer.int(SAMPLE.timestamp, time);
  if (withStart && !stale && startTime !== 0) writer.int(SAMPLE.startTimestamp, startTime);
  writer.end(message);
}

function encodeHistogram(writer: ProtobufWriter, histogram: NativeHistogram): void {
  writer.uint(HISTOGRAM.count, histogram.count);
  writer.double(HISTOGRAM.sum, histogram.sum);
  writer.sint(HISTOGRAM.schema, histogram.schema);
  writer.double(HISTOGRAM.zeroThreshold, histogram.zeroThreshold);
  writer.uint(HISTOGRAM.zeroCount, histogram.zeroCount);
  encodeBuckets(writer, HISTOGRAM.negativeSpans, HISTOGRAM.negativeDeltas, histogram.negative);
  encodeBuckets(writer, HISTOGRAM.positiveSpans, HISTOGRAM.positiveDeltas, histogram.positive);
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
