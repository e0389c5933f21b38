import {
  type MetricReader,
  type MetricType,
  type Pace,
  type Point,
  type Resource,
  type SeriesAttributes,
  scopeKey,
} from '@telltale/core';
import { encodeMetric } from './metric-codec.ts';
import { encodeAttributes, encodePoint } from './point-codec.ts';
import type { Message } from './wire.ts';

/** Points, or definitions of series, in one message: small enough that reading it takes a millisecond. */
const PER_MESSAGE = 400;
/** Points between two looks at the time. */
const POINTS_PER_LOOK = 64;

interface SentSeries {
  readonly number: number;
  /** The count or value, and the sum or nothing, that were last told. */
  a: number;
  b: number;
  round: number;
}

interface SentMetric {
  readonly number: number;
  readonly series: Map<SeriesAttributes, SentSeries>;
  round: number;
}

/**
 * What of the metrics of this process changed since it was last told, as messages. Metrics and series are defined once and known by number
 * from then on; points are totals, so that one told twice, or to someone new, counts once.
 */
export class Changes {
  private metrics = new Map<string, SentMetric>();
  private metricCount = 0;
  private seriesCount = 0;
  private round = 0;
  private readonly resources = new WeakMap<Resource, number>();
  private resourceCount = 0;

  /** Everything is told anew: to another gatherer. */
  reset(): void {
    this.metrics = new Map();
    this.metricCount = 0;
    this.seriesCount = 0;
  }

  /**
   * Messages, and `undefined` whenever a slice is over: only there may others get their turn, for they may ask for changes, too, and what was read
   * before theirs must have been told before. `now` is the time of gauges that changed.
   */
  *since(readers: readonly MetricReader[], now: number, pace: Pace): Generator<Message | undefined> {
    const round = ++this.round;
    const batch = new Batch();
    let read = 0;
    for (const reader of readers) {
      const metric = this.metricOf(reader, batch);
      metric.round = round;
      const isGauge = reader.type === 'gauge';
      let seen = 0;
      for (const point of reader.read()) {
        seen++;
        this.note(reader.type, metric, point, isGauge ? now : point.time, round, batch);
        if (batch.size >= PER_MESSAGE) yield* batch.take();
        if (++read % POINTS_PER_LOOK !== 0 || !pace.over()) continue;
        yield* batch.take();
        yield undefined;
      }
      if (seen < metric.series.size) forget(metric, round, batch);
    }
    for (const [key, metric] of this.metrics) {
      if (metric.round >= round) continue;
      forget(metric, round, batch);
      this.metrics.delete(key);
    }
    yield* batch.take();
  }

  private metricOf(reader: MetricReader, batch: Batch): SentMetric {
    const { scope, resource, name, type } = reader;
    const key = `${this.resourceNumber(resource)}\n${scopeKey(scope)}\n${name}\n${type}`;
    let metric = this.metrics.get(key);
    if (metric === undefined) {
      metric = { number: this.metricCount++, series: new Map(), round: 0 };
      this.metrics.set(key, metric);
      batch.metrics.push(encodeMetric(metric.number, reader));
    }
    return metric;
  }

  private resourceNumber(resource: Resource): number {
    let number = this.resources.get(resource);
    if (number === undefined) {
      number = this.resourceCount++;
      this.resources.set(resource, number);
    }
    return number;
  }

  private note(type: MetricType, metric: SentMetric, point: Point, time: number, round: number, batch: Batch): void {
    const [a, b] = fingerprint(point);
    let sent = metric.series.get(point.attributes);
    if (sent === undefined) {
      sent = { number: this.seriesCount++, a, b, round };
      metric.series.set(point.attributes, sent);
      batch.series.push([sent.number, metric.number, encodeAttributes(point.attributes)]);
    } else {
      if (sent.round < round) sent.round = round;
      if (Object.is(sent.a, a) && Object.is(sent.b, b)) return;
      sent.a = a;
      sent.b = b;
    }
    batch.points.push(encodePoint(type, sent.number, point, time));
  }
}

/** Two numbers that are others when a point has changed. */
function fingerprint(point: Point): readonly [number, number] {
  if ('value' in point) return [point.value, 0];
  // Quantiles change by themselves, when the window moves on.
  if ('quantiles' in point) {
    return [point.count, point.quantiles.reduce((hash, { value }, i) => hash + (value || -1) * (i + 1), point.sum)];
  }
  return [point.count, point.sum];
}

function forget(metric: SentMetric, round: number, batch: Batch): void {
  for (const [attributes, series] of metric.series) {
    if (series.round >= round) continue;
    metric.series.delete(attributes);
    batch.gone.push(series.number);
  }
}

class Batch {
  readonly metrics: unknown[] = [];
  readonly series: unknown[] = [];
  readonly points: unknown[] = [];
  readonly gone: number[] = [];

  get size(): number {
    return this.series.length + this.points.length;
  }

  /** Definitions come before what needs them. */
  *take(): Generator<Message> {
    if (this.metrics.length > 0) yield ['metrics', this.metrics.splice(0)];
    if (this.series.length > 0) yield ['series', this.series.splice(0)];
    if (this.points.length > 0) yield ['points', this.points.splice(0)];
    if (this.gone.length > 0) yield ['gone', this.gone.splice(0)];
  }
}
