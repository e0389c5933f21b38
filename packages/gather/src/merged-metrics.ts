import {
  type Clock,
  type MetricReader,
  type NumberPoint,
  type Point,
  type Resource,
  type SeriesAttributes,
  scopeKey,
} from '@telltale/core';
import { type GaugeRule, gaugeRule, mergeGauges, weightOf } from './gauge-rules.ts';
import { addPoints, hasFallen, isSummable, newestExemplars, type Sum } from './merge-points.ts';
import { decodeMetric, type MetricHead } from './metric-codec.ts';
import {
  decodeAttributes,
  decodePoint,
  type EncodedAttributes,
  encodeAttributes,
  list,
  number,
} from './point-codec.ts';
import { ResourceTable } from './resource-table.ts';
import type { Message } from './wire.ts';

/** Members that have ended whose series are kept, where each process has its own. */
const MAX_ENDED = 16;

export interface MergedMetricsOptions {
  readonly resource: Resource;
  readonly clock: Clock;
  readonly maxSeries: number;
  readonly expireAfter: number | undefined;
  readonly gauges: Readonly<Record<string, GaugeRule>>;
  readonly distinguish: boolean;
  readonly problem: (subject: string, message: () => string) => void;
}

/** Someone whose metrics are merged. The numbers of metrics and series are its own. */
export class Contributor {
  readonly id: string;
  readonly pid: number;
  readonly threadId: number;
  /** Its attributes say already which process it is. */
  readonly marked: boolean;
  readonly metrics: (MergedMetric | undefined)[] = [];
  readonly series: (MergedSeries | undefined)[];
  /** All that has a part of it. */
  readonly parts = new Set<MergedSeries>();
  /** The same one before its connection was lost: its parts count until this one has told its own. */
  former: Contributor | undefined = undefined;

  constructor(id: string, pid: number, threadId: number, marked = false, series: Contributor['series'] = []) {
    this.id = id;
    this.marked = marked;
    this.series = series;
    this.pid = pid;
    this.threadId = threadId;
  }
}

/** One series of all members. */
export interface MergedSeries {
  /** Never given again, rising. */
  readonly id: number;
  readonly metric: MergedMetric;
  readonly key: string;
  readonly attributes: SeriesAttributes;
  readonly encoded: EncodedAttributes;
  /** What those have counted that are gone. */
  retained: Sum | undefined;
  readonly parts: Map<Contributor, Sum>;
  /** Monotonic seconds of the last change. */
  touched: number;
}

export interface MergedMetric extends MetricHead {
  readonly number: number;
  readonly resource: Resource;
  readonly rule: GaugeRule;
  readonly series: Map<string, MergedSeries>;
}

/**
 * The metrics of all members as one: per series the last total of each living member, and the sum of those who are gone. Totals replace
 * each other, so nothing that is told twice counts twice.
 */
export class MergedMetrics {
  private readonly options: MergedMetricsOptions;
  private readonly metrics = new Map<string, MergedMetric>();
  private readonly resources: ResourceTable;
  private readonly ended: MergedSeries[][] = [];
  private metricCount = 0;
  private seriesCount = 0;
  private count = 0;

  constructor(options: MergedMetricsOptions) {
    this.options = options;
    this.resources = new ResourceTable(options.resource);
  }

  get size(): number {
    return this.count;
  }

  /** The id that the next new series will have. */
  get nextId(): number {
    return this.seriesCount;
  }

  /** Takes what `Changes` told. Throws for what no process of ours sends. */
  apply(from: Contributor, [kind, items]: Message): void {
    switch (kind) {
      case 'metrics':
        for (const item of list(items)) this.define(from, item);
        return;
      case 'series':
        for (const item of list(items)) this.defineSeries(from, list(item));
        return;
      case 'points':
        for (const item of list(items)) this.take(from, list(item));
        return;
      case 'gone':
        for (const item of list(items)) {
          const series = from.series[number(item)];
          if (series !== undefined) this.part(from, series);
        }
        return;
      default:
        throw new Error(`a message of the kind "${kind}"`);
    }
  }

  /** A member has told all it has: what only its former self had is gone. */
  complete(from: Contributor): void {
    for (const series of from.former?.parts ?? []) this.part(from.former as Contributor, series);
    from.former = undefined;
  }

  /** Its gauges and up-down counters go at once; its totals stay as they are, for it may come back. */
  lose(from: Contributor): void {
    for (const series of from.parts) if (!isSummable(series.metric.type)) this.withdraw(from, series);
  }

