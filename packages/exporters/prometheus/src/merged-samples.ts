import { escapeLabelValue, labelName } from './labels.ts';
import type { MergedFamily, MergedSample } from './merged-registry.ts';
import { formatBound, formatCanonicalBound, formatValue, toMilliseconds } from './numbers.ts';

/** Characters in the names and values of an exemplar's labels; OpenMetrics 1.0, "Exemplars". */
const MAX_EXEMPLAR_CHARACTERS = 128;

type Labels = readonly (readonly [name: string, value: string])[];

/** The samples of a metric of another library, one text each. `exemplars` says whether the family's type may have them. */
export function* mergedSamples(family: MergedFamily, openMetrics: boolean, exemplars: boolean): Generator<string> {
  const bound = family.type === 'histogram' ? 'le' : family.type === 'summary' ? 'quantile' : undefined;
  // OpenMetrics: with negative boundaries the sum is no counter and must not be there, and the count is there only with the sum.
  const onlyBuckets = openMetrics && bound === 'le' && family.samples.some(({ labels }) => Number(labels?.le) < 0);
  // The libraries themselves see to it that no series is there twice, but to them an empty label is not a missing one.
  const seen = family.samples.some(hasEmptyLabel) ? new Set<string>() : undefined;
  for (const sample of family.samples) {
    const name = sample.metricName ?? family.name;
    if (typeof sample.value !== 'number' || (onlyBuckets && !name.endsWith('_bucket'))) continue;
    const labels = formatted(sampleLabels(sample, bound, openMetrics));
    const series = labels === '' ? name : `${name}{${labels}}`;
    if (seen?.has(series)) continue;
    seen?.add(series);
    yield `${series} ${formatValue(sample.value)}${exemplars ? exemplarText(sample.exemplar) : ''}\n`;
  }
}

function hasEmptyLabel({ labels }: MergedSample): boolean {
  return labels !== undefined && Object.values(labels).some(isEmpty);
}

function isEmpty(value: unknown): boolean {
  return value === '' || value === null || value === undefined;
}

/** Without empty ones; `le` or `quantile` is the last. */
function sampleLabels({ labels = {} }: MergedSample, bound: string | undefined, openMetrics: boolean): Labels {
  const result: [string, string][] = [];
  for (const [name, value] of Object.entries(labels)) {
    if (name !== bound && !isEmpty(value)) result.push([labelName(name), String(value)]);
  }
  if (bound !== undefined && labels[bound] !== undefined) result.push([bound, boundText(labels[bound], openMetrics)]);
  return result;
}

function boundText(value: string | number, openMetrics: boolean): string {
  const number = Number(value);
  if (Number.isNaN(number)) return String(value); // "+Inf"
  return openMetrics ? formatCanonicalBound(number) : formatBound(number);
}

function exemplarText(exemplar: MergedSample['exemplar']): string {
  if (!exemplar || typeof exemplar.value !== 'number') return '';
  const labels = Object.entries(exemplar.labelSet ?? {}).map(
    ([name, value]) => [labelName(name), String(value)] as const,
  );
  let characters = 0;
  for (const [name, value] of labels) characters += name.length + [...value].length;
  if (characters > MAX_EXEMPLAR_CHARACTERS) return '';
  const time = typeof exemplar.timestamp === 'number' ? ` ${formatValue(toMilliseconds(exemplar.timestamp))}` : '';
  return ` # {${formatted(labels)}} ${formatValue(exemplar.value)}${time}`;
}

function formatted(labels: Labels): string {
  return labels.map(([name, value]) => `${name}="${escapeLabelValue(value)}"`).join(',');
}
