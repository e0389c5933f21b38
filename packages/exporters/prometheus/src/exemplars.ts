import type { Exemplar } from '@telltale/core';
import { labelsText } from './labels.ts';
import { formatValue, toMilliseconds } from './numbers.ts';

/** Characters in the names and values of an exemplar's labels; OpenMetrics 1.0, "Exemplars". Prometheus keeps to it in all formats. */
export const MAX_EXEMPLAR_CHARACTERS = 128;

/** The labels of an exemplar: ids, and as many of the filtered attributes as there is room for, in the order of their names. */
export type ExemplarLabels = (exemplar: Exemplar) => ReadonlyMap<string, string>;

/** `labelOf` says what an attribute is called. */
export function exemplarLabelsBy(labelOf: (key: string) => string): ExemplarLabels {
  return ({ traceId, spanId, filteredAttributes }) => {
    const labels = new Map<string, string>();
    let room = MAX_EXEMPLAR_CHARACTERS;
    const add = (name: string, value: string): void => {
      const needed = characters(name) + characters(value);
      // The ids come first, so that an attribute called like one of them gives way.
      if (value === '' || needed > room || labels.has(name)) return;
      labels.set(name, value);
      room -= needed;
    };
    add('trace_id', traceId ?? '');
    add('span_id', spanId ?? '');
    for (const key of Object.keys(filteredAttributes ?? {}).sort()) {
      add(labelOf(key), String(filteredAttributes![key]).toWellFormed());
    }
    return labels;
  };
}

export function characters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** ` # {…} value time`, as it stands behind the value of a sample. */
export function exemplarText(exemplar: Exemplar, labels: ExemplarLabels): string {
  const { value, time } = exemplar;
  return ` # {${labelsText(labels(exemplar))}} ${formatValue(value)} ${formatValue(toMilliseconds(time))}`;
}

/** OpenTelemetry: where there is room for one, it is the latest. */
export function latestExemplar(exemplars: readonly Exemplar[]): Exemplar | undefined {
  let latest: Exemplar | undefined;
  for (const exemplar of exemplars) if (latest === undefined || exemplar.time >= latest.time) latest = exemplar;
  return latest;
}

/** The latest one of each bucket; one place more than there are boundaries. */
export function exemplarsOfBuckets(
  bounds: readonly number[],
  exemplars: readonly Exemplar[],
): readonly (Exemplar | undefined)[] {
  const result: (Exemplar | undefined)[] = new Array(bounds.length + 1).fill(undefined);
  for (const exemplar of exemplars) {
    let bucket = 0;
    while (bucket < bounds.length && exemplar.value > bounds[bucket]!) bucket++;
    const before = result[bucket];
    if (before === undefined || exemplar.time >= before.time) result[bucket] = exemplar;
  }
  return result;
}
