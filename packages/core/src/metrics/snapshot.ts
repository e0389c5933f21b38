import type { SeriesAttributes } from '../attributes.ts';
import type { InstrumentationScope, Resource } from '../resource.ts';

/** `cumulative`: since the series' `startTime`. `delta`: since the last acknowledged export. Gauges are the same in both. */
export type Temporality = 'cumulative' | 'delta';

/** One measurement, kept as an example. */
export interface Exemplar {
  readonly value: number;
  /** Seconds since the Unix epoch. */
  readonly time: number;
  /** 32 and 16 lower-case hexadecimal digits: the span it was made in. Both are missing where there was none, which only the filter `always_on` keeps. */
  readonly traceId?: string;
  readonly spanId?: string;
  /** Attributes of the measurement that its series does not have, because a view left them out; missing when there are none. */
  readonly filteredAttributes?: SeriesAttributes;
}

interface PointBase {
  /** One object per series: it is the same object in each snapshot as long as the series lives, so it can serve as a key. */
  readonly attributes: SeriesAttributes;
  /** Seconds since the Unix epoch at which counting began. */
  readonly startTime: number;
  /** Seconds since the Unix epoch at which the point was read. */
  readonly time: number;
}

/** A counter, up-down counter or gauge series. */
export interface NumberPoint extends PointBase {
  readonly value: number;
  /** Missing when there are none, as always for observable instruments. */
  readonly exemplars?: readonly Exemplar[];
}

interface DistributionPoint extends PointBase {
  readonly count: number;
  readonly sum: number;
  /** `undefined` when nothing was recorded, and in differences, where they cannot be known. */
  readonly min: number | undefined;
  readonly max: number | undefined;
}

/** A histogram series with explicit boundaries. */
export interface HistogramPoint extends DistributionPoint {
  /** How many values fell into each bucket, not accumulated; one more than there are boundaries. Bucket i holds values ≤ boundary i. */
  readonly counts: readonly number[];
  /** At most one per bucket, in the order of the buckets. */
  readonly exemplars: readonly Exemplar[];
}

/** `counts[i]` counts the values in (base^(offset+i), base^(offset+i+1)], base = 2^(2^-scale), as in OpenTelemetry. */
export interface ExponentialBuckets {
  readonly offset: number;
  readonly counts: readonly number[];
}

/** A histogram series with base-2 exponential buckets. */
export interface ExponentialHistogramPoint extends DistributionPoint {
  readonly scale: number;
  readonly zeroCount: number;
  /** Values whose magnitude is at most this are in `zeroCount`; the same for a series' whole life. */
  readonly zeroThreshold: number;
  readonly positive: ExponentialBuckets;
  readonly negative: ExponentialBuckets;
  readonly exemplars: readonly Exemplar[];
}

/** A summary series: `count` and `sum` since `startTime`, quantiles over the sliding window. */
export interface SummaryPoint extends PointBase {
  readonly count: number;
  readonly sum: number;
  /** In rising order; `value` is NaN while the window is empty. */
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
}

/** What a metric is, apart from its points. */
export interface MetricDescriptor {
  /** With dots and in base units, as the instrument was defined: `http.server.request.duration`. */
  readonly name: string;
  readonly description: string;
  /** UCUM: `s`, `By`, `1`, `{request}`; empty when not given. */
  readonly unit: string;
  readonly scope: InstrumentationScope;
  /** The service that recorded it: the telemetry's own, or one made by `forService`. */
  readonly resource: Resource;
  /** Defined through OpenTelemetry's API with `ValueType.INT`: whole numbers only. Missing for all others. */
  readonly valueType?: 'int';
  /** Its values are asked for when metrics are read. Missing for instruments that are recorded on. */
  readonly observable?: true;
}

interface MetricBase extends MetricDescriptor {
  readonly temporality: Temporality;
}

export interface CounterMetric extends MetricBase {
  readonly type: 'counter';
  readonly points: readonly NumberPoint[];
}

export interface UpDownCounterMetric extends MetricBase {
  readonly type: 'upDownCounter';
  readonly points: readonly NumberPoint[];
}

export interface GaugeMetric extends MetricBase {
  readonly type: 'gauge';
  readonly points: readonly NumberPoint[];
}

export interface HistogramMetric extends MetricBase {
  readonly type: 'histogram';
  /** Upper bounds of all buckets but the last, rising. */
  readonly boundaries: readonly number[];
  readonly points: readonly HistogramPoint[];
}

export interface ExponentialHistogramMetric extends MetricBase {
  readonly type: 'exponentialHistogram';
  readonly points: readonly ExponentialHistogramPoint[];
}

export interface SummaryMetric extends MetricBase {
  readonly type: 'summary';
  readonly points: readonly SummaryPoint[];
}

/** One instrument with all its series; metrics without series do not appear. */
export type Metric =
  | CounterMetric
  | UpDownCounterMetric
  | GaugeMetric
  | HistogramMetric
  | ExponentialHistogramMetric
  | SummaryMetric;

export type MetricType = Metric['type'];
export type Point = Metric['points'][number];

/** All series at one time: plain, deeply frozen data from which any exporter can be written. Metrics are sorted by name. */
export interface MetricsSnapshot {
  /** Seconds since the Unix epoch. */
  readonly time: number;
  /** The telemetry's own service; metrics of other services in the process carry theirs. */
  readonly resource: Resource;
  readonly metrics: readonly Metric[];
}

/** A metric whose points are made one by one while they are read, so that reading 100,000 can be cut into slices. */
export type MetricReader = {
  [M in Metric as M['type']]: Omit<M, 'points'> & {
    /** How many points `read` gives, about: series may come and go meanwhile. */
    readonly size: number;
    /** Each point is consistent in itself, as fresh as the moment it is read, and the reader's alone. */
    read(): IterableIterator<M['points'][number]>;
  };
}[MetricType];

/** What a pull exporter reads from, handed to its `start`. */
export interface MetricsSource {
  /** The telemetry's own service; readers whose `resource` is another object belong to a service made by `forService`. */
  readonly resource: Resource;
  /**
   * Runs the callbacks of observable instruments, waits for asynchronous ones (up to their time limit), and gives a reader per metric,
   * sorted by name. With `gather`, those of all processes and threads of the group; rejects only then, when they cannot be had.
   */
  open(): Promise<readonly MetricReader[]>;
  /**
   * Calls `listener` at once and whenever it changes: whether this process is the one of its group that exports, and so the one to listen
   * on a port. Without `gather` it always is.
   */
  onLead?(listener: (leads: boolean) => void): void;
  /** Tells `onError` about a problem, once for each subject; for what is wrong but not worth failing a scrape. */
  problem(subject: string, message: string): void;
}
