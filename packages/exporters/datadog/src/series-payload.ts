import type {
  ExponentialHistogramPoint,
  HistogramPoint,
  Metric,
  MetricsSnapshot,
  NumberPoint,
  Point,
  Resource,
  SummaryPoint,
} from '@telltale/core';
import { type BucketValue, bucketValues, type Parcel } from '@telltale/exporter-kit';
import {
  attributeTags,
  datadogName,
  datadogTag,
  identityOf,
  identityTags,
  type Tag,
  TakenSeries,
} from '@telltale/exporter-statsd';
import type { DatadogSettings } from './datadog-options.ts';
import { datadogUnit } from './datadog-unit.ts';
import { SeriesTimes } from './series-times.ts';

/** Types of https://docs.datadoghq.com/api/latest/metrics/#submit-metrics. */
const COUNT = 1;
const GAUGE = 3;
/** Values that a point of a distribution may have here: more are sent as several points, so that none makes a request too large. */
const MAX_VALUES = 250_000;
/** Of values of histograms, which are there as often as they were observed. */
const DIGITS = 9;

/** A part of a point: what is behind it is counted twice if it is sent again. */
export interface DistributionPart {
  /** The JSON of a series with one point. */
  readonly json: string;
  readonly point: Point;
  readonly last: boolean;
}

export interface SeriesPayload {
  /** The JSON of the series of a point, for `/api/v2/series`. */
  readonly series: readonly Parcel<readonly string[]>[];
  /** For `/api/v1/distribution_points`. */
  readonly distributions: readonly Parcel<DistributionPart>[];
  /** Points of which there is nothing to send: not a number, or nothing recorded. */
  readonly silent: readonly Point[];
}

/** Turns snapshots of differences into what Datadog takes. Remembers only times and spellings. */
export class SeriesPayloads {
  private readonly settings: Pick<DatadogSettings, 'host' | 'tags' | 'instanceTag'>;
  private readonly times = new SeriesTimes();
  private readonly taken = new TakenSeries();

  constructor(settings: Pick<DatadogSettings, 'host' | 'tags' | 'instanceTag'>) {
    this.settings = settings;
  }

  payload({ time, metrics }: MetricsSnapshot): SeriesPayload {
    const series: Parcel<readonly string[]>[] = [];
    const distributions: Parcel<DistributionPart>[] = [];
    const silent: Point[] = [];
    for (const metric of metrics) {
      const fixed = [...this.settings.tags, ...resourceTags(metric.resource, this.settings.instanceTag)];
      const host = this.settings.host ?? hostOf(metric.resource);
      for (const point of metric.points as readonly Point[]) {
        const parts = isHistogram(metric) ? this.distribution(metric, point as HistogramPoint, fixed, host, time) : [];
        const rows = isHistogram(metric) ? [] : this.rows(metric, point, fixed, host, time);
        if (parts.length + rows.length === 0) silent.push(point);
        if (rows.length > 0) series.push({ payload: rows, items: [point] });
        distributions.push(...parts.map((payload) => ({ payload, items: payload.last ? [point] : [] })));
      }
    }
    return { series, distributions, silent };
  }

  /** Datadog has these: the next differences of their series have times of their own. */
  acknowledge(points: Iterable<Point>): void {
    for (const point of points) this.times.taken(point);
  }

  private rows(
    metric: Metric,
    point: Point,
    fixed: readonly Tag[],
    host: string | undefined,
    now: number,
  ): readonly string[] {
    const row = (suffix: string, value: number, type: number, more: readonly Tag[] = [], unit?: string): string[] => {
      if (!Number.isFinite(value)) return [];
      const counted = type === COUNT;
      const { name, tags } = this.spelt(`${metric.name}${suffix}`, point, [...more, ...fixed]);
      return [
        JSON.stringify({
          metric: name,
          type,
          ...(counted && { interval: Math.max(1, Math.round(point.time - point.startTime)) }),
          points: [{ timestamp: counted ? this.times.of(point, now) : Math.floor(point.time), value }],
          tags,
          ...(host !== undefined && { resources: [{ type: 'host', name: host }] }),
          ...(unit !== undefined && { unit }),
        }),
      ];
    };
    const unit = datadogUnit(metric.unit);
    if (metric.type !== 'summary') {
      const { value } = point as NumberPoint;
      return row('', value, metric.type === 'counter' ? COUNT : GAUGE, [], unit);
    }
    const { count, sum, quantiles } = point as SummaryPoint;
    return [
      ...row('.count', count, COUNT),
      ...row('.sum', sum, COUNT, [], unit),
      ...quantiles.flatMap(({ quantile, value }) =>
        row('.quantile', value, GAUGE, [['quantile', String(quantile)]], unit),
      ),
    ];
  }

  private distribution(
    metric: Metric,
    point: HistogramPoint | ExponentialHistogramPoint,
    fixed: readonly Tag[],
    host: string | undefined,
    now: number,
  ): readonly DistributionPart[] {
    const boundaries = metric.type === 'histogram' ? metric.boundaries : undefined;
    const values = bucketValues(point, boundaries, { digits: DIGITS });
    if (values.length === 0) return [];
    const { name, tags } = this.spelt(metric.name, point, fixed);
    const time = this.times.of(point, now);
    const parts = repeated(values);
    return parts.map((list, i) => {
      const rest = JSON.stringify({ metric: name, tags, ...(host !== undefined && { host }) });
      return { json: `${rest.slice(0, -1)},"points":[[${time},[${list}]]]}`, point, last: i === parts.length - 1 };
    });
  }

  private spelt(
    name: string,
    { attributes }: Point,
    fixed: readonly Tag[],
  ): { readonly name: string; readonly tags: readonly string[] } {
    const pairs = [...attributeTags(attributes), ...fixed];
    const spelt = { name: datadogName(name), tags: [] as readonly string[] };
    this.taken.spell(identityOf(name, pairs, attributes), (mark) => {
      const marked: readonly Tag[] = mark === undefined ? pairs : [...pairs, ['clash', mark]];
      spelt.tags = [...new Set(marked.map(([key, value]) => datadogTag(key, value)))];
      return `${spelt.name}|${spelt.tags.toSorted().join(',')}`;
    });
    return spelt;
  }
}

/** Who recorded it, and which of its processes: for series and logs alike. */
export function resourceTags(resource: Resource, instanceTag: boolean): readonly Tag[] {
  const instance = resource.attributes['service.instance.id'];
  return [
    ...identityTags(resource),
    ...(instanceTag && instance !== undefined ? [['service_instance', String(instance)] as const] : []),
  ];
}

export function hostOf({ attributes }: Resource): string | undefined {
  const host = attributes['host.name'];
  return host === undefined ? undefined : String(host);
}

/** Each value as often as it was observed, as the middle of a JSON array, in lists that are not too long. */
function repeated(values: readonly BucketValue[]): readonly string[] {
  const lists: string[] = [];
  let list = '';
  let free = MAX_VALUES;
  for (const [value, count] of values) {
    for (let left = count; left > 0; ) {
      if (free === 0) {
        lists.push(list.slice(0, -1));
        list = '';
        free = MAX_VALUES;
      }
      const now = Math.min(left, free);
      list += `${value},`.repeat(now);
      left -= now;
      free -= now;
    }
  }
  if (list !== '') lists.push(list.slice(0, -1));
  return lists;
}

function isHistogram({ type }: Metric): boolean {
  return type === 'histogram' || type === 'exponentialHistogram';
}
