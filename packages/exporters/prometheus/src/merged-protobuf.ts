import type { MergedFamily, MergedSample } from './merged-registry.ts';
import { boundLabel, exemplarLabels, mergedLabels, suffixOf } from './merged-samples.ts';
import type { Naming } from './naming.ts';
import type { MergedExemplar, MergedSeries } from './protobuf-series.ts';
import type { FamilyWriter } from './protobuf-sink.ts';

/** What a histogram or summary of another library is made of, put together again. */
type Collected = { -readonly [K in keyof MergedSeries]: MergedSeries[K] };

/** Writes the series of a metric of another library; `labelFields` makes fields of labels. Yields whether much has come together. */
export function* writeMerged(
  family: MergedFamily,
  naming: Naming,
  writer: FamilyWriter,
  labelFields: (labels: ReadonlyMap<string, string>) => string,
): Generator<boolean> {
  const { type } = family;
  const bound = boundLabel(family);
  const all = new Map<string, Collected>();
  for (const sample of family.samples) {
    if (typeof sample.value !== 'number') continue;
    const labels = labelFields(new Map(mergedLabels(sample.labels ?? {}, bound, naming)));
    if (bound !== undefined) {
      collect(all, labels, sample, suffixOf(sample, family), bound, naming);
    } else if (!all.has(labels)) {
      // The libraries themselves see to it that no series is there twice, but to them an empty label is not a missing one.
      all.set(labels, { values: [], sum: sample.value, count: 0, exemplar: mergedExemplar(sample, naming) });
    }
  }
  for (const [labels, series] of all) {
    yield writer.metric(labels, (to) => to.merged(type, series));
  }
}

function collect(
  all: Map<string, Collected>,
  labels: string,
  sample: MergedSample,
  suffix: string,
  bound: 'le' | 'quantile',
  naming: Naming,
): void {
  let series = all.get(labels);
  if (series === undefined) {
    series = { values: [], sum: 0, count: 0, exemplar: undefined };
    all.set(labels, series);
  }
  const { value } = sample;
  if (suffix === '_sum') series.sum = value;
  else if (suffix === '_count') series.count = value;
  else {
    const limit = numberOf(sample.labels?.[bound]);
    if (series.values.some((known) => known.limit === limit)) return;
    series.values = [...series.values, { limit, value, exemplar: mergedExemplar(sample, naming) }];
  }
}

/** "+Inf" is how both libraries spell the last boundary. */
function numberOf(bound: string | number | undefined): number {
  return bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound);
}

function mergedExemplar({ exemplar }: MergedSample, naming: Naming): MergedExemplar | undefined {
  const labels = exemplarLabels(exemplar, naming);
  if (!labels || !exemplar) return undefined;
  return { labels, value: exemplar.value, time: exemplar.timestamp };
}
