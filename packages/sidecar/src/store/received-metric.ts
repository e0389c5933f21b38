import type { InstrumentationScope, Metric, MetricReader, MetricType, Point, Resource } from '@telltale/core';
import type { ReceivedSeries } from './received-series.ts';

/** What a metric is, as it was told. */
export interface MetricHead {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly type: MetricType;
  /** Of histograms; empty for all others. */
  readonly boundaries: readonly number[];
  /** Its values came as whole numbers. */
  readonly whole: boolean;
}

/** A metric of one service with its series. */
export class ReceivedMetric {
  readonly key: string;
  /** Without points: what all of them have in common. */
  readonly metric: Metric;
  readonly series: Map<string, ReceivedSeries>;
  readonly reader: MetricReader;
  private readonly head: MetricHead;

  constructor(
    key: string,
    head: MetricHead,
    scope: InstrumentationScope,
    resource: Resource,
    series = new Map<string, ReceivedSeries>(),
  ) {
    const { name, description, unit, type, boundaries, whole } = head;
    this.key = key;
    this.head = head;
    this.series = series;
    const descriptor = {
      ...{ name, description, unit, scope, resource, type, temporality: 'cumulative' },
      ...(type === 'histogram' && { boundaries: Object.freeze([...boundaries]) }),
      ...(whole && { valueType: 'int' }),
    };
    this.metric = Object.freeze({ ...descriptor, points: Object.freeze([]) }) as Metric;
    this.reader = Object.freeze({
      ...descriptor,
      get size() {
        return series.size;
      },
      read: () => this.read(),
    }) as MetricReader;
  }

  /** The same series, of a service that says other things of itself now. */
  of(resource: Resource): ReceivedMetric {
    return new ReceivedMetric(this.key, this.head, this.metric.scope, resource, this.series);
  }

  private *read(): IterableIterator<Point> {
    for (const series of this.series.values()) {
      const point = series.read(this.metric);
      if (point !== undefined) yield point;
    }
  }
}
