import type {
  Exemplar,
  ExponentialHistogramPoint,
  HistogramPoint,
  Metric,
  MetricsSnapshot,
  Point,
  Resource,
  SummaryPoint,
} from '@telltale/core';
import type { Parcel } from '@telltale/exporter-kit';
import { countsOnGrid, ExponentialRange } from '../exponential-buckets.ts';
import { RESERVED_LABELS } from '../families.ts';
import { labelName, labelsOf, type OwnLabels } from '../labels.ts';
import { type PrometheusName, prometheusName } from '../names.ts';
import { formatBound } from '../numbers.ts';
import { type NativeHistogram, nativeHistogram } from './native-histogram.ts';

/** A name and a value. */
export type Label = readonly [name: string, value: string];

/** A sample of a series, with the labels sorted by name as the protocol wants them. */
export interface RemoteSeries {
  readonly labels: readonly Label[];
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
  readonly value: number | NativeHistogram;
  readonly exemplars: readonly Exemplar[];
}

/** All series of a point, and what is known about their metric. */
export interface RemotePoint {
  readonly name: PrometheusName;
  readonly help: string;
  readonly series: readonly RemoteSeries[];
}

export interface RemoteSeriesOptions {
  readonly nativeHistograms: boolean;
  /** On all series; an attribute of the same name becomes `exported_…`. */
  readonly labels: Readonly<Record<string, string>>;
}

/** What exponential histograms have held so far, by family: their plain boundaries must stay the same from one export to the next. */
export type KnownRanges = Map<string, ExponentialRange>;

/** The points of a snapshot as series with `job` and `instance`, as a scrape of the service would give. */
export function remoteParcels(
  { metrics }: MetricsSnapshot,
  options: RemoteSeriesOptions,
  ranges: KnownRanges,
): readonly Parcel<RemotePoint>[] {
  const owns = new Map<Resource, OwnLabels>();
  return metrics.flatMap((metric) => {
    let own = owns.get(metric.resource);
    if (own === undefined) {
      own = ownLabels(metric.resource, options.labels);
      owns.set(metric.resource, own);
    }
    const writer = new PointWriter(metric, own, options, ranges);
    return metric.points.map((point) => ({ payload: writer.write(point), items: [point] }));
  });
}

/** "Resource Attributes" of OpenTelemetry's "Prometheus and OpenMetrics Compatibility". */
function ownLabels({ attributes }: Resource, extra: Readonly<Record<string, string>>): OwnLabels {
  const namespace = attributes['service.namespace'];
  const name = String(attributes['service.name'] ?? '');
  const job = namespace === undefined ? name : `${String(namespace)}/${name}`;
  return Object.entries({ job, instance: String(attributes['service.instance.id'] ?? ''), ...extra });
}

class PointWriter {
  private readonly metric: Metric;
  private readonly own: OwnLabels;
  private readonly options: RemoteSeriesOptions;
  private readonly name: PrometheusName;
  private readonly reserved: readonly string[];
  private readonly range: ExponentialRange;

  constructor(metric: Metric, own: OwnLabels, options: RemoteSeriesOptions, ranges: KnownRanges) {
    this.metric = metric;
    this.own = own;
    this.options = options;
    this.name = prometheusName(metric.name, metric.unit, metric.type);
    this.reserved = [...own.map(([name]) => name), ...RESERVED_LABELS[this.name.type]];
    this.range = ranges.get(this.name.family) ?? new ExponentialRange();
    if (metric.type !== 'exponentialHistogram') return;
    ranges.set(this.name.family, this.range);
    for (const point of metric.points) this.range.include(point);
  }

  write(point: Point): RemotePoint {
    const labels = labelsOf(point.attributes, (key) => labelName(key, this.reserved), this.own);
    return { name: this.name, help: this.metric.description, series: this.seriesOf(point, labels) };
  }

  private seriesOf(point: Point, labels: ReadonlyMap<string, string>): readonly RemoteSeries[] {
    const { metric, name } = this;
    const time = Math.round(point.time * 1000);
    const one = (
      sample: string,
      value: RemoteSeries['value'],
      more: readonly Label[] = [],
      exemplars: readonly Exemplar[] = [],
    ): RemoteSeries => ({ labels: sorted(sample, labels, more), time, value, exemplars });
    const sums = (of: { readonly sum: number; readonly count: number }): readonly RemoteSeries[] => [
      one(`${name.family}_sum`, of.sum),
      one(`${name.family}_count`, of.count),
    ];
    if ('value' in point) return [one(name.sample, point.value)];
    if (metric.type === 'summary') {
      const summary = point as SummaryPoint;
      const quantiles = summary.quantiles.map(({ quantile, value }) =>
        one(name.family, value, [['quantile', formatBound(quantile)]]),
      );
      return [...quantiles, ...sums(summary)];
    }
    const histogram = point as HistogramPoint | ExponentialHistogramPoint;
    if (!('counts' in histogram) && this.options.nativeHistograms) {
      const native = nativeHistogram(histogram);
      if (native !== undefined) return [one(name.family, native, [], histogram.exemplars)];
    }
    const { bounds, counts } = this.bucketsOf(histogram);
    let total = 0;
    const buckets = counts.map((count, i) => {
      total += count;
      const below = i === 0 ? Number.NEGATIVE_INFINITY : (bounds[i - 1] as number);
      const bound = bounds[i] ?? Number.POSITIVE_INFINITY;
      const exemplars = histogram.exemplars.filter(({ value }) => value > below && value <= bound);
      return one(`${name.family}_bucket`, total, [['le', formatBound(bound)]], exemplars.slice(0, 1));
    });
    return [...buckets, ...sums(histogram)];
  }

  /** Exponential buckets become plain ones: the same boundaries for all series of the family. */
  private bucketsOf(point: HistogramPoint | ExponentialHistogramPoint): {
    readonly bounds: readonly number[];
    readonly counts: readonly number[];
  } {
    if (!('counts' in point)) return { bounds: this.range.grid.bounds, counts: countsOnGrid(point, this.range.grid) };
    return { bounds: this.metric.type === 'histogram' ? this.metric.boundaries : [], counts: point.counts };
  }
}

function sorted(name: string, labels: ReadonlyMap<string, string>, more: readonly Label[]): readonly Label[] {
  const all: Label[] = [['__name__', name], ...labels, ...more];
  return all.filter(([, value]) => value !== '').sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
