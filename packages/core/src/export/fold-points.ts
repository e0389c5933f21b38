import type { SeriesAttributes } from '../attributes.ts';
import type {
  Exemplar,
  ExponentialBuckets,
  ExponentialHistogramPoint,
  HistogramPoint,
  Metric,
  MetricType,
  NumberPoint,
  Point,
  SummaryPoint,
} from '../metrics/snapshot.ts';
import { sumOfBuckets } from './exponential-buckets.ts';

/** As many buckets a side as core's own histograms have, and exemplars as their exponential ones; numbers may have as many. */
const MAX_BUCKETS = 160;
const MAX_EXEMPLARS = 8;

/**
 * Several points of one metric as one point of `attributes`, frozen: from the earliest start to the latest time. Counters, up-down counters and
 * histograms add up, exponential ones at the lowest of their scales. A summary keeps count and sum; its quantiles are NaN, as they cannot be
 * told from those of its parts. A gauge is the mean: it lies where the values are and does not depend on their order, which cannot be said of
 * the last one, while a sum would be no size of anything (three pools, each at 0.5 utilization).
 */
export function foldPoints(metric: Metric, attributes: SeriesAttributes, points: readonly Point[]): Point {
  const span = {
    attributes,
    startTime: least(points.map(({ startTime }) => startTime)),
    time: greatest(points.map(({ time }) => time)),
  };
  switch (metric.type) {
    case 'counter':
    case 'upDownCounter':
      return foldNumbers(span, points as readonly NumberPoint[], (all) => sumOf(all, ({ value }) => value));
    case 'gauge':
      return foldNumbers(span, points as readonly NumberPoint[], meanOf);
    case 'histogram':
      return foldHistograms(span, metric.boundaries, points as readonly HistogramPoint[]);
    case 'exponentialHistogram':
      return foldExponential(span, points as readonly ExponentialHistogramPoint[]);
    case 'summary': {
      const summaries = points as readonly SummaryPoint[];
      const quantiles = (summaries[0]?.quantiles ?? []).map(({ quantile }) =>
        Object.freeze({ quantile, value: Number.NaN }),
      );
      return Object.freeze({ ...span, ...countAndSum(summaries), quantiles: Object.freeze(quantiles) });
    }
  }
}

/** A point like this one to which nothing has come. Frozen. */
export function emptied(type: MetricType, point: Point): Point {
  switch (type) {
    case 'histogram': {
      const counts = Object.freeze((point as HistogramPoint).counts.map(() => 0));
      return Object.freeze({ ...(point as HistogramPoint), ...NOTHING, counts });
    }
    case 'exponentialHistogram':
      return Object.freeze({
        ...(point as ExponentialHistogramPoint),
        ...NOTHING,
        zeroCount: 0,
        positive: NO_BUCKETS,
        negative: NO_BUCKETS,
      });
    case 'summary':
      return Object.freeze({ ...(point as SummaryPoint), count: 0, sum: 0 });
    default: {
      const { attributes, startTime, time } = point;
      return Object.freeze({ attributes, startTime, time, value: 0 });
    }
  }
}

const NO_BUCKETS: ExponentialBuckets = Object.freeze({ offset: 0, counts: Object.freeze([]) });
const NOTHING = {
  count: 0,
  sum: 0,
  min: undefined,
  max: undefined,
  exemplars: Object.freeze([]) as readonly Exemplar[],
};

interface Span {
  readonly attributes: SeriesAttributes;
  readonly startTime: number;
  readonly time: number;
}

function foldNumbers(
  span: Span,
  points: readonly NumberPoint[],
  of: (points: readonly NumberPoint[]) => number,
): NumberPoint {
  const folded = { ...span, value: of(points) };
  const exemplars = points.flatMap((point) => point.exemplars ?? []);
  return Object.freeze(exemplars.length === 0 ? folded : { ...folded, exemplars: newestOf(exemplars) });
}

function foldHistograms(span: Span, boundaries: readonly number[], points: readonly HistogramPoint[]): HistogramPoint {
  const counts = new Array<number>(boundaries.length + 1).fill(0);
  for (const point of points) {
    for (let i = 0; i < point.counts.length; i++) counts[i] = (counts[i] ?? 0) + (point.counts[i] as number);
  }
  const newest: (Exemplar | undefined)[] = [];
  for (const exemplar of points.flatMap(({ exemplars }) => exemplars)) {
    const found = boundaries.findIndex((boundary) => exemplar.value <= boundary);
    const bucket = found < 0 ? boundaries.length : found;
    if (exemplar.time >= (newest[bucket]?.time ?? Number.NEGATIVE_INFINITY)) newest[bucket] = exemplar;
  }
  return Object.freeze({
    ...span,
    ...countAndSum(points),
    ...extremes(points),
    counts: Object.freeze(counts),
    exemplars: Object.freeze(newest.filter((exemplar) => exemplar !== undefined)),
  });
}

function foldExponential(span: Span, points: readonly ExponentialHistogramPoint[]): ExponentialHistogramPoint {
  return Object.freeze({
    ...span,
    ...countAndSum(points),
    ...extremes(points),
    ...sumOfBuckets(points, MAX_BUCKETS),
    zeroCount: sumOf(points, ({ zeroCount }) => zeroCount),
    zeroThreshold: greatest(points.map(({ zeroThreshold }) => zeroThreshold)),
    exemplars: newestOf(points.flatMap((point) => point.exemplars)),
  });
}

/** By value, as the buckets are. */
function newestOf(exemplars: readonly Exemplar[]): readonly Exemplar[] {
  const newest = exemplars.toSorted((a, b) => b.time - a.time).slice(0, MAX_EXEMPLARS);
  return Object.freeze(newest.sort((a, b) => a.value - b.value));
}

function countAndSum<P extends { readonly count: number; readonly sum: number }>(
  points: readonly P[],
): { readonly count: number; readonly sum: number } {
  return { count: sumOf(points, ({ count }) => count), sum: sumOf(points, ({ sum }) => sum) };
}

/** Unknown as soon as those of one part are: differences have none. */
function extremes(points: readonly HistogramPoint[] | readonly ExponentialHistogramPoint[]): {
  readonly min: number | undefined;
  readonly max: number | undefined;
} {
  const filled = points.filter(({ count }) => count > 0);
  if (filled.length === 0 || filled.some(({ min, max }) => min === undefined || max === undefined))
    return { min: undefined, max: undefined };
  return { min: least(filled.map(({ min }) => min as number)), max: greatest(filled.map(({ max }) => max as number)) };
}

function meanOf(points: readonly NumberPoint[]): number {
  const known = points.filter(({ value }) => !Number.isNaN(value));
  return known.length === 0 ? Number.NaN : sumOf(known, ({ value }) => value) / known.length;
}

function sumOf<P>(points: readonly P[], of: (point: P) => number): number {
  return points.reduce((sum, point) => sum + of(point), 0);
}

// Not Math.min(...): a metric may have more series than a call can have arguments.
function least(values: readonly number[]): number {
  return values.reduce((least, value) => Math.min(value, least), Number.POSITIVE_INFINITY);
}

function greatest(values: readonly number[]): number {
  return values.reduce((greatest, value) => Math.max(value, greatest), Number.NEGATIVE_INFINITY);
}
