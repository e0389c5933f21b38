import type { ExponentialHistogramPoint, HistogramPoint, Metric, Point, SummaryPoint } from '@telltale/core';
import { BUCKETS, bucketProperty } from './bucket-property.ts';
import { addResource, type Envelope, type EnvelopeSettings, envelopeOf } from './envelope.ts';
import { MAX_KEY } from './limits.ts';
import { addProperties, emptyProperties, type Properties } from './properties.ts';
import { shortened } from './shortened.ts';

/** A row of `customMetrics`: `value` is the sum of `count` measurements. */
interface Aggregation {
  readonly name: string;
  readonly value: number;
  readonly count: number;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** The items of a point; the first is the point, others are what is known besides. None for what has no number. */
export function metricEnvelopes(
  settings: EnvelopeSettings,
  metric: Metric,
  point: Point,
  tags: Readonly<Record<string, string>>,
): readonly Envelope[] {
  const properties = (extra: Properties): Properties =>
    addResource(addProperties(extra, point.attributes), metric.resource, settings);
  const envelope = (aggregation: Aggregation, extra: Properties = emptyProperties()): Envelope =>
    envelopeOf(settings, 'MetricData', point.time, tags, {
      metrics: [{ ...aggregation, name: shortened(aggregation.name, MAX_KEY), kind: 'Aggregation' }],
      properties: properties(extra),
    });
  const { name } = metric;
  if ('value' in point) {
    const { value } = point;
    return Number.isFinite(value) ? [envelope({ name, value, count: 1, min: value, max: value })] : [];
  }
  if (point.count === 0) return [];
  if ('quantiles' in point) return summaryEnvelopes(name, point, envelope);
  const extra = emptyProperties();
  const boundaries = metric.type === 'histogram' ? metric.boundaries : undefined;
  if (settings.buckets) extra[BUCKETS] = bucketProperty(point, boundaries);
  return [envelope({ name, value: point.sum, count: point.count, ...rangeOf(point, boundaries) }, extra)];
}

function summaryEnvelopes(
  name: string,
  { count, sum, quantiles }: SummaryPoint,
  envelope: (aggregation: Aggregation, extra?: Properties) => Envelope,
): readonly Envelope[] {
  const mean = sum / count;
  const known = quantiles.filter(({ value }) => Number.isFinite(value));
  return [
    envelope({ name, value: sum, count, min: mean, max: mean }),
    ...known.map(({ quantile, value }) => {
      const extra = emptyProperties();
      extra.quantile = String(quantile);
      return envelope({ name: `${name}.quantile`, value, count: 1, min: value, max: value }, extra);
    }),
  ];
}

/**
 * Least and greatest value. Differences do not have them; then they are the ends of the outermost buckets that are not empty, where these
 * have an end: an item without them would have its sum taken for both.
 */
function rangeOf(
  point: HistogramPoint | ExponentialHistogramPoint,
  boundaries: readonly number[] = [],
): { readonly min: number; readonly max: number } {
  const mean = point.sum / point.count;
  const [low, high] = 'counts' in point ? explicitRange(point, boundaries) : exponentialRange(point);
  return { min: Math.min(point.min ?? low ?? mean, mean), max: Math.max(point.max ?? high ?? mean, mean) };
}

type Range = readonly [low: number | undefined, high: number | undefined];

function explicitRange({ counts }: HistogramPoint, boundaries: readonly number[]): Range {
  const first = counts.findIndex((n) => n > 0);
  const last = counts.findLastIndex((n) => n > 0);
  const [end = 0] = boundaries;
  // Values below the first boundary are mostly durations and sizes: they end at 0.
  const low = first === 0 ? Math.min(0, end) : boundaries[first - 1];
  return [low, boundaries[last] ?? boundaries[last - 1]];
}

function exponentialRange(point: ExponentialHistogramPoint): Range {
  const { scale, zeroCount, zeroThreshold, positive, negative } = point;
  const end = (index: number): number => 2 ** (index * 2 ** -scale);
  const [first, last] = [positive.counts.findIndex((n) => n > 0), positive.counts.findLastIndex((n) => n > 0)];
  const nearest = negative.counts.findIndex((n) => n > 0);
  const furthest = negative.counts.findLastIndex((n) => n > 0);
  const ends: number[] = [
    ...(furthest === -1 ? [] : [-end(negative.offset + furthest + 1), -end(negative.offset + nearest)]),
    ...(zeroCount > 0 ? [-zeroThreshold, zeroThreshold] : []),
    ...(last === -1 ? [] : [end(positive.offset + first), end(positive.offset + last + 1)]),
  ];
  return [ends[0], ends.at(-1)];
}
