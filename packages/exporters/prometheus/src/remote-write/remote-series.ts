import type {
  Exemplar,
  ExponentialHistogramPoint,
  HistogramPoint,
  Metric,
  MetricsSnapshot,
  NumberPoint,
  Point,
  Resource,
  SummaryPoint,
} from '@telltale/core';
import type { Parcel } from '@telltale/exporter-kit';
import { exemplarLabelsBy, exemplarsOfBuckets } from '../exemplars.ts';
import { countsOnGrid, ExponentialRange } from '../exponential-buckets.ts';
import { RESERVED_LABELS } from '../families.ts';
import { labelName, labelsOf, type OwnLabels } from '../labels.ts';
import { type PrometheusName, prometheusName } from '../names.ts';
import { type NativeHistogram, nativeHistogram } from '../native-histogram.ts';
import { formatBound } from '../numbers.ts';

/** A name and a value. */
export type Label = readonly [name: string, value: string];

export interface RemoteExemplar {
  /** Sorted by name. */
  readonly labels: readonly Label[];
  readonly value: number;
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
}

/** A sample of a series, with the labels sorted by name as the protocol wants them. */
export interface RemoteSeries {
  readonly labels: readonly Label[];
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
  /** When counting began, likewise; 0 of what does not count. */
  readonly startTime: number;
  readonly value: number | NativeHistogram;
  /** The series has ended: the marker of that is written in place of the value. */
  readonly stale: boolean;
  /** By time. */
  readonly exemplars: readonly RemoteExemplar[];
}

/** All series of a point, and what is known about their metric. */
export interface RemotePoint {
  readonly name: PrometheusName;
  readonly help: string;
  /** It may be one native histogram or several plain series. */
  readonly exponential: boolean;
  series(native: boolean): readonly RemoteSeries[];
}

export interface RemoteSeriesOptions {
  /** On all series; an attribute of the same name becomes `exported_…`. */
  readonly labels: Readonly<Record<string, string>>;
  /** Seconds since the Unix epoch: exemplars up to then were sent before. */
  readonly exemplarsSince?: number;
}

/** What exponential histograms have held so far, by family: their plain boundaries must stay the same from one export to the next. */
export type KnownRanges = Map<string, ExponentialRange>;

const exemplarLabels = exemplarLabelsBy((key) => labelName(key));

/** The points of a snapshot as series with `job` and `instance`, as a scrape of the service would give; then markers of those that have ended. */
export function remoteParcels(
  { metrics, time }: MetricsSnapshot,
  options: RemoteSeriesOptions,
  ranges: KnownRanges,
  ended: readonly Metric[] = [],
): readonly Parcel<RemotePoint>[] {
  const owns = new Map<Resource, OwnLabels>();
  const writerOf = (metric: Metric): PointWriter => {
    let own = owns.get(metric.resource);
    if (own === undefined) {
      own = ownLabels(metric.resource, options.labels);
      owns.set(metric.resource, own);
    }
    return new PointWriter(metric, own, options, ranges);
  };
  const parcels: Parcel<RemotePoint>[] = [];
  for (const metric of metrics) {
    const writer = writerOf(metric);
    for (const point of metric.points) parcels.push({ payload: writer.write(point), items: [point] });
  }
  for (const metric of ended) {
    const writer = writerOf(metric);
    for (const point of metric.points) parcels.push({ payload: writer.write(point, time), items: [] });
  }
  return parcels;
}

/** "Resource Attributes" of OpenTelemetry's "Prometheus and OpenMetrics Compatibility". */
function ownLabels({ attributes }: Resource, extra: Readonly<Record<string, string>>): OwnLabels {
  const namespace = attributes['service.namespace'];
  const name = String(attributes['service.name'] ?? '');
  const job = namespace === undefined ? name : `${String(namespace)}/${name}`;
  return Object.entries({ job, instance: String(attributes['service.instance.id'] ?? ''), ...extra });
}

/** What a sample has besides its name and value. */
interface SampleParts {
  readonly more?: readonly Label[];
  readonly exemplars?: readonly Exemplar[];
  /** A size: it does not count since a time. */
  readonly size?: boolean;
}

type MakeSample = (name: string, value: RemoteSeries['value'], parts?: SampleParts) => RemoteSeries;

class PointWriter {
  private readonly metric: Metric;
  private readonly own: OwnLabels;
  private readonly since: number;
  private readonly name: PrometheusName;
  private readonly reserved: readonly string[];
  private readonly range: ExponentialRange;