  /** Someone else tells what it had. */
  drop(from: Contributor): void {
    for (const series of from.parts) this.withdraw(from, series);
  }

  /** It has ended: its totals are kept. */
  retain(from: Contributor): void {
    const own = [...from.parts];
    for (const series of own) this.part(from, series);
    if (!this.options.distinguish) return;
    this.ended.push(own.filter(({ retained }) => retained !== undefined));
    if (this.ended.length <= MAX_ENDED) return;
    for (const series of this.ended.shift() ?? []) {
      series.retained = undefined;
      this.tidy(series);
    }
  }

  /** One per metric that has series, by name: with the points given, or those that are merged while they are read. */
  readers(pointsOf?: (metric: MergedMetric) => IterableIterator<Point> | undefined): readonly MetricReader[] {
    this.expire();
    const now = this.options.clock.now();
    const metrics = pointsOf === undefined ? this.sorted() : this.sorted().filter((metric) => pointsOf(metric));
    return metrics.map((metric) => {
      const { name, description, unit, scope, resource, type, boundaries } = metric;
      return {
        ...{ name, description, unit, scope, resource, type, temporality: 'cumulative' },
        ...(type === 'histogram' && { boundaries }),
        size: metric.series.size,
        read: () => pointsOf?.(metric) ?? this.read(metric, now),
      } as MetricReader;
    });
  }

  /** All metrics, by name. */
  sorted(): readonly MergedMetric[] {
    return [...this.metrics.values()]
      .filter(({ series }) => series.size > 0)
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  }

  /** The point of all members; `undefined` when none has one. */
  merged(series: MergedSeries, now: number): Point | undefined {
    const { metric, attributes, parts, retained } = series;
    const { type, boundaries } = metric;
    if (type === 'gauge') return this.mergedGauge(series, now);
    let sum: Sum | undefined = retained;
    for (const part of parts.values()) sum = sum === undefined ? part : addPoints(type, boundaries, sum, part);
    if (sum === undefined) return undefined;
    const { rest: _rest, ...point } = sum;
    return { ...point, attributes, time: now };
  }

  /** The series with these attributes, which is made if there is none and room for one. */
  seriesOf(metric: MergedMetric, attributes: SeriesAttributes): MergedSeries | undefined {
    const encoded = encodeAttributes(attributes);
    const key = JSON.stringify(encoded);
    let series = metric.series.get(key);
    if (series !== undefined) return series;
    if (this.count >= this.options.maxSeries) {
      this.options.problem(
        'series',
        () =>
          `The processes of this group have more than ${this.options.maxSeries} series together: further ones are left out. Raise cardinality.total, or use fewer attributes.`,
      );
      return undefined;
    }
    const touched = this.options.clock.monotonic();
    const id = this.seriesCount++;
    series = { id, metric, key, attributes, encoded, retained: undefined, parts: new Map(), touched };
    metric.series.set(key, series);
    this.count++;
    return series;
  }

  /** The metric that a process means; `undefined` when it cannot be merged with what there is of that name. */
  metricOf(encoded: unknown): MergedMetric | undefined {
    const { head, resource: attributes } = decodeMetric(encoded);
    const { key: service, resource } = this.resources.of(attributes);
    const key = `${service}\n${scopeKey(head.scope)}\n${head.name.toLowerCase()}`;
    const known = this.metrics.get(key);
    if (known !== undefined) {
      const fits = known.type === head.type && known.boundaries.join() === head.boundaries.join();
      if (fits) return known;
      this.options.problem(
        `metric ${head.name}`,
        () =>
          `"${head.name}" is ${described(known)} in one process of this group and ${described(head)} in another; the second is left out. Define it alike in both.`,
      );
      return undefined;
    }
    const rule = gaugeRule(head.name, this.options.gauges);
    const metric = { ...head, number: this.metricCount++, resource, rule, series: new Map() };
    this.metrics.set(key, metric);
    return metric;
  }

  private define(from: Contributor, encoded: unknown): void {
    from.metrics[number(list(encoded)[0])] = this.metricOf(encoded);
  }

  private defineSeries(from: Contributor, [id, metricNumber, encoded]: readonly unknown[]): void {
    const metric = from.metrics[number(metricNumber)];
    if (metric === undefined) return;
    const attributes = decodeAttributes(encoded);
    const marks = this.options.distinguish && !from.marked;
    from.series[number(id)] = this.seriesOf(metric, marks ? marked(attributes, from) : attributes);
  }

