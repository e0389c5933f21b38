import {
  downscale,
  type Exemplar,
  type ExponentialBuckets,
  type ExponentialHistogramPoint,
  type HistogramPoint,
  type NumberPoint,
  type Point,
  type SeriesAttributes,
  type SummaryPoint,
} from '@telltale/core';
import { type AttributeReader, frozenAttributes } from './attributes.ts';
import {
  countIn,
  idIn,
  isGiven,
  listIn,
  Malformed,
  messageIn,
  numberIn,
  optionalMessage,
  type RawMessage,
  secondsIn,
} from './raw-values.ts';
import type { PartName } from './requests.ts';

/** Boundaries of a histogram; SDKs have 15 unless told otherwise. */
const MAX_BOUNDARIES = 1000;
/** Buckets of an exponential histogram on either side, twice OpenTelemetry's default; more become half as many, at a lower scale. */
const MAX_BUCKETS = 320;
const MAX_QUANTILES = 100;
const MAX_EXEMPLARS = 8;
/** opentelemetry/proto/metrics/v1/metrics.proto: `ExponentialHistogramDataPoint.scale` as SDKs have it. */
const [MIN_SCALE, MAX_SCALE] = [-11, 20];

/** opentelemetry/proto/metrics/v1/metrics.proto: `DataPointFlags`. */
const NO_RECORDED_VALUE = 1;

/** Whether the point says that its series has ended. */
export function isEnd(raw: RawMessage): boolean {
  return (numberIn(raw.flags, 'flags') & NO_RECORDED_VALUE) !== 0;
}

/** Boundaries of a histogram's point, checked. */
export function boundariesIn(raw: RawMessage): readonly number[] {
  const bounds = listIn(raw.explicitBounds, 'explicitBounds').map((one) => numberIn(one, 'a boundary'));
  if (bounds.length > MAX_BOUNDARIES) throw new Malformed(`more than ${MAX_BOUNDARIES} boundaries`);
  if (bounds.some((bound, i) => !(bound > (bounds[i - 1] ?? Number.NEGATIVE_INFINITY)))) {
    throw new Malformed('boundaries of a histogram do not rise');
  }
  // What is above the last boundary has a bucket anyway.
  return bounds.at(-1) === Number.POSITIVE_INFINITY ? bounds.slice(0, -1) : bounds;
}

/** Makes core's points of OTLP's. A `startTime` of 0 was not told. */
export class PointReader {
  private readonly attributes: AttributeReader;

  constructor(attributes: AttributeReader) {
    this.attributes = attributes;
  }

  /** `now` stands for a time that was not told. Throws `Malformed`. */
  read(part: PartName, raw: RawMessage, attributes: SeriesAttributes, now: number): Point {
    const time = secondsIn(raw.timeUnixNano, 'timeUnixNano') || now;
    const startTime = Math.min(secondsIn(raw.startTimeUnixNano, 'startTimeUnixNano'), time);
    const base = { attributes, startTime, time };
    switch (part) {
      case 'HistogramPoint':
        return this.histogram(base, raw);
      case 'ExponentialPoint':
        return this.exponential(base, raw);
      case 'SummaryPoint':
        return summary(base, raw);
      default:
        return this.number(base, raw);
    }
  }

  private number(base: Base, raw: RawMessage): NumberPoint {
    if (!isGiven(raw, 'asDouble') && !isGiven(raw, 'asInt')) throw new Malformed('a point has no value');
    const exemplars = this.exemplars(raw);
    return {
      ...base,
      value: valueIn(raw),
      ...(exemplars.length > 0 && { exemplars: exemplars.slice(-MAX_EXEMPLARS) }),
    };
  }

  private histogram(base: Base, raw: RawMessage): HistogramPoint {
    const count = countIn(raw.count, 'count');
    const bounds = boundariesIn(raw);
    const told = listIn(raw.bucketCounts, 'bucketCounts').map((one) => countIn(one, 'a bucket'));
    // Without buckets there is one, for all values; with an infinite boundary there is one that nothing can be in.
    const counts = told.length === 0 && bounds.length === 0 ? [count] : told.slice(0, bounds.length + 1);
    if (counts.length !== bounds.length + 1) {
      throw new Malformed(`a histogram has ${told.length} buckets and ${bounds.length} boundaries`);
    }
    const newest: Exemplar[] = [];
    for (const exemplar of this.exemplars(raw)) {
      const found = bounds.findIndex((bound) => exemplar.value <= bound);
      const bucket = found < 0 ? bounds.length : found;
      if (exemplar.time >= (newest[bucket]?.time ?? Number.NEGATIVE_INFINITY)) newest[bucket] = exemplar;
    }
    const exemplars = newest.filter((exemplar) => exemplar !== undefined);
    return { ...base, count, ...sumAndExtremes(raw, count), counts, exemplars };
  }

