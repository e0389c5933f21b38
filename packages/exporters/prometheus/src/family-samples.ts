import type { ExponentialHistogramPoint, MetricReader, NumberPoint, Point, SummaryPoint } from '@telltale/core';
import { addBuckets, addExponentials, addNumbers, addSummaries } from './duplicates.ts';
import { countsOnGrid, type Grid } from './exponential-buckets.ts';
import type { Family, PlannedFamily, PlannedReader } from './families.ts';
import type { Pace } from './pace.ts';
import type { Buckets, NativeSeries, Series, SeriesSink } from './series.ts';

/**
 * Gives the sink all series of a family. Yields when a slice is over. Exponential histograms become plain ones with the family's boundaries;
 * with `keepExponential` they are there as well.
 */
export function* familySamples(
  planned: PlannedFamily,
  sink: SeriesSink,
  keepExponential: boolean,
  pace: Pace,
): Generator<void> {
  const { family, readers, overlapping } = planned;
  const fresh = readers.filter(({ texts }) => !texts.complete);
  for (const entry of fresh) yield* lookAhead(entry, family, pace);
  for (const { texts } of fresh) texts.complete = true;
  const grid = family.range.grid;
  const seriesOf = ({ reader }: PlannedReader): ToSeries | undefined =>
    converter(reader, family, grid, keepExponential);
  if (overlapping || family.labels.ambiguous) yield* added(planned, seriesOf, sink, pace);
  else yield* streamed(planned, seriesOf, sink, pace);
}

/** A reader's own points will do where they need no converting. */
type ToSeries = (point: Point) => Series;
type Converting = (reader: PlannedReader) => ToSeries | undefined;

/** The first time, all series are looked at before one is written: whether labels can be equal, and which buckets are needed. */
function* lookAhead({ reader, texts }: PlannedReader, family: Family, pace: Pace): Generator<void> {
  let read = 0;
  for (const point of reader.read()) {
    texts.of(point.attributes, read++);
    if (reader.type === 'exponentialHistogram') family.range.include(point as ExponentialHistogramPoint);
    if ((read & 31) === 0 && pace.over()) yield;
  }
}

/** One series after the other, as they are read. */
function* streamed(
  { family, readers }: PlannedFamily,
  converting: Converting,
  sink: SeriesSink,
  pace: Pace,
): Generator<void> {
  const written: string[] = [];
  let seen: Set<string> | undefined;
  for (const entry of readers) {
    const { reader, texts } = entry;
    const seriesOf = converting(entry);
    let place = 0;
    for (const point of reader.read()) {
      const labels = texts.of(point.attributes, place++);
      if (family.labels.ambiguous) {
        // It became so by a series that is newer than this scrape; from the next one on, equal series are added up.
        seen ??= new Set(written);
        if (seen.has(labels)) continue;
        seen.add(labels);
      } else {
        written.push(labels);
      }
      const series = seriesOf === undefined ? (point as Series) : seriesOf(point);
      if (sink.write(labels, series) && (sink.full || pace.over())) yield;
    }
    texts.end(place);
  }
}

/** Series with equal labels become one. */
function* added({ readers }: PlannedFamily, converting: Converting, sink: SeriesSink, pace: Pace): Generator<void> {
  const all = new Map<string, Series>();
  for (const entry of readers) {
    const { reader, texts } = entry;
    const seriesOf = converting(entry);
    const isGauge = reader.type === 'gauge';
    let place = 0;
    for (const point of reader.read()) {
      const labels = texts.of(point.attributes, place++);
      const before = all.get(labels);
      const series = seriesOf === undefined ? (point as Series) : seriesOf(point);
      all.set(labels, before === undefined || isGauge ? series : sum(before, series));
      if ((place & 31) === 0 && pace.over()) yield;
    }
    texts.end(place);
  }
  for (const [labels, series] of all) {
    if (sink.write(labels, series) && (sink.full || pace.over())) yield;
  }
}

function sum(a: Series, b: Series): Series {
  if ('quantiles' in a) return addSummaries(a, b as SummaryPoint);
  if ('classic' in a) {
    const { point, classic } = b as NativeSeries;
    return { point: addExponentials(a.point, point), classic: addBuckets(a.classic, classic) };
  }
  if ('counts' in a) return addBuckets(a, b as Buckets);
  return addNumbers(a, b as NumberPoint);
}

/** What turns the points of a reader into series, if they are none. */
function converter(reader: MetricReader, family: Family, grid: Grid, keepExponential: boolean): ToSeries | undefined {
  if (reader.type === 'histogram') {
    const bounds = reader.boundaries;
    return (point) => {
      const { counts, sum, exemplars, startTime } = point as Omit<Buckets, 'bounds'>;
      return { bounds, counts, sum, exemplars, startTime };
    };
  }
  if (reader.type === 'exponentialHistogram') {
    return (point) => {
      const exponential = point as ExponentialHistogramPoint;
      family.range.include(exponential);
      const classic = bucketsOnGrid(exponential, grid);
      return keepExponential ? { point: exponential, classic } : classic;
    };
  }
  return undefined;
}

function bucketsOnGrid(point: ExponentialHistogramPoint, grid: Grid): Buckets {
  const { sum, exemplars, startTime } = point;
  return { bounds: grid.bounds, counts: countsOnGrid(point, grid), sum, exemplars, startTime };
}
