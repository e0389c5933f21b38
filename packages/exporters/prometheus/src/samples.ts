import type { NumberPoint, SummaryPoint } from '@telltale/core';
import { type ExemplarLabels, exemplarsOfBuckets, exemplarText, latestExemplar } from './exemplars.ts';

import type { PrometheusName } from './names.ts';
import { formatBound, formatCanonicalBound, formatValue, toMilliseconds } from './numbers.ts';
import { type SampleHead, sampleHead, sampleStart, withHead } from './sample-head.ts';
import type { Buckets } from './series.ts';

/** What the lines of one family have in common. */
export interface SampleStyle {
  readonly openMetrics: boolean;
  /** Adds `_created` samples (OpenMetrics only). */
  readonly created: boolean;
  readonly exemplarLabels: ExemplarLabels;
}

/** All samples of a series. `labels` are what `LabelTexts` gives. */
export type SeriesText<S> = (labels: string, series: S) => string;

/** A sample that begins as `sampleStart` gave it. */
export function sample(start: string, value: number): string {
  // What is nearly always the case is spelled by the engine itself.
  return value - value === 0 ? `${start}${value}\n` : `${start}${formatValue(value)}\n`;
}

/** What writes the series of a counter family. */
export function counterText({ sample: name, family }: PrometheusName, style: SampleStyle): SeriesText<NumberPoint> {
  if (!style.openMetrics) return (start, { value }) => sample(start, value);
  const head = sampleHead(name);
  const created = sampleHead(`${family}_created`);
  return (start, { value, exemplars, startTime }) => {
    const exemplar = exemplars && latestExemplar(exemplars);
    const text = exemplar
      ? `${start}${formatValue(value)}${exemplarText(exemplar, style.exemplarLabels)}\n`
      : sample(start, value);
    return style.created ? text + sample(withHead(start, head, created), toMilliseconds(startTime)) : text;
  };
}

export function gaugeText(): SeriesText<NumberPoint> {
  return (start, { value }) => sample(start, value);
}

/** The names of the samples that a histogram or summary is made of. */
interface Heads {
  readonly sum: SampleHead;
  readonly count: SampleHead;
  readonly created: SampleHead;
}

function headsOf(family: string): Heads {
  return {
    sum: sampleHead(`${family}_sum`),
    count: sampleHead(`${family}_count`),
    created: sampleHead(`${family}_created`),
  };
}

export function histogramText({ family }: PrometheusName, style: SampleStyle): SeriesText<Buckets> {
  const bucket = sampleHead(`${family}_bucket`);
  const heads = headsOf(family);
  let known: readonly number[] | undefined;
  let ends: readonly string[] = [];
  return (labels, buckets) => {
    const { counts, bounds, sum, exemplars } = buckets;
    if (bounds !== known) {
      known = bounds;
      ends = bucketEnds(bounds, style.openMetrics);
    }
    const start = labels === '' ? bucket.open : `${bucket.open}${labels},`;
    const marked = style.openMetrics && exemplars.length > 0 ? exemplarsOfBuckets(bounds, exemplars) : undefined;
    let count = 0;
    let text = '';
    for (let i = 0; i < counts.length; i++) {
      count += counts[i]!;
      const exemplar = marked?.[i];
      // Put together from the end: it keeps the text a shallow tree, which is a fifth faster to write out.
      const end = `${ends[i]}${count}${exemplar ? exemplarText(exemplar, style.exemplarLabels) : ''}\n`;
      text += start + end;
    }
    // OpenMetrics: with negative boundaries the sum is no counter and must not be there, and the count is there only with the sum.
    if (!(style.openMetrics && bounds.length > 0 && bounds[0]! < 0)) {
      text += sample(sampleStart(heads.sum, labels), sum) + sample(sampleStart(heads.count, labels), count);
    }
    return style.created ? text + createdSample(heads, labels, buckets.startTime) : text;
  };
}

/** The last label of each bucket's sample, up to and with the space before the value. */
function bucketEnds(bounds: readonly number[], openMetrics: boolean): readonly string[] {
  const format = openMetrics ? formatCanonicalBound : formatBound;
  return [...bounds, Number.POSITIVE_INFINITY].map((bound) => `le="${format(bound)}"} `);
}

export function summaryText({ family }: PrometheusName, style: SampleStyle): SeriesText<SummaryPoint> {
  const head = sampleHead(family);
  const heads = headsOf(family);
  const format = style.openMetrics ? formatCanonicalBound : formatBound;
  return (labels, { quantiles, sum, count, startTime }) => {
    const start = labels === '' ? head.open : `${head.open}${labels},`;
    let text = '';
    for (const { quantile, value } of quantiles) {
      text += `${start}quantile="${format(quantile)}"} ${formatValue(value)}\n`;
    }
    text += sample(sampleStart(heads.sum, labels), sum) + sample(sampleStart(heads.count, labels), count);
    return style.created ? text + createdSample(heads, labels, startTime) : text;
  };
}

/** `startTime` in seconds since the Unix epoch. */
function createdSample({ created }: Heads, labels: string, startTime: number): string {
  return sample(sampleStart(created, labels), toMilliseconds(startTime));
}