  private exponential(base: Base, raw: RawMessage): ExponentialHistogramPoint {
    const count = countIn(raw.count, 'count');
    const told = numberIn(raw.scale, 'scale');
    if (!Number.isInteger(told) || told < MIN_SCALE || told > MAX_SCALE) {
      throw new Malformed(
        `the scale of an exponential histogram is ${told}, not between ${MIN_SCALE} and ${MAX_SCALE}`,
      );
    }
    let [scale, positive, negative] = [told, bucketsIn(raw.positive), bucketsIn(raw.negative)];
    while (Math.max(positive.counts.length, negative.counts.length) > MAX_BUCKETS) {
      [scale, positive, negative] = [scale - 1, downscale(positive, 1), downscale(negative, 1)];
    }
    return {
      ...base,
      count,
      ...sumAndExtremes(raw, count),
      scale,
      zeroCount: countIn(raw.zeroCount, 'zeroCount'),
      zeroThreshold: Math.max(0, numberIn(raw.zeroThreshold, 'zeroThreshold')),
      positive,
      negative,
      exemplars: this.exemplars(raw).slice(-MAX_EXEMPLARS),
    };
  }

  private exemplars(raw: RawMessage): readonly Exemplar[] {
    return listIn(raw.exemplars, 'exemplars').map((one): Exemplar => {
      const exemplar = messageIn(one, 'an exemplar');
      const [traceId, spanId] = [idIn(exemplar.traceId, 16), idIn(exemplar.spanId, 8)];
      const { entries } = this.attributes.read(exemplar.filteredAttributes);
      return Object.freeze({
        value: valueIn(exemplar),
        time: secondsIn(exemplar.timeUnixNano, 'the time of an exemplar'),
        ...(traceId !== undefined && spanId !== undefined && { traceId, spanId }),
        ...(entries.length > 0 && { filteredAttributes: frozenAttributes(entries) }),
      });
    });
  }
}

type Base = Pick<Point, 'attributes' | 'startTime' | 'time'>;

function valueIn(raw: RawMessage): number {
  return isGiven(raw, 'asInt') ? numberIn(raw.asInt, 'asInt') : numberIn(raw.asDouble, 'asDouble');
}

/** A sum that was not told is 0: NaN would make one of every sum over it. */
function sumAndExtremes(raw: RawMessage, count: number) {
  const extreme = (name: 'min' | 'max'): number | undefined =>
    count > 0 && isGiven(raw, name) ? numberIn(raw[name], name) : undefined;
  return { sum: numberIn(raw.sum, 'sum'), min: extreme('min'), max: extreme('max') };
}

function bucketsIn(raw: unknown): ExponentialBuckets {
  const buckets = optionalMessage(raw, 'the buckets of an exponential histogram');
  if (buckets === undefined) return NO_BUCKETS;
  const offset = numberIn(buckets.offset, 'the offset of buckets');
  const counts = listIn(buckets.bucketCounts, 'bucketCounts').map((one) => countIn(one, 'a bucket'));
  if (!Number.isInteger(offset)) throw new Malformed('the offset of buckets is no whole number');
  return counts.length === 0 ? NO_BUCKETS : { offset, counts };
}

function summary(base: Base, raw: RawMessage): SummaryPoint {
  const quantiles = listIn(raw.quantileValues, 'quantileValues').map((one) => {
    const pair = messageIn(one, 'a quantile');
    return { quantile: numberIn(pair.quantile, 'a quantile'), value: numberIn(pair.value, 'the value of a quantile') };
  });
  if (quantiles.length > MAX_QUANTILES) throw new Malformed(`more than ${MAX_QUANTILES} quantiles`);
  quantiles.sort((a, b) => a.quantile - b.quantile);
  return { ...base, count: countIn(raw.count, 'count'), sum: numberIn(raw.sum, 'sum'), quantiles };
}

const NO_BUCKETS: ExponentialBuckets = Object.freeze({ offset: 0, counts: Object.freeze([]) });
