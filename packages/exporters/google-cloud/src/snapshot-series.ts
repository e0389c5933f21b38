import type { Metric, MetricsSnapshot, Point, Resource } from '@telltale/core';
import { keptApart, type Labels, labelKey } from './labels.ts';
import type { MetricTypes } from './metric-types.ts';
import { metricUnit } from './metric-unit.ts';
import type { MonitoredResource } from './monitored-resource.ts';
import type { Interval, SeriesTimes, TimedPoint } from './series-times.ts';
import { type Reading, readingsOf, type TimeSeries, valueTypeOf } from './time-series.ts';

export interface SnapshotOptions {
  readonly projectId: string;
  readonly types: MetricTypes;
  readonly times: SeriesTimes;
  readonly integers: readonly string[];
  /** Attributes of the resource that are labels of each series. */
  readonly resourceAttributes: readonly string[];
  resourceOf(resource: Resource, own: Resource): MonitoredResource;
}

/** A series as it is written, and what is to be kept of it when it was. */
export interface Draft {
  readonly series: TimeSeries;
  readonly key: string;
  readonly timed: TimedPoint;
  readonly interval: Interval;
}

/** What becomes of each point of a snapshot. */
export interface Drafts {
  readonly write: readonly { readonly point: Point; readonly drafts: readonly Draft[] }[];
  /** Gauges that have no number to tell. */
  readonly nothing: readonly Point[];
  /** Their last point is told as of so far ahead that they must wait. */
  readonly early: readonly Point[];
  readonly refused: readonly { readonly point: Point; readonly reason: string }[];
}

/** A snapshot as time series: no two of them the same, in the order of the snapshot. Sends nothing. */
export function draftsOf(snapshot: MetricsSnapshot, options: SnapshotOptions): Drafts {
  const drafting = new Drafting(snapshot.resource, options);
  for (const metric of snapshot.metrics) drafting.add(metric);
  options.times.nextSnapshot(drafting.seen.size);
  return drafting;
}

class Drafting implements Drafts {
  readonly write: { readonly point: Point; readonly drafts: readonly Draft[] }[] = [];
  readonly nothing: Point[] = [];
  readonly early: Point[] = [];
  readonly refused: { readonly point: Point; readonly reason: string }[] = [];
  /** Keys of the series so far. */
  readonly seen = new Set<string>();
  private readonly own: Resource;
  private readonly options: SnapshotOptions;

  constructor(own: Resource, options: SnapshotOptions) {
    this.own = own;
    this.options = options;
  }

  add(metric: Metric): void {
    const resource = this.options.resourceOf(metric.resource, this.own);
    const shared = this.resourceLabels(metric.resource);
    for (const point of metric.points) this.addPoint(metric, point, resource, shared);
  }

  private addPoint(metric: Metric, point: Point, resource: MonitoredResource, shared: Labels): void {
    const readings = readingsOf(metric, point, this.options);
    if (typeof readings === 'string') {
      this.refused.push({ point, reason: `${metric.name}: ${readings}` });
      return;
    }
    if (readings.length === 0) this.nothing.push(point);
    const drafts: Draft[] = [];
    for (const reading of readings) {
      const draft = this.draftOf(metric, point, reading, resource, shared);
      if (typeof draft === 'string') {
        this.refused.push({ point, reason: draft });
        return;
      }
      if (draft === undefined) {
        this.early.push(point);
        return;
      }
      drafts.push(draft);
    }
    if (drafts.length > 0) this.write.push({ point, drafts });
  }

  private draftOf(
    metric: Metric,
    point: Point,
    { suffix, kind, value, labels: own }: Reading,
    resource: MonitoredResource,
    shared: Labels,
  ): Draft | string | undefined {
    const valueType = valueTypeOf(value);
    const type = this.options.types.of(metric, suffix, kind, valueType);
    if (typeof type === 'string') return type;
    const [labels, key] = this.unused(
      { ...type.labels.labelsOf(point.attributes), ...shared, ...own },
      type.type,
      resource,
    );
    const { attributes, startTime, time } = point;
    const timed = { attributes, startTime, time, total: 'count' in point ? point.count : point.value };
    const interval = this.options.times.intervalOf(key, kind === 'CUMULATIVE', timed);
    if (interval === undefined) return undefined;
    const unit = suffix === '.count' ? '1' : metricUnit(metric.unit);
    const series: TimeSeries = {
      metric: { type: type.type, labels },
      resource,
      metricKind: kind,
      valueType,
      ...(unit !== '' && { unit }),
      ...(metric.description !== '' && { description: metric.description.toWellFormed() }),
      points: [
        {
          interval: {
            ...(interval.start !== undefined && { startTime: new Date(interval.start).toISOString() }),
            endTime: new Date(interval.end).toISOString(),
          },
          value,
        },
      ],
    };
    return { series, key, timed, interval };
  }

  /** Labels that no other series of the snapshot has, and the key of the series with them. */
  private unused(labels: Labels, type: string, resource: MonitoredResource): readonly [Labels, string] {
    let apart = labels;
    let key = keyOf(type, apart, resource);
    for (let n = 2; this.seen.has(key); n++) {
      apart = keptApart(labels, n);
      key = keyOf(type, apart, resource);
    }
    this.seen.add(key);
    return [apart, key];
  }

  private resourceLabels({ attributes }: Resource): Labels {
    const chosen = this.options.resourceAttributes.filter((key) => attributes[key] !== undefined);
    return Object.fromEntries(chosen.map((key) => [labelKey(key), String(attributes[key]).toWellFormed()]));
  }
}

/** What tells one series from all others there. */
function keyOf(type: string, labels: Labels, resource: MonitoredResource): string {
  const sorted = Object.keys(labels)
    .sort()
    .map((key) => [key, labels[key]]);
  return JSON.stringify([type, sorted, Object.values(resource.labels)]);
}