  private take(from: Contributor, encoded: readonly unknown[]): void {
    const id = number(encoded[0]);
    let series = from.series[id];
    if (series !== undefined && series.metric.series.get(series.key) !== series) {
      // Nobody had a part of it for a moment, so it was given up.
      series = this.seriesOf(series.metric, series.attributes);
      from.series[id] = series;
    }
    if (series === undefined) return;
    const { metric, parts, attributes } = series;
    const point = decodePoint(metric.type, metric.boundaries, attributes, encoded);
    const { former } = from;
    const before = parts.get(from) ?? (former && parts.get(former));
    if (before !== undefined && isSummable(metric.type) && hasFallen(point, before)) this.keep(series, before);
    parts.set(from, point);
    from.parts.add(series);
    if (former !== undefined) this.withdraw(former, series);
    series.touched = this.options.clock.monotonic();
  }

  /** A part that will not come again: its total is kept. */
  private part(from: Contributor, series: MergedSeries): void {
    const point = series.parts.get(from);
    if (point === undefined) return;
    if (isSummable(series.metric.type)) this.keep(series, point);
    this.withdraw(from, series);
  }

  private keep(series: MergedSeries, point: Point): void {
    const { type, boundaries } = series.metric;
    // Whose quantiles they are is no more.
    const total = 'quantiles' in point ? { ...point, quantiles: blank(point.quantiles) } : point;
    const { retained } = series;
    series.retained = retained === undefined ? total : addPoints(type, boundaries, retained, total);
  }

  private withdraw(from: Contributor, series: MergedSeries): void {
    series.parts.delete(from);
    from.parts.delete(series);
    this.tidy(series);
  }

  private tidy(series: MergedSeries): void {
    if (series.parts.size > 0 || series.retained !== undefined) return;
    if (series.metric.series.delete(series.key)) this.count--;
  }

  /** Forgets what is gone for longer than series live. */
  expire(): void {
    const { expireAfter, clock } = this.options;
    if (expireAfter === undefined) return;
    const oldest = clock.monotonic() - expireAfter;
    for (const { series } of this.metrics.values()) {
      for (const one of series.values()) {
        if (one.parts.size > 0 || one.touched > oldest) continue;
        one.retained = undefined;
        this.tidy(one);
      }
    }
  }

  private mergedGauge(series: MergedSeries, now: number): Point | undefined {
    const { metric, attributes, parts, key } = series;
    const weights = this.weights(metric, key);
    const values = [...parts].map(([from, part]) => {
      const { value, time } = part as NumberPoint;
      return { value, time, weight: (weights?.get(from) as NumberPoint | undefined)?.value ?? 0 };
    });
    const value = mergeGauges(metric.rule, values);
    if (value === undefined) return undefined;
    const startTime = Math.min(...[...parts.values()].map((part) => part.startTime));
    return { attributes, startTime, time: now, value, ...newestExemplars(parts.values() as Iterable<NumberPoint>) };
  }

  private weights(metric: MergedMetric, key: string): ReadonlyMap<Contributor, Point> | undefined {
    const name = metric.rule === 'mean' ? weightOf(metric.name) : undefined;
    if (name === undefined) return undefined;
    const service = this.resources.keyOf(metric.resource);
    const other = this.metrics.get(`${service}\n${scopeKey(metric.scope)}\n${name}`);
    return other?.series.get(key)?.parts;
  }

  private *read(metric: MergedMetric, now: number): IterableIterator<Point> {
    for (const series of metric.series.values()) {
      const point = this.merged(series, now);
      if (point !== undefined) yield point;
    }
  }
}

function blank(quantiles: readonly { readonly quantile: number }[]) {
  return quantiles.map(({ quantile }) => ({ quantile, value: Number.NaN }));
}

/** Which process, and in a thread which thread; keys stay sorted. */
function marked(attributes: SeriesAttributes, { pid, threadId }: Contributor): SeriesAttributes {
  const entries = Object.entries({ ...attributes, 'process.pid': pid, ...(threadId > 0 && { 'thread.id': threadId }) });
  return Object.freeze(Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))));
}

function described({ type, boundaries }: MetricHead): string {
  return type === 'histogram' ? `a histogram with the buckets [${boundaries.join(', ')}]` : `a metric of type ${type}`;
}
