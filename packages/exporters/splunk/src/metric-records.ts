import type { Metric, MetricsSnapshot, Point, Resource } from '@telltale/core';
import { type HecRecord, hecRecord, identityOf } from './hec-record.ts';
import { type MetricValue, metricValues } from './metric-values.ts';
import type { NameSpeller } from './name-speller.ts';
import type { Settings } from './settings.ts';

/** Keeps series apart whose dimensions became the same. */
const APART = 'duplicate';

type Fields = Record<string, string | number>;

export interface Spelling {
  readonly metrics: NameSpeller;
  readonly dimensions: NameSpeller;
}

/** What becomes of each point of a snapshot. */
export interface MetricRecords {
  readonly records: readonly HecRecord[];
  /** Gauges that have no number to tell. */
  readonly nothing: readonly Point[];
  readonly refused: readonly { readonly point: Point; readonly reason: string }[];
}

/** Values with one time and the same dimensions. */
interface Group {
  readonly time: number;
  readonly resource: Resource;
  readonly fields: Fields;
  readonly values: Fields;
  readonly points: Set<Point>;
}

/** A snapshot as events with several metrics each ("Get metrics in from other sources"): all values that have the same time and dimensions are one. */
export function metricRecords(snapshot: MetricsSnapshot, settings: Settings, spelling: Spelling): MetricRecords {
  const grouping = new Grouping(settings, spelling);
  for (const metric of snapshot.metrics) grouping.add(metric);
  const { nothing, refused } = grouping;
  const records = [...grouping.groups.values()].map(({ time, resource, fields, values, points }) =>
    hecRecord('metrics', time, resource, { event: 'metric', fields: { ...fields, ...values } }, [...points], settings),
  );
  return { records, nothing, refused };
}

class Grouping {
  readonly groups = new Map<string, Group>();
  readonly nothing: Point[] = [];
  readonly refused: { readonly point: Point; readonly reason: string }[] = [];
  private readonly settings: Settings;
  private readonly spelling: Spelling;
  private readonly owners = new Map<Group, Map<string, Point>>();

  constructor(settings: Settings, spelling: Spelling) {
    this.settings = settings;
    this.spelling = spelling;
  }

  add(metric: Metric): void {
    const identity = identityOf(metric.resource, this.settings);
    for (const point of metric.points) {
      const values = metricValues(metric, point, this.settings);
      if (typeof values === 'string') this.refused.push({ point, reason: `${metric.name}: ${values}` });
      else if (values.length === 0) this.nothing.push(point);
      else this.addPoint(metric, point, this.dimensionsOf(identity, point), values);
    }
  }

  private addPoint(metric: Metric, point: Point, dimensions: Fields, values: readonly MetricValue[]): void {
    for (const { suffix, value, le } of values) {
      const name = `metric_name:${this.spelling.metrics.spell(metric.name + suffix)}`;
      const fields = le === undefined ? dimensions : { ...dimensions, le };
      const group = this.groupFor(metric.resource, point, fields, name);
      group.values[name] = value;
      group.points.add(point);
      this.owners.get(group)?.set(name, point);
    }
  }

  /** The event with these dimensions in which no other series has the metric. */
  private groupFor(resource: Resource, point: Point, dimensions: Fields, name: string): Group {
    for (let n = 1; ; n++) {
      const fields = n === 1 ? dimensions : { ...dimensions, [APART]: String(n) };
      const key = JSON.stringify([point.time.toFixed(3), Object.entries(resource.attributes), fields]);
      const group = this.groups.get(key);
      if (group === undefined) {
        const made: Group = { time: point.time, resource, fields, values: {}, points: new Set() };
        this.groups.set(key, made);
        this.owners.set(made, new Map());
        return made;
      }
      if (!this.owners.get(group)?.has(name)) return group;
    }
  }

  /** An empty dimension is refused, or the same as none. */
  private dimensionsOf(identity: Readonly<Record<string, string>>, { attributes }: Point): Fields {
    const all = Object.entries({ ...identity, ...attributes }).filter(([, value]) => value !== '');
    return Object.fromEntries(all.map(([key, value]) => [this.spelling.dimensions.spell(key), String(value)]));
  }
}