  constructor(metric: Metric, own: OwnLabels, options: RemoteSeriesOptions, ranges: KnownRanges) {
    this.metric = metric;
    this.own = own;
    this.since = milliseconds(options.exemplarsSince ?? 0);
    this.name = prometheusName(metric.name, metric.unit, metric.type);
    this.reserved = [...own.map(([name]) => name), ...RESERVED_LABELS[this.name.type]];
    this.range = ranges.get(this.name.family) ?? new ExponentialRange();
    if (metric.type !== 'exponentialHistogram') return;
    ranges.set(this.name.family, this.range);
    for (const point of metric.points) this.range.include(point);
  }

  /** `endedAt`: seconds since the Unix epoch, of a series that is no more. */
  write(point: Point, endedAt?: number): RemotePoint {
    const { name, metric } = this;
    const exponential = metric.type === 'exponentialHistogram';
    const made: (readonly RemoteSeries[] | undefined)[] = [];
    return {
      name,
      help: metric.description,
      exponential,
      series: (native) => {
        const form = Number(native && exponential);
        made[form] ??= this.seriesOf(point, this.sampleOf(point, endedAt), native);
        return made[form];
      },
    };
  }

  private sampleOf(point: Point, endedAt: number | undefined): MakeSample {
    const labels = sorted([...labelsOf(point.attributes, (key) => labelName(key, this.reserved), this.own)]);
    const time = milliseconds(endedAt ?? point.time);
    // Zero says that it is not known.
    const startTime = milliseconds(point.startTime) || 1;
    const stale = endedAt !== undefined;
    return (name, value, { more = [], exemplars = [], size = false } = {}) => ({
      labels: more.reduce(inserted, inserted(labels, ['__name__', name])),
      time,
      startTime: size ? 0 : startTime,
      value,
      stale,
      exemplars: stale ? [] : this.exemplars(exemplars),
    });
  }

  private seriesOf(point: Point, sample: MakeSample, native: boolean): readonly RemoteSeries[] {
    const { metric, name } = this;
    if ('value' in point) {
      const { value, exemplars = [] } = point as NumberPoint;
      return [sample(name.sample, value, { exemplars, size: name.type === 'gauge' })];
    }
    const sums = [sample(`${name.family}_sum`, point.sum), sample(`${name.family}_count`, point.count)];
    if (metric.type === 'summary') {
      const quantiles = (point as SummaryPoint).quantiles.map(({ quantile, value }) =>
        sample(name.family, value, { more: [['quantile', formatBound(quantile)]], size: true }),
      );
      return [...quantiles, ...sums];
    }
    const histogram = point as HistogramPoint | ExponentialHistogramPoint;
    if (!('counts' in histogram) && native) {
      const value = nativeHistogram(histogram);
      if (value !== undefined) return [sample(name.family, value, { exemplars: histogram.exemplars })];
    }
    const { bounds, counts } = this.bucketsOf(histogram);
    const exemplars = exemplarsOfBuckets(bounds, histogram.exemplars);
    let total = 0;
    const buckets = counts.map((count, i) => {
      total += count;
      const example = exemplars[i];
      return sample(`${name.family}_bucket`, total, {
        more: [['le', formatBound(bounds[i] ?? Number.POSITIVE_INFINITY)]],
        exemplars: example === undefined ? [] : [example],
      });
    });
    return [...buckets, ...sums];
  }

  /** Exponential buckets become plain ones: the same boundaries for all series of the family. */
  private bucketsOf(point: HistogramPoint | ExponentialHistogramPoint): {
    readonly bounds: readonly number[];
    readonly counts: readonly number[];
  } {
    if (!('counts' in point)) return { bounds: this.range.grid.bounds, counts: countsOnGrid(point, this.range.grid) };
    return { bounds: this.metric.type === 'histogram' ? this.metric.boundaries : [], counts: point.counts };
  }

  /** Receivers refuse exemplars that are older than the last one of the series, or the same. */
  private exemplars(all: readonly Exemplar[]): readonly RemoteExemplar[] {
    if (all.length === 0) return [];
    const spelt = all.map((exemplar) => ({
      labels: sorted([...exemplarLabels(exemplar)]),
      value: exemplar.value,
      time: milliseconds(exemplar.time),
    }));
    return spelt.filter(({ time }) => time > this.since).sort((a, b) => a.time - b.time || a.value - b.value);
  }
}

function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000);
}

/** At its place by name. */
function inserted(labels: readonly Label[], label: Label): readonly Label[] {
  const [name] = label;
  const at = labels.findIndex(([other]) => other > name);
  return labels.toSpliced(at < 0 ? labels.length : at, 0, label);
}

function sorted(labels: readonly Label[]): readonly Label[] {
  return labels.filter(([, value]) => value !== '').sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
