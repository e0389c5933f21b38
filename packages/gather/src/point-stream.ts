import type { Point } from '@telltale/core';
import type { MergedMetrics, MergedSeries } from './merged-metrics.ts';
import { encodeMetric } from './metric-codec.ts';
import { encodePoint } from './point-codec.ts';
import type { Message } from './wire.ts';

const PER_MESSAGE = 400;

/** What the other side knows: metrics by number, and series up to an id. */
export interface Known {
  readonly metrics: Set<number>;
  series: number;
}

/** The definitions of all series that pass, as messages. */
export function* definitionStream(
  merged: MergedMetrics,
  passes: (series: MergedSeries) => boolean,
): Generator<Message> {
  for (const metric of merged.sorted()) {
    const all = [...metric.series.values()].filter(passes);
    if (all.length === 0) continue;
    yield ['metrics', [encodeMetric(metric.number, metric)]];
    for (let i = 0; i < all.length; i += PER_MESSAGE) {
      const some = all.slice(i, i + PER_MESSAGE);
      yield ['series', some.map(({ id, encoded }) => [id, metric.number, encoded])];
    }
  }
}

/** One point of each series, with the definitions that are not known yet, as messages; without `known`, all are. */
export function* pointStream(
  merged: MergedMetrics,
  pointOf: (series: MergedSeries) => Point | undefined,
  known?: Known,
): Generator<Message> {
  const { nextId } = merged;
  for (const metric of merged.sorted()) {
    let definitions: unknown[] = [];
    let points: unknown[] = [];
    for (const series of metric.series.values()) {
      const point = pointOf(series);
      if (point === undefined) continue;
      if (known?.metrics.has(metric.number) === false) {
        known.metrics.add(metric.number);
        yield ['metrics', [encodeMetric(metric.number, metric)]];
      }
      if (known !== undefined && series.id >= known.series)
        definitions.push([series.id, metric.number, series.encoded]);
      points.push(encodePoint(metric.type, series.id, point));
      if (points.length < PER_MESSAGE) continue;
      if (definitions.length > 0) yield ['series', definitions];
      yield ['points', points];
      definitions = [];
      points = [];
    }
    if (definitions.length > 0) yield ['series', definitions];
    if (points.length > 0) yield ['points', points];
  }
  // Series that came meanwhile are defined once more the next time.
  if (known !== undefined) known.series = nextId;
}
