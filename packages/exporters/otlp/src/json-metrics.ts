import type { Exemplar, ExponentialBuckets, Metric, NumberPoint, Point } from '@telltale/core';
import { jsonAttributes, jsonDouble, jsonRequest, jsonTime, wellFormed } from './json-request.ts';
import type { OtlpShape } from './otlp-options.ts';
import { TEMPORALITY } from './wire-enums.ts';

const LEVELS = { perResource: 'resourceMetrics', perScope: 'scopeMetrics', items: 'metrics' } as const;

/** An `ExportMetricsServiceRequest` in JSON: what `encodeMetrics` writes in protobuf. */
export function jsonMetrics(metrics: readonly Metric[], shape: OtlpShape = {}): string {
  return jsonRequest(metrics, shape, LEVELS, (metric) => ({
    name: wellFormed(shape.metricName?.(metric) ?? metric.name),
    ...(metric.description !== '' && { description: wellFormed(metric.description) }),
    ...(metric.unit !== '' && { unit: wellFormed(metric.unit) }),
    ...jsonData(metric, shape),
  }));
}

function jsonData(metric: Metric, shape: OtlpShape): object {
  const { type } = metric;
  if (type === 'gauge') return { gauge: { dataPoints: metric.points.map((point) => number(point, false, shape)) } };
  const aggregationTemporality = TEMPORALITY[metric.temporality];
  if (type === 'counter' || type === 'upDownCounter') {
    const dataPoints = metric.points.map((point) => number(point, true, shape));
    return { sum: { dataPoints, aggregationTemporality, ...(type === 'counter' && { isMonotonic: true }) } };
  }
  if (type === 'histogram') {
    const dataPoints = metric.points.map((point) => ({
      ...base(point, shape),
      ...distribution(point, shape),
      bucketCounts: point.counts.map(String),
      explicitBounds: metric.boundaries,
    }));
    return { histogram: { dataPoints, aggregationTemporality } };
  }
  if (type === 'exponentialHistogram') {
    const dataPoints = metric.points.map((point) => ({
      ...base(point, shape),
      ...distribution(point, shape),
      ...(point.scale !== 0 && { scale: point.scale }),
      zeroCount: String(point.zeroCount),
      positive: buckets(point.positive),
      negative: buckets(point.negative),
      ...(point.zeroThreshold !== 0 && { zeroThreshold: point.zeroThreshold }),
    }));
    return { exponentialHistogram: { dataPoints, aggregationTemporality } };
  }
  const dataPoints = metric.points.map((point) => ({
    ...base(point, shape),
    count: String(point.count),
    sum: jsonDouble(point.sum),
    quantileValues: point.quantiles.filter(({ value }) => !Number.isNaN(value)),
  }));
  return { summary: { dataPoints } };
}

function number(point: NumberPoint, withStart: boolean, shape: OtlpShape): object {
  const { startTimeUnixNano, ...rest } = base(point, shape);
  return {
    ...(withStart && { startTimeUnixNano }),
    ...rest,
    asDouble: jsonDouble(point.value),
    ...jsonExemplars(point.exemplars, shape),
  };
}

function base({ attributes, startTime, time }: Point, { attributes: spell }: OtlpShape) {
  return {
    startTimeUnixNano: jsonTime(startTime),
    timeUnixNano: jsonTime(time),
    attributes: jsonAttributes(spell?.(attributes) ?? attributes),
  };
}

interface Distribution {
  readonly count: number;
  readonly sum: number;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly exemplars: readonly Exemplar[];
}

function distribution({ count, sum, min, max, exemplars }: Distribution, shape: OtlpShape): object {
  return {
    count: String(count),
    ...(Number.isFinite(sum) && { sum }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...jsonExemplars(exemplars, shape),
  };
}

/** Without ids where the measurement was made in no span. */
function jsonExemplars(exemplars: readonly Exemplar[] = [], { attributes: spell }: OtlpShape): object {
  if (exemplars.length === 0) return {};
  return {
    exemplars: exemplars.map(({ value, time, traceId, spanId, filteredAttributes }) => ({
      timeUnixNano: jsonTime(time),
      asDouble: jsonDouble(value),
      spanId,
      traceId,
      ...(filteredAttributes !== undefined && {
        filteredAttributes: jsonAttributes(spell?.(filteredAttributes) ?? filteredAttributes),
      }),
    })),
  };
}

function buckets({ offset, counts }: ExponentialBuckets): object {
  return { ...(offset !== 0 && { offset }), bucketCounts: counts.map(String) };
}
