import type { MetricReader, Point, Resource, SeriesAttributes } from '@telltale/core';
import { decodeMetric, type MetricHead } from './metric-codec.ts';
import { decodeAttributes, decodePoint, list, number } from './point-codec.ts';
import { ResourceTable } from './resource-table.ts';
import type { Message } from './wire.ts';

type ViewedMetric = MetricHead & { readonly resource: Resource };

interface ViewedSeries {
  readonly metric: ViewedMetric;
  /** The same object in each answer. */
  readonly attributes: SeriesAttributes;
}

/** The metrics of the whole group, as the gatherer tells them to a member that is asked for them. */
export class MergedView {
  private readonly resources: ResourceTable;
  private readonly metrics: ViewedMetric[] = [];
  private series = new Map<number, ViewedSeries>();
  private answer = new Map<ViewedMetric, Point[]>();
  private seen = new Map<number, ViewedSeries>();

  constructor(own: Resource) {
    this.resources = new ResourceTable(own);
  }

  /** Takes a part of an answer. Throws for what no gatherer sends. */
  apply([kind, items]: Message): void {
    for (const item of list(items)) {
      if (kind === 'metrics') {
        const { number: at, head, resource } = decodeMetric(item);
        this.metrics[at] = { ...head, resource: this.resources.of(resource).resource };
      } else if (kind === 'series') {
        this.define(list(item));
      } else {
        this.take(list(item));
      }
    }
  }

  /** The answer is complete. */
  end(): readonly MetricReader[] {
    const readers = [...this.answer].map(([metric, points]) => {
      const { boundaries, ...rest } = metric;
      return {
        ...rest,
        ...(metric.type === 'histogram' && { boundaries }),
        temporality: 'cumulative',
        size: points.length,
        read: () => points.values(),
      } as MetricReader;
    });
    this.answer = new Map();
    // What was not in the answer is gone for good.
    this.series = this.seen;
    this.seen = new Map();
    return readers;
  }

  private define([id, metricNumber, encoded]: readonly unknown[]): void {
    const metric = this.metrics[number(metricNumber)];
    if (metric === undefined) throw new Error('a series of a metric that is not known');
    const at = number(id);
    if (!this.series.has(at)) this.series.set(at, { metric, attributes: decodeAttributes(encoded) });
  }

  private take(encoded: readonly unknown[]): void {
    const id = number(encoded[0]);
    const series = this.series.get(id);
    if (series === undefined) throw new Error('a point of a series that is not known');
    this.seen.set(id, series);
    const { metric, attributes } = series;
    const point = decodePoint(metric.type, metric.boundaries, attributes, encoded);
    const points = this.answer.get(metric);
    if (points === undefined) this.answer.set(metric, [point]);
    else points.push(point);
  }
}
