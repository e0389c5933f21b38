import type { BucketValue } from '@telltale/exporter-kit';

/** A value to be sent once, and how many observations it stands for: a whole number. */
export type WeightedValue = readonly [value: number, weight: number];

/**
 * At most about `most` values that stand for all observations: each observation is a value of its own as long as there are no more than that, else
 * every bucket has as many as its share, and at least one. Weights add up to the number of observations.
 */
export function weightedValues(values: readonly BucketValue[], most: number): readonly WeightedValue[] {
  const total = values.reduce((sum, [, count]) => sum + count, 0);
  const thinned = total > most;
  return values.flatMap(([value, count]) => {
    const lines = thinned ? Math.min(count, Math.max(1, Math.round((most * count) / total))) : count;
    const weight = Math.floor(count / lines);
    const heavier = count - weight * lines;
    return Array.from({ length: lines }, (_, i): WeightedValue => [value, i < heavier ? weight + 1 : weight]);
  });
}
