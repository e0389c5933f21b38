import type {
  AttributeValue,
  Exemplar,
  ExponentialBuckets,
  ExponentialHistogramPoint,
  HistogramPoint,
  MetricType,
  NumberPoint,
  SeriesAttributes,
  SummaryPoint,
} from '@telltale/core';
import type { Sum } from './merge-points.ts';

/** A point without its attributes, as it goes over the wire: begins with the number of its series, then start time and time. */
export type EncodedPoint = readonly unknown[];

/** Attributes on the wire: key, value, key, value. */
export type EncodedAttributes = readonly AttributeValue[];

export function encodePoint(type: MetricType, series: number, point: Sum, time = point.time): EncodedPoint {
  const { startTime, rest } = point;
  switch (type) {
    case 'histogram': {
      const { count, sum, min, max, counts, exemplars } = point as HistogramPoint;
      return [series, startTime, time, count, sum, min, max, counts, encodeExemplars(exemplars), rest];
    }
    case 'exponentialHistogram': {
      const p = point as ExponentialHistogramPoint;
      const { positive, negative } = p;
      return [
        ...[series, startTime, time, p.count, p.sum, p.min, p.max, p.scale, p.zeroCount, p.zeroThreshold],
        ...[positive.offset, positive.counts, negative.offset, negative.counts, encodeExemplars(p.exemplars), rest],
      ];
    }
    case 'summary': {
      const { count, sum, quantiles } = point as SummaryPoint;
      const flat = quantiles.flatMap(({ quantile, value }) => [quantile, value]);
      return [series, startTime, time, count, sum, flat, rest];
    }
    default:
      return [
        series,
        startTime,
        time,
        (point as NumberPoint).value,
        rest,
        encodeExemplars((point as NumberPoint).exemplars),
      ];
  }
}

/** Throws for what no process of ours sends. */
export function decodePoint(
  type: MetricType,
  boundaries: readonly number[],
  attributes: SeriesAttributes,
  encoded: EncodedPoint,
): Sum {
  const base = { attributes, startTime: number(encoded[1]), time: number(encoded[2]) };
  switch (type) {
    case 'histogram': {
      const counts = numbers(encoded[7]);
      if (counts.length !== boundaries.length + 1) throw new Error('a histogram with other buckets than it has');
      return {
        ...base,
        ...distribution(encoded),
        counts,
        exemplars: decodeExemplars(encoded[8]),
        ...restOf(encoded[9]),
      };
    }
    case 'exponentialHistogram':
      return {
        ...base,
        ...distribution(encoded),
        scale: number(encoded[7]),
        zeroCount: number(encoded[8]),
        zeroThreshold: number(encoded[9]),
        positive: buckets(encoded[10], encoded[11]),
        negative: buckets(encoded[12], encoded[13]),
        exemplars: decodeExemplars(encoded[14]),
        ...restOf(encoded[15]),
      };
    case 'summary': {
      const flat = numbers(encoded[5]);
      const quantiles: SummaryPoint['quantiles'][number][] = [];
      for (let i = 0; i + 1 < flat.length; i += 2) {
        quantiles.push({ quantile: flat[i] as number, value: flat[i + 1] as number });
      }
      return { ...base, count: number(encoded[3]), sum: number(encoded[4]), quantiles, ...restOf(encoded[6]) };
    }
    default:
      return { ...base, value: number(encoded[3]), ...restOf(encoded[4]), ...exemplarsOf(encoded[5]) };
  }
}

export function encodeAttributes(attributes: SeriesAttributes): EncodedAttributes {
  return Object.entries(attributes).flat();
}

/** Frozen, as they were encoded. Throws for what no process of ours sends. */
export function decodeAttributes(encoded: unknown): SeriesAttributes {
  if (!Array.isArray(encoded) || encoded.length % 2 !== 0) throw new Error('attributes that are none');
  const entries: [string, AttributeValue][] = [];
  for (let i = 0; i < encoded.length; i += 2) {
    const [key, value] = [encoded[i], encoded[i + 1]];
    if (typeof key !== 'string' || !['string', 'number', 'boolean'].includes(typeof value)) {
      throw new Error('attributes that are none');
    }
    entries.push([key, value]);
  }
  return Object.freeze(Object.fromEntries(entries));
}

export function number(value: unknown): number {
  if (typeof value !== 'number') throw new Error(`${typeof value} where a number belongs`);
  return value;
}

export function text(value: unknown): string {
  if (typeof value !== 'string') throw new Error(`${typeof value} where a text belongs`);
  return value;
}

export function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`${typeof value} where a list belongs`);
  return value;
}

export function numbers(value: unknown): readonly number[] {
  const values = list(value);
  for (const one of values) number(one);
  return values as readonly number[];
}

function restOf(encoded: unknown): { readonly rest?: number } {
  return encoded === undefined ? {} : { rest: number(encoded) };
}

function distribution(encoded: EncodedPoint): Pick<HistogramPoint, 'count' | 'sum' | 'min' | 'max'> {
  return {
    count: number(encoded[3]),
    sum: number(encoded[4]),
    min: encoded[5] === undefined ? undefined : number(encoded[5]),
    max: encoded[6] === undefined ? undefined : number(encoded[6]),
  };
}

function buckets(offset: unknown, counts: unknown): ExponentialBuckets {
  return { offset: number(offset), counts: numbers(counts) };
}

function encodeExemplars(exemplars: readonly Exemplar[] = []): readonly unknown[] {
  return exemplars.flatMap(({ value, time, traceId, spanId, filteredAttributes }) => [
    ...[value, time, traceId, spanId],
    filteredAttributes && encodeAttributes(filteredAttributes),
  ]);
}

function decodeExemplars(encoded: unknown): readonly Exemplar[] {
  const flat = list(encoded);
  const exemplars: Exemplar[] = [];
  for (let i = 0; i + 4 < flat.length; i += 5) {
    const [traceId, spanId, filtered] = [flat[i + 2], flat[i + 3], flat[i + 4]];
    exemplars.push({
      value: number(flat[i]),
      time: number(flat[i + 1]),
      ...(traceId !== undefined && { traceId: text(traceId) }),
      ...(spanId !== undefined && { spanId: text(spanId) }),
      ...(filtered !== undefined && { filteredAttributes: decodeAttributes(filtered) }),
    });
  }
  return exemplars;
}

/** Of a number, which has none rather than an empty list. */
function exemplarsOf(encoded: unknown): Pick<NumberPoint, 'exemplars'> {
  const exemplars = decodeExemplars(encoded);
  return exemplars.length === 0 ? {} : { exemplars };
}
