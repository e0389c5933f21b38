export type Cell = string | number | null | undefined;

export interface Sorting {
  readonly column: string;
  readonly descending: boolean;
}

/** Numbers by size, text by the alphabet and by the numbers in it; what is not known comes last either way. */
function compareCells(a: Cell, b: Cell, descending: boolean): number {
  const aMissing = isMissing(a);
  const bMissing = isMissing(b);
  if (aMissing || bMissing) return Number(aMissing) - Number(bMissing);
  const order = typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b));
  return descending ? -order : order;
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

function isMissing(cell: Cell): boolean {
  return cell === null || cell === undefined || Number.isNaN(cell);
}

/** Sorted; rows that are equal stay in the order of their ids, so that they do not change places each second. */
export function sorted<R extends { readonly id: string }>(
  rows: readonly R[],
  cell: (row: R) => Cell,
  descending: boolean,
): R[] {
  return [...rows].sort(
    (a, b) => compareCells(cell(a), cell(b), descending) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  );
}

/** The rows in an order that was before; new ones at the end. */
export function heldOrder<R extends { readonly id: string }>(rows: readonly R[], ids: readonly string[]): R[] {
  const place = new Map(ids.map((id, i) => [id, i]));
  return [...rows].sort((a, b) => (place.get(a.id) ?? ids.length) - (place.get(b.id) ?? ids.length));
}

/** Whether each word of the filter is somewhere in the text. */
export function matches(text: string, filter: string): boolean {
  const lower = text.toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => lower.includes(word));
}
