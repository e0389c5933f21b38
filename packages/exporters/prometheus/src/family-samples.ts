import type { MetricReader, NumberPoint, Point, SummaryPoint } from '@telltale/core';
import { addBuckets, addSummaries } from './duplicates.ts';
import { countsOnGrid, type Grid } from './exponential-buckets.ts';
import type { Family, PlannedFamily, PlannedReader } from './families.ts';
import { toMilliseconds } from './numbers.ts';
import type { Output } from './output.ts';
import type { Pace } from './pace.ts';
import { type Buckets, bucketEnds, histogramSamples, type SampleStyle, sample, summarySamples } from './samples.ts';

/** A point as it is rendered: exponential buckets have become plain ones. */
type Series = NumberPoint | Buckets | SummaryPoint;

/** All samples of a series. A reader's own points will do where they need no converting. */
type SeriesText = (labels: string, series: Series | Point) => string;

/** Writes the samples of a family. Yields when a slice is over; what was written by then is whole lines. */
export function* familySamples(
  planned: PlannedFamily,
  output: Output,
  style: SampleStyle,
  pace: Pace,
): Generator<void> {
  const { family, readers, overlapping } = planned;
  const fresh = readers.filter(({ texts }) => !texts.complete);
  for (const entry of fresh) yield* lookAhead(entry, family, pace);
  for (const { texts } of fresh) texts.complete = true;
  const text = textOf(family, style);
  if (overlapping || family.labels.ambiguous) yield* added(planned, text, output, pace);
  else yield* streamed(planned, text, output, pace);
}

/** The first time, all series are looked at before one is written: whether labels can be equal, and which buckets are needed. */
function* lookAhead({ reader, texts }: PlannedReader, family: Family, pace: Pace): Generator<void> {
  let read = 0;
  for (const point of reader.read()) {
    texts.of(point.attributes, read++);
    if (reader.type === 'exponentialHistogram') family.range.include(point as ExponentialPoint);
    if ((read & 31) === 0 && pace.over()) yield;
  }
}

/** One series after the other, as they are read. */
function* streamed({ family, readers }: PlannedFamily, text: SeriesText, output: Output, pace: Pace): Generator<void> {
  const grid = family.range.grid;
  const written: string[] = [];
  let seen: Set<string> | undefined;
  for (const { reader, texts } of readers) {
    const seriesOf = converter(reader, family, grid);
    const textOfPoint = seriesOf === undefined ? text : (labels: string, point: Point) => text(labels, seriesOf(point));
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
      const lines = textOfPoint(labels, point);
      if (output.write(lines, family.labels.ascii) && (output.full || pace.over())) yield;
    }
    texts.end(place);
  }
}

/** Series with equal labels become one. */
function* added({ family, readers }: PlannedFamily, text: SeriesText, output: Output, pace: Pace): Generator<void> {
  const grid = family.range.grid;
  const all = new Map<string, Series>();
  for (const { reader, texts } of readers) {
    const seriesOf = converter(reader, family, grid);
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
    if (output.write(text(labels, series), family.labels.ascii) && (output.full || pace.over())) yield;
  }
}

function sum(a: Series, b: Series): Series {
  if ('quantiles' in a) return addSummaries(a, b as SummaryPoint);
  if ('counts' in a) return addBuckets(a, b as Buckets);
  return { ...a, value: a.value + (b as NumberPoint).value, startTime: Math.min(a.startTime, b.startTime) };
}

type ExponentialPoint = Parameters<typeof countsOnGrid>[0];
type ExplicitPoint = Omit<Buckets, 'bounds'>;

/** What turns the points of a reader into series, if they are none. */
function converter(reader: MetricReader, family: Family, grid: Grid): ((point: Point) => Series) | undefined {
  if (reader.type === 'histogram') {
    const bounds = reader.boundaries;
    return (point) => {
      const { counts, sum, exemplars, startTime } = point as ExplicitPoint;
      return { bounds, counts, sum, exemplars, startTime };
    };
  }
  if (reader.type === 'exponentialHistogram') {
    return (point) => {
      const exponential = point as ExponentialPoint;
      family.range.include(exponential);
      const { sum, exemplars, startTime } = exponential;
      return { bounds: grid.bounds, counts: countsOnGrid(exponential, grid), sum, exemplars, startTime };
    };
  }
  return undefined;
}

/** What turns a series, and its text of `LabelTexts`, into its samples. */
function textOf({ name }: Family, style: SampleStyle): SeriesText {
  switch (name.type) {
    case 'counter':
      if (style.created) {
        const created = `${name.family}_created`;
        return (start, series) =>
          sample(start, (series as NumberPoint).value) +
          sample(created + start.slice(name.sample.length), toMilliseconds(series.startTime));
      }
      return (start, series) => sample(start, (series as NumberPoint).value);
    case 'gauge':
      return (start, series) => sample(start, (series as NumberPoint).value);
    case 'summary':
      return (labels, series) => summarySamples(name.family, labels, series as SummaryPoint, style);
    case 'histogram': {
      let bounds: readonly number[] | undefined;
      let ends: readonly string[] = [];
      return (labels, series) => {
        const buckets = series as Buckets;
        if (buckets.bounds !== bounds) {
          bounds = buckets.bounds;
          ends = bucketEnds(bounds, style.openMetrics);
        }
        return histogramSamples(name.family, labels, buckets, ends, style);
      };
    }
  }
}
