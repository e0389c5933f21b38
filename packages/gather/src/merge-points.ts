import {
  type Exemplar,
  type ExponentialHistogramPoint,
  type HistogramPoint,
  type MetricType,
  type NumberPoint,
  type Point,
  type SummaryPoint,
  sumOfBuckets,
} from '@telltale/core';

/** Exemplars that a merged number has: as many as an exponential histogram of one process. */
const MAX_EXEMPLARS = 8;
/** Buckets that a merged histogram has on either side, as one of a single process does: OpenTelemetry's default. */
const MAX_BUCKETS = 160;

/**
 * A sum, with what its last digit left out: so it is the same in whatever order it was added up. A sum that is a digit lower than it was
 * before would pass for a counter that began anew.
 */
export type Sum<P extends Point = Point> = P & { readonly rest?: number };

/** Metrics whose points add up, and are kept when their process has ended. */
export function isSummable(type: MetricType): boolean {
  return type !== 'gauge' && type !== 'upDownCounter';
}

/** Two points of a series as one, in whatever order; not for gauges. Attributes are those of `a`. */
export function addPoints(type: MetricType, boundaries: readonly number[], a: Sum, b: Sum): Sum {
  switch (type) {
    case 'histogram':
      return addHistograms(boundaries, a as HistogramPoint, b as HistogramPoint);
    case 'exponentialHistogram':
      return addExponentials(a as ExponentialHistogramPoint, b as ExponentialHistogramPoint);
    case 'summary':
      return addSummaries(a as SummaryPoint, b as SummaryPoint);
    default:
      return addNumbers(a as Sum<NumberPoint>, b as Sum<NumberPoint>);
  }
}

/** Whether a total has fallen: what was counted is counted anew. */
export function hasFallen(later: Point, earlier: Point): boolean {
  if ('value' in later) return later.value < (earlier as NumberPoint).value;
  return later.count < (earlier as HistogramPoint).count;
}

function base(a: Point, b: Point): Pick<Point, 'attributes' | 'startTime' | 'time'> {
  return {
    attributes: a.attributes,
    startTime: Math.min(a.startTime, b.startTime),
    time: Math.max(a.time, b.time),
  };
}

function addNumbers(a: Sum<NumberPoint>, b: Sum<NumberPoint>): Sum<NumberPoint> {
  const { sum, rest } = addExactly(a.value, a.rest, b.value, b.rest);
  return { ...base(a, b), value: sum, rest, ...newestExemplars([a, b]) };
}

/** What examples of numbers, which have no buckets, come to: the newest, by time. None rather than an empty list. */
export function newestExemplars(points: Iterable<NumberPoint>): Pick<NumberPoint, 'exemplars'> {
  const all: Exemplar[] = [];
  for (const { exemplars } of points) if (exemplars !== undefined) all.push(...exemplars);
  if (all.length === 0) return {};
  return { exemplars: all.sort((a, b) => a.time - b.time || a.value - b.value).slice(-MAX_EXEMPLARS) };
}

/** To twice the digits that a number has: https://en.wikipedia.org/wiki/2Sum. */
function addExactly(a: number, aRest = 0, b: number, bRest = 0): { readonly sum: number; readonly rest: number } {
  const rough = a + b;
  if (!Number.isFinite(rough)) return { sum: rough, rest: 0 };
  const added = rough - a;
  const missing = a - (rough - added) + (b - added) + aRest + bRest;
  const sum = rough + missing;
  return { sum, rest: missing - (sum - rough) };
}

function addHistograms(boundaries: readonly number[], a: HistogramPoint, b: HistogramPoint): HistogramPoint {
  const bucketOf = (value: number): number => {
    const bucket = boundaries.findIndex((boundary) => value <= boundary);
    return bucket < 0 ? boundaries.length : bucket;
  };
  return {
    ...distribution(a, b),
    counts: a.counts.map((count, i) => count + (b.counts[i] ?? 0)),
    exemplars: newest(a.exemplars, b.exemplars, bucketOf),
  };
}

function distribution(a: Sum<HistogramPoint | ExponentialHistogramPoint>, b: typeof a) {
  return {
    ...base(a, b),
    count: a.count + b.count,
    ...addExactly(a.sum, a.rest, b.sum, b.rest),
    min: extreme(Math.min, a.min, b.min),
    max: extreme(Math.max, a.max, b.max),
  };
}

function extreme(choose: typeof Math.min, a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : choose(a, b);
}

function addExponentials(a: ExponentialHistogramPoint, b: ExponentialHistogramPoint): ExponentialHistogramPoint {
  const buckets = sumOfBuckets([a, b], MAX_BUCKETS);
  return {
    ...distribution(a, b),
    ...buckets,
    zeroCount: a.zeroCount + b.zeroCount,
    zeroThreshold: Math.max(a.zeroThreshold, b.zeroThreshold),
    exemplars: newest(a.exemplars, b.exemplars, (value) =>
      value === 0 ? 0 : Math.sign(value) * (2 ** 20 + Math.ceil(Math.log2(Math.abs(value)) * 2 ** buckets.scale)),
    ),
  };
}

/** Quantiles cannot be added: of each, the highest of all processes is shown, which that of all together does not exceed. */
function addSummaries(a: Sum<SummaryPoint>, b: Sum<SummaryPoint>): Sum<SummaryPoint> {
  const highest = new Map<number, number>();
  for (const { quantile, value } of [...a.quantiles, ...b.quantiles]) {
    const before = highest.get(quantile);
    if (before === undefined || Number.isNaN(before) || value > before) highest.set(quantile, value);
  }
  const quantiles = [...highest].map(([quantile, value]) => ({ quantile, value }));
  quantiles.sort((one, other) => one.quantile - other.quantile);
  return { ...base(a, b), count: a.count + b.count, ...addExactly(a.sum, a.rest, b.sum, b.rest), quantiles };
}

/** The newest example of each bucket, in the order of the buckets. */
function newest(
  a: readonly Exemplar[],
  b: readonly Exemplar[],
  bucketOf: (value: number) => number,
): readonly Exemplar[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const kept = new Map<number, Exemplar>();
  for (const exemplar of [...a, ...b]) {
    const bucket = bucketOf(exemplar.value);
    const before = kept.get(bucket);
    if (before === undefined || exemplar.time > before.time) kept.set(bucket, exemplar);
  }
  return [...kept].sort(([one], [other]) => one - other).map(([, exemplar]) => exemplar);
}
