import type { InstrumentationScope, MetricType, Pace, Temporality } from '@telltale/core';
import type { AttributeReader } from '../otlp/attributes.ts';
import { isGiven, listIn, Malformed, messageIn, numberIn, type RawMessage, textIn } from '../otlp/raw-values.ts';
import { boundariesIn, isEnd, PointReader } from '../otlp/read-points.ts';
import type { OtlpCodec, PartName } from '../otlp/requests.ts';
import type { MetricStore } from '../store/metric-store.ts';
import type { MetricHead, ReceivedMetric } from '../store/received-metric.ts';
import type { ReceivedService } from '../store/received-service.ts';
import type { Tally } from './tally.ts';

const POINTS_PER_LOOK = 20;
const MAX_NAME = 255;
const MAX_TEXT = 1024;

/** opentelemetry/proto/metrics/v1/metrics.proto: `AggregationTemporality`. */
const TEMPORALITIES: readonly (Temporality | undefined)[] = [undefined, 'delta', 'cumulative'];

/** The fields of `Metric` that hold points, and what these are. */
const DATA = {
  gauge: 'NumberPoint',
  sum: 'NumberPoint',
  histogram: 'HistogramPoint',
  exponentialHistogram: 'ExponentialPoint',
  summary: 'SummaryPoint',
} as const satisfies Record<string, PartName>;

interface Data {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly type: MetricType;
  readonly part: (typeof DATA)[keyof typeof DATA];
  readonly temporality: Temporality;
  readonly points: readonly unknown[];
}

/** Takes metrics into the store, point by point. */
export class MetricIntake {
  private readonly codec: OtlpCodec;
  private readonly store: MetricStore;
  private readonly attributes: AttributeReader;
  private readonly points: PointReader;

  constructor(codec: OtlpCodec, store: MetricStore, attributes: AttributeReader) {
    this.codec = codec;
    this.store = store;
    this.attributes = attributes;
    this.points = new PointReader(attributes);
  }

  async take(
    item: unknown,
    service: ReceivedService,
    scope: InstrumentationScope,
    now: number,
    tally: Tally,
    pace: Pace,
  ): Promise<void> {
    const data = this.dataOf(item, tally);
    if (data === undefined) return;
    let metric: ReceivedMetric | undefined;
    let seen = 0;
    for (const raw of data.points) {
      if (++seen % POINTS_PER_LOOK === 0 && pace.over()) await pace.rest();
      try {
        metric = this.takePoint(raw, data, service, scope, now, metric, tally);
      } catch (error) {
        if (!(error instanceof Malformed)) throw error;
        tally.malformed(error);
      }
    }
  }

  /** Points of a metric. */
  sizeOf(item: unknown): number {
    try {
      const message = this.codec.part('Metric', item);
      const field = fieldOf(message);
      return field === undefined ? 1 : listIn(messageIn(message[field], field).dataPoints, 'dataPoints').length;
    } catch {
      return 1;
    }
  }

  private takePoint(
    raw: unknown,
    data: Data,
    service: ReceivedService,
    scope: InstrumentationScope,
    now: number,
    last: ReceivedMetric | undefined,
    tally: Tally,
  ): ReceivedMetric {
    const { part, temporality } = data;
    const message = this.codec.part(part, raw);
    const attributes = this.attributes.read(message.attributes);
    const metric = this.metricOf(message, data, service, scope, last);
    if (isEnd(message)) {
      this.store.end(service, metric, attributes);
      tally.accepted++;
      return metric;
    }
    const refusal = this.store.refusalOf(service, metric, attributes);
    if (refusal !== undefined) {
      tally.reject(1, refusal);
      return metric;
    }
    const taken = this.store.take(service, metric, attributes, temporality, (own) =>
      this.points.read(part, message, own, now),
    );
    tally.accepted++;
    if (taken === 'repeated') tally.repeated++;
    return metric;
  }

  /** Points of a histogram may have boundaries of their own; those of the last are likely the same. */
  private metricOf(
    message: RawMessage,
    { name, description, unit, type }: Data,
    service: ReceivedService,
    scope: InstrumentationScope,
    last: ReceivedMetric | undefined,
  ): ReceivedMetric {
    const boundaries = type === 'histogram' ? boundariesIn(message) : NONE;
    const before = last?.metric.type === 'histogram' ? last.metric.boundaries : NONE;
    const same = boundaries.length === before.length && boundaries.every((bound, i) => bound === before[i]);
    if (last !== undefined && same) return last;
    const whole = isGiven(message, 'asInt');
    const head: MetricHead = { name, description, unit, type, boundaries, whole };
    return this.store.metric(service, scope, head);
  }

  private dataOf(item: unknown, tally: Tally): Data | undefined {
    try {
      const message = this.codec.part('Metric', item);
      const name = textIn(message.name, 'the name of a metric');
      if (name === '' || name.length > MAX_NAME)
        throw new Malformed('a metric has no name, or a longer one than 255 characters');
      const field = fieldOf(message);
      // Nothing was recorded, or it is a kind that came after this version.
      if (field === undefined) return undefined;
      const data = messageIn(message[field], field);
      const temporality = TEMPORALITIES[numberIn(data.aggregationTemporality, 'aggregationTemporality')];
      const points = listIn(data.dataPoints, 'dataPoints');
      const needsTemporality = field !== 'gauge' && field !== 'summary';
      if (needsTemporality && temporality === undefined) {
        tally.reject(points.length, 'the aggregationTemporality is neither delta nor cumulative');
        return undefined;
      }
      return {
        name,
        description: textIn(message.description, 'the description of a metric').slice(0, MAX_TEXT).toWellFormed(),
        unit: textIn(message.unit, 'the unit of a metric').slice(0, MAX_TEXT).toWellFormed(),
        type: field === 'sum' ? (data.isMonotonic === true ? 'counter' : 'upDownCounter') : field,
        part: DATA[field],
        temporality: needsTemporality ? (temporality as Temporality) : 'cumulative',
        points,
      };
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      tally.malformed(error);
      return undefined;
    }
  }
}

function fieldOf(message: RawMessage): keyof typeof DATA | undefined {
  return (Object.keys(DATA) as (keyof typeof DATA)[]).find((name) => isGiven(message, name));
}

const NONE: readonly number[] = Object.freeze([]);
