import { characters, MAX_EXEMPLAR_CHARACTERS } from './exemplars.ts';
import { escapeLabelValue, unreserved } from './labels.ts';
import type { MergedFamily, MergedSample } from './merged-registry.ts';
import type { Naming } from './naming.ts';
import { formatBound, formatCanonicalBound, formatValue, toMilliseconds } from './numbers.ts';

type Labels = readonly (readonly [name: string, value: string])[];

/** The samples of a metric of another library, one text each. `exemplars` says whether the family's type may have them. */
export function* mergedSamples(
  family: MergedFamily,
  naming: Naming,
  openMetrics: boolean,
  exemplars: boolean,
): Generator<string> {
  const bound = boundLabel(family);
  const base = naming.escapeMetric(family.name);
  // OpenMetrics: with negative boundaries the sum is no counter and must not be there, and the count is there only with the sum.
  const onlyBuckets = openMetrics && bound === 'le' && family.samples.some(({ labels }) => Number(labels?.le) < 0);
  // The libraries themselves see to it that no series is there twice, but to them an empty label is not a missing one.
  const seen = family.samples.some(hasEmptyLabel) ? new Set<string>() : undefined;
  for (const sample of family.samples) {
    const name = base + suffixOf(sample, family);
    if (typeof sample.value !== 'number' || (onlyBuckets && !name.endsWith('_bucket'))) continue;
    const labels = formatted(sampleLabels(sample, bound, openMetrics, naming));
    const series = labels === '' ? name : `${name}{${labels}}`;
    if (seen?.has(series)) continue;
    seen?.add(series);
    yield `${series} ${formatValue(sample.value)}${exemplars ? exemplarText(sample.exemplar, naming) : ''}\n`;
  }
}

/** The label that tells the samples of a series apart. */
export function boundLabel({ type }: MergedFamily): 'le' | 'quantile' | undefined {
  return type === 'histogram' ? 'le' : type === 'summary' ? 'quantile' : undefined;
}

/** What the name of a sample has beyond that of its family. */
export function suffixOf({ metricName }: MergedSample, { name }: MergedFamily): string {
  return metricName?.startsWith(name) ? metricName.slice(name.length) : '';
}

function hasEmptyLabel({ labels }: MergedSample): boolean {
  return labels !== undefined && Object.values(labels).some(isEmpty);
}

function isEmpty(value: unknown): boolean {
  return value === '' || value === null || value === undefined;
}

/** Without empty ones; `le` or `quantile` is the last. */
function sampleLabels(
  { labels = {} }: MergedSample,
  bound: string | undefined,
  openMetrics: boolean,
  naming: Naming,
): Labels {
  const result = mergedLabels(labels, bound, naming);
  if (bound !== undefined && labels[bound] !== undefined) result.push([bound, boundText(labels[bound], openMetrics)]);
  return result;
}

/** Those of the series, without empty ones. */
export function mergedLabels(
  labels: NonNullable<MergedSample['labels']>,
  bound: string | undefined,
  naming: Naming,
): [name: string, value: string][] {
  return Object.entries(labels)
    .filter(([name, value]) => name !== bound && !isEmpty(value))
    .map(([name, value]) => [mergedLabel(name, naming), String(value).toWellFormed()]);
}

/** As the other library calls it, unless that is no name of a label. */
function mergedLabel(name: string, naming: Naming): string {
  return unreserved(naming.escapeLabel(name.replace(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=[0-9]|$)/, '_')), []);
}

function boundText(value: string | number, openMetrics: boolean): string {
  const number = Number(value);
  if (Number.isNaN(number)) return String(value); // "+Inf"
  return openMetrics ? formatCanonicalBound(number) : formatBound(number);
}

function exemplarText(exemplar: MergedSample['exemplar'], naming: Naming): string {
  const labels = exemplarLabels(exemplar, naming);
  if (!labels || !exemplar) return '';
  const time = typeof exemplar.timestamp === 'number' ? ` ${formatValue(toMilliseconds(exemplar.timestamp))}` : '';
  return ` # {${formatted(labels)}} ${formatValue(exemplar.value)}${time}`;
}

/** Nothing for what is no exemplar, or one that is too long. */
export function exemplarLabels(exemplar: MergedSample['exemplar'], naming: Naming): Labels | undefined {
  if (!exemplar || typeof exemplar.value !== 'number') return undefined;
  const labels = mergedLabels(exemplar.labelSet ?? {}, undefined, naming);
  const length = labels.reduce((sum, [name, value]) => sum + characters(name) + characters(value), 0);
  return length > MAX_EXEMPLAR_CHARACTERS ? undefined : labels;
}

function formatted(labels: Labels): string {
  return labels.map(([name, value]) => `${name}="${escapeLabelValue(value)}"`).join(',');
}
