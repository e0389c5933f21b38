import type { Exemplar, NumberPoint, SummaryPoint } from '@telltale/core';
import type { ProtobufWriter } from '@telltale/exporter-kit';
import { type ExemplarLabels, exemplarsOfBuckets, latestExemplar } from './exemplars.ts';
import type { MergedFamily } from './merged-registry.ts';
import { atCoarsestSchema, type NativeBuckets, type NativeHistogram, nativeHistogram } from './native-histogram.ts';
import {
  BUCKET,
  COUNTER,
  EXEMPLAR,
  GAUGE,
  HISTOGRAM,
  LABEL,
  METRIC,
  QUANTILE,
  SPAN,
  SUMMARY,
  TIMESTAMP,
} from './protobuf-fields.ts';
import type { Buckets, NativeSeries } from './series.ts';

/** What turns labels into fields of a metric or exemplar, the same for both: field 1. */
export function writeLabels(writer: ProtobufWriter, labels: Iterable<readonly [name: string, value: string]>): void {
  for (const [name, value] of labels) {
    if (value === '') continue;
    const label = writer.begin(METRIC.label);
    writer.string(LABEL.name, name);
    writer.string(LABEL.value, value);
    writer.end(label);
  }
}

export interface MergedExemplar {
  readonly labels: Iterable<readonly [name: string, value: string]>;
  readonly value: number;
  /** Seconds since the Unix epoch. */
  readonly time: number | undefined;
}

/** A series of another library: its value is `sum` where it has but one. */
export interface MergedSeries {
  /** Buckets, accumulated, or quantiles. */
  readonly values: readonly {
    readonly limit: number;
    readonly value: number;
    readonly exemplar: MergedExemplar | undefined;
  }[];
  readonly sum: number;
  readonly count: number;
  readonly exemplar: MergedExemplar | undefined;
}

/** Writes the values of series, each into the metric that was begun. */
export class SeriesWriter {
  private readonly writer: ProtobufWriter;
  private readonly exemplarLabels: ExemplarLabels;

  constructor(writer: ProtobufWriter, exemplarLabels: ExemplarLabels) {
    this.writer = writer;
    this.exemplarLabels = exemplarLabels;
  }

  gauge(value: number): void {
    const { writer } = this;
    const gauge = writer.begin(METRIC.gauge);
    writer.double(GAUGE.value, value);
    writer.end(gauge);
  }

  counter({ value, exemplars, startTime }: NumberPoint): void {
    const { writer } = this;
    const counter = writer.begin(METRIC.counter);
    writer.double(COUNTER.value, value);
    const exemplar = exemplars && latestExemplar(exemplars);
    if (exemplar) this.exemplar(COUNTER.exemplar, exemplar);
    this.time(COUNTER.created, startTime);
    writer.end(counter);
  }

  summary({ count, sum, quantiles, startTime }: SummaryPoint): void {
    const { writer } = this;
    const summary = writer.begin(METRIC.summary);
    writer.uint(SUMMARY.count, count);
    writer.double(SUMMARY.sum, sum);
    for (const { quantile, value } of quantiles) {
      const message = writer.begin(SUMMARY.quantile);
      writer.double(QUANTILE.quantile, quantile);
      writer.double(QUANTILE.value, value);
      writer.end(message);
    }
    this.time(SUMMARY.created, startTime);
    writer.end(summary);
  }

  histogram(buckets: Buckets): void {
    const { writer } = this;
    const histogram = writer.begin(METRIC.histogram);
    this.buckets(buckets);
    this.time(HISTOGRAM.created, buckets.startTime);
    writer.end(histogram);
  }

  /**
   * A native histogram, and the classic buckets that the other formats have: who does not take native ones (Prometheus without the setting, but
   * with a reason to ask for protobuf) has these, and Prometheus 2 looks for exemplars there.
   */
  nativeHistogram({ point, classic }: NativeSeries): void {
    const { writer } = this;
    const histogram = writer.begin(METRIC.histogram);
    this.buckets(classic);
    this.native(nativeHistogram(point) ?? atCoarsestSchema(point));
    this.time(HISTOGRAM.created, point.startTime);
    // In the order in which Prometheus wants them.
    const exemplars =
      point.exemplars.length > 1 ? point.exemplars.toSorted((a, b) => a.time - b.time) : point.exemplars;
    for (const exemplar of exemplars) this.exemplar(HISTOGRAM.exemplar, exemplar);
    writer.end(histogram);
  }

