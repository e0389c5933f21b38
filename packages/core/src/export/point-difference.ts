import type {
  CounterMetric,
  Exemplar,
  ExponentialHistogramMetric,
  ExponentialHistogramPoint,
  HistogramMetric,
  HistogramPoint,
  Metric,
  NumberPoint,
  SummaryMetric,
  SummaryPoint,
  UpDownCounterMetric,
} from '../metrics/snapshot.ts';
import { downscale, subtractBuckets } from './exponential-buckets.ts';

/** Metrics that add up over time, so that a difference means something. Gauges do not. */
export type SummableMetric =
  | CounterMetric
  | UpDownCounterMetric
  | HistogramMetric
  | ExponentialHistogramMetric
  | SummaryMetric;
export type SummablePoint = SummableMetric['points'][number];

/** Those that exporters of differences want as such, unless they say otherwise: up-down counters stay totals, as in OpenTelemetry. */
export function isSummable(metric: Metric): metric is SummableMetric {
  return metric.type !== 'gauge' && metric.type !== 'upDownCounter';
}

/**
 * What came to a series between two readings; all of it when there is no earlier one, `undefined` when nothing came. Frozen.
 * A series that fell was reset (an observed counter of something that restarted): all it now holds is new.
 */
export function pointDifference(
  type: SummableMetric['type'],
  later: SummablePoint,
  earlier: SummablePoint | undefined,
): SummablePoint | undefined {
  switch (type) {
    case 'counter':
      return counterDifference(later as NumberPoint, earlier as NumberPoint | undefined);
    case 'upDownCounter':
      return numberDifference(
        later as NumberPoint,
        earlier as NumberPoint | undefined,
        earlier as NumberPoint | undefined,
      );
    case 'histogram':
      return histogramDifference(later as HistogramPoint, earlier as HistogramPoint | undefined);
    case 'exponentialHistogram':
      return exponentialDifference(
        later as ExponentialHistogramPoint,
        earlier as ExponentialHistogramPoint | undefined,
      );
    case 'summary':
      return summaryDifference(later as SummaryPoint, earlier as SummaryPoint | undefined);
  }
}

function counterDifference(later: NumberPoint, earlier: NumberPoint | undefined): NumberPoint | undefined {
  return numberDifference(later, earlier, earlier !== undefined && later.value >= earlier.value ? earlier : undefined);
}

/** `base`: what the difference is taken from; nothing after a reset. */
function numberDifference(
  later: NumberPoint,
  earlier: NumberPoint | undefined,
  base: NumberPoint | undefined,
): NumberPoint | undefined {
  const { attributes, time, exemplars } = later;
  const value = later.value - (base?.value ?? 0);
  if (value === 0) return undefined;
  const difference = { attributes, startTime: startOf(later, earlier), time, value };
  const since = exemplars === undefined ? [] : exemplarsSince(exemplars, earlier);
  return Object.freeze(since.length === 0 ? difference : { ...difference, exemplars: since });
}

function histogramDifference(later: HistogramPoint, earlier: HistogramPoint | undefined): HistogramPoint | undefined {
  const { attributes, time } = later;
  const base = earlier !== undefined && hasGrown(later.counts, earlier.counts) ? earlier : undefined;
  const count = later.count - (base?.count ?? 0);
  if (count === 0) return undefined;
  return Object.freeze({
    attributes,
    startTime: startOf(later, earlier),
    time,
    count,
    sum: later.sum - (base?.sum ?? 0),
    min: undefined,
    max: undefined,
    counts: base === undefined ? later.counts : Object.freeze(later.counts.map((n, i) => n - (base.counts[i] ?? 0))),
    exemplars: exemplarsSince(later.exemplars, earlier),
  });
}

function exponentialDifference(
  later: ExponentialHistogramPoint,
  earlier: ExponentialHistogramPoint | undefined,
): ExponentialHistogramPoint | undefined {
  const { attributes, time, scale, zeroThreshold } = later;
  const base = earlier !== undefined && hasGrownExponentially(later, earlier) ? earlier : undefined;
  const count = later.count - (base?.count ?? 0);
  if (count === 0) return undefined;
  // A wider range of values lowers the scale of a living series; what was counted before is seen at the new one.
  const by = base === undefined ? 0 : base.scale - scale;
  return Object.freeze({
    attributes,
    startTime: startOf(later, earlier),
    time,
    count,
    sum: later.sum - (base?.sum ?? 0),
    min: undefined,
    max: undefined,
    scale,
    zeroCount: later.zeroCount - (base?.zeroCount ?? 0),
    zeroThreshold,
    positive: base === undefined ? later.positive : subtractBuckets(later.positive, downscale(base.positive, by)),
    negative: base === undefined ? later.negative : subtractBuckets(later.negative, downscale(base.negative, by)),
    exemplars: exemplarsSince(later.exemplars, earlier),
  });
}

function summaryDifference(later: SummaryPoint, earlier: SummaryPoint | undefined): SummaryPoint | undefined {
  const { attributes, time, quantiles } = later;
  const base = earlier !== undefined && later.count >= earlier.count ? earlier : undefined;
  const count = later.count - (base?.count ?? 0);
  if (count === 0) return undefined;
  return Object.freeze({
    attributes,
    startTime: startOf(later, earlier),
    time,
    count,
    sum: later.sum - (base?.sum ?? 0),
    quantiles,
  });
}

/** After a clock was set back, the last reading may be in what is the future now. */
function startOf(later: SummablePoint, earlier: { readonly time: number } | undefined): number {
  return Math.min(earlier?.time ?? later.startTime, later.time);
}

/** Whether no bucket has fewer values than before: a histogram that was reset may have as many in all. */
function hasGrown(later: readonly number[], earlier: readonly number[]): boolean {
  return later.length === earlier.length && later.every((n, i) => n >= (earlier[i] as number));
}

function hasGrownExponentially(later: ExponentialHistogramPoint, earlier: ExponentialHistogramPoint): boolean {
  const by = earlier.scale - later.scale;
  if (by < 0 || later.zeroCount < earlier.zeroCount || later.count < earlier.count) return false;
  return (['positive', 'negative'] as const).every((side) => {
    const then = downscale(earlier[side], by);
    const shift = then.offset - later[side].offset;
    return then.counts.every((n, i) => n <= (later[side].counts[i + shift] ?? 0));
  });
}

function exemplarsSince(
  exemplars: readonly Exemplar[],
  earlier: { readonly time: number } | undefined,
): readonly Exemplar[] {
  if (earlier === undefined || exemplars.length === 0) return exemplars;
  return Object.freeze(exemplars.filter((exemplar) => exemplar.time >= earlier.time));
}
