export interface Statistics {
  readonly last: number | null;
  readonly min: number | null;
  readonly max: number | null;
}

/** What a chart says in three numbers. */
export function statistics(values: readonly (number | null)[]): Statistics {
  let min: number | null = null;
  let max: number | null = null;
  for (const value of values) {
    if (value === null) continue;
    if (min === null || value < min) min = value;
    if (max === null || value > max) max = value;
  }
  return { last: values.at(-1) ?? null, min, max };
}