  private buckets({ bounds, counts, sum, exemplars }: Buckets): void {
    const { writer } = this;
    const marked = exemplars.length > 0 ? exemplarsOfBuckets(bounds, exemplars) : undefined;
    let total = 0;
    for (let i = 0; i < counts.length; i++) {
      total += counts[i]!;
      const exemplar = marked?.[i];
      const bucket = writer.begin(HISTOGRAM.bucket);
      writer.uint(BUCKET.count, total);
      writer.double(BUCKET.bound, bounds[i] ?? Number.POSITIVE_INFINITY);
      if (exemplar) this.exemplar(BUCKET.exemplar, exemplar);
      writer.end(bucket);
    }
    writer.uint(HISTOGRAM.count, total);
    writer.double(HISTOGRAM.sum, sum);
  }

  private native(histogram: NativeHistogram): void {
    const { writer } = this;
    writer.sint(HISTOGRAM.schema, histogram.schema);
    // Prometheus until 2.49 takes a histogram for a native one by its threshold or its values only, and the first of a family speaks for all.
    const isEmpty = histogram.count === 0 && histogram.zeroThreshold === 0;
    writer.double(HISTOGRAM.zeroThreshold, isEmpty ? Number.MIN_VALUE : histogram.zeroThreshold);
    writer.uint(HISTOGRAM.zeroCount, histogram.zeroCount);
    this.nativeBuckets(HISTOGRAM.negativeSpan, HISTOGRAM.negativeDelta, histogram.negative);
    this.nativeBuckets(HISTOGRAM.positiveSpan, HISTOGRAM.positiveDelta, histogram.positive);
  }

  private nativeBuckets(spanField: number, deltaField: number, { spans, deltas }: NativeBuckets): void {
    const { writer } = this;
    for (const { offset, length } of spans) {
      const span = writer.begin(spanField);
      writer.sint(SPAN.offset, offset);
      writer.uint(SPAN.length, length);
      writer.end(span);
    }
    if (deltas.length > 0) writer.packedUints(deltaField, deltas.map(zigzag));
  }

  /** A series of another library. */
  merged(type: MergedFamily['type'], { values, sum, count, exemplar }: MergedSeries): void {
    const { writer } = this;
    const value = writer.begin(METRIC[type]);
    switch (type) {
      case 'counter':
        writer.double(COUNTER.value, sum);
        if (exemplar) this.writeExemplar(COUNTER.exemplar, exemplar);
        break;
      case 'gauge':
        writer.double(GAUGE.value, sum);
        break;
      case 'summary':
        writer.uint(SUMMARY.count, count);
        writer.double(SUMMARY.sum, sum);
        for (const each of values) {
          const quantile = writer.begin(SUMMARY.quantile);
          writer.double(QUANTILE.quantile, each.limit);
          writer.double(QUANTILE.value, each.value);
          writer.end(quantile);
        }
        break;
      case 'histogram':
        for (const each of values) {
          const bucket = writer.begin(HISTOGRAM.bucket);
          writer.uint(BUCKET.count, each.value);
          writer.double(BUCKET.bound, each.limit);
          if (each.exemplar) this.writeExemplar(BUCKET.exemplar, each.exemplar);
          writer.end(bucket);
        }
        writer.uint(HISTOGRAM.count, count);
        writer.double(HISTOGRAM.sum, sum);
    }
    writer.end(value);
  }

  private exemplar(field: number, exemplar: Exemplar): void {
    const { value, time } = exemplar;
    this.writeExemplar(field, { labels: this.exemplarLabels(exemplar), value, time });
  }

  private writeExemplar(field: number, { labels, value, time }: MergedExemplar): void {
    const { writer } = this;
    const message = writer.begin(field);
    writeLabels(writer, labels);
    writer.double(EXEMPLAR.value, value);
    if (time !== undefined) this.time(EXEMPLAR.time, time);
    writer.end(message);
  }

  /** To the millisecond, as in the other formats. */
  private time(field: number, seconds: number): void {
    const { writer } = this;
    const milliseconds = Math.max(0, Math.round(seconds * 1000));
    const message = writer.begin(field);
    writer.uint(TIMESTAMP.seconds, Math.floor(milliseconds / 1000));
    if (milliseconds % 1000 > 0) writer.uint(TIMESTAMP.nanos, (milliseconds % 1000) * 1e6);
    writer.end(message);
  }
}

/** `sint64`, of a safe integer. */
function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}
