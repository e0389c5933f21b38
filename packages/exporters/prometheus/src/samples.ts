import type { Exemplar, SummaryPoint } from '@telltale/core';
import { formatBound, formatCanonicalBound, formatValue, toMilliseconds } from './numbers.ts';

/** `text` is the text format 0.0.4. */
export type Format = 'text' | 'openmetrics';

/** A histogram series with explicit boundaries, however it was recorded. */
export interface Buckets {
  readonly bounds: readonly number[];
  /** Not accumulated; one more than there are bounds. */
  readonly counts: readonly number[];
  readonly sum: number;
  readonly exemplars: readonly Exemplar[];
  readonly startTime: number;
}

/** What the lines of one family have in common. */
export interface SampleStyle {
  readonly openMetrics: boolean;
  /** Adds `_created` samples (OpenMetrics only). */
  readonly created: boolean;
}

/** A sample up to its value. `labels` come without braces. */
export function sampleStart(name: string, labels: string): string {
  return labels === '' ? `${name} ` : `${name}{${labels}} `;
}

/** A sample that begins as `sampleStart` gave it. */
export function sample(start: string, value: number): string {
  // What is nearly always the case is spelled by the engine itself.
  return value - value === 0 ? `${start}${value}\n` : `${start}${formatValue(value)}\n`;
}

/** The `_created` sample of a family; `startTime` in seconds since the Unix epoch. */
function createdSample(family: string, labels: string, startTime: number): string {
  return sample(sampleStart(`${family}_created`, labels), toMilliseconds(startTime));
}

/** The last label of each bucket's sample, up to and with the space before the value. */
export function bucketEnds(bounds: readonly number[], openMetrics: boolean): readonly string[] {
  const format = openMetrics ? formatCanonicalBound : formatBound;
  return [...bounds, Number.POSITIVE_INFINITY].map((bound) => `le="${format(bound)}"} `);
}

/** All samples of a histogram series. `ends` are those of its bounds. */
export function histogramSamples(
  family: string,
  labels: string,
  buckets: Buckets,
  ends: readonly string[],
  style: SampleStyle,
): string {
  const { counts, bounds, sum } = buckets;
  const start = labels === '' ? `${family}_bucket{` : `${family}_bucket{${labels},`;
  const exemplars = style.openMetrics && buckets.exemplars.length > 0 ? exemplarTexts(buckets) : undefined;
  let count = 0;
  let text = '';
  for (let i = 0; i < counts.length; i++) {
    count += counts[i]!;
    // Put together from the end: it keeps the text a shallow tree, which is a fifth faster to write out.
    const end = `${ends[i]}${count}${exemplars?.[i] ?? ''}\n`;
    text += start + end;
  }
  // OpenMetrics: with negative boundaries the sum is no counter and must not be there, and the count is there only with the sum.
  if (!(style.openMetrics && bounds.length > 0 && bounds[0]! < 0)) {
    text += sample(sampleStart(`${family}_sum`, labels), sum) + sample(sampleStart(`${family}_count`, labels), count);
  }
  return style.created ? text + createdSample(family, labels, buckets.startTime) : text;
}

function exemplarTexts({ bounds, exemplars }: Buckets): readonly (string | undefined)[] {
  const texts: (string | undefined)[] = new Array(bounds.length + 1).fill(undefined);
  for (const exemplar of exemplars) {
    let bucket = 0;
    while (bucket < bounds.length && exemplar.value > bounds[bucket]!) bucket++;
    texts[bucket] =
      ` # {${exemplarLabels(exemplar)}} ${formatValue(exemplar.value)} ${formatValue(toMilliseconds(exemplar.time))}`;
  }
  return texts;
}

function exemplarLabels({ traceId, spanId }: Exemplar): string {
  // 71 characters with their names, of the 128 that OpenMetrics allows.
  const labels = [traceId && `trace_id="${traceId}"`, spanId && `span_id="${spanId}"`];
  return labels.filter((label) => label !== '').join(',');
}

/** All samples of a summary series. */
export function summarySamples(family: string, labels: string, point: SummaryPoint, style: SampleStyle): string {
  const format = style.openMetrics ? formatCanonicalBound : formatBound;
  const start = labels === '' ? `${family}{` : `${family}{${labels},`;
  let text = '';
  for (const { quantile, value } of point.quantiles)
    text += `${start}quantile="${format(quantile)}"} ${formatValue(value)}\n`;
  text +=
    sample(sampleStart(`${family}_sum`, labels), point.sum) +
    sample(sampleStart(`${family}_count`, labels), point.count);
  return style.created ? text + createdSample(family, labels, point.startTime) : text;
}
