import type { Table } from '../frame.ts';

/** What a table is made of. */
export interface LiveRow<R> {
  /** The larger, the busier. */
  readonly score: number;
  /** Whether nothing tells of it any more. */
  readonly isOver: boolean;
  /** Told whether anybody sees it, so that only those who are seen keep what is only seen. */
  show(shown: boolean): void;
  read(): R;
}

/** Rows by what tells them apart. As many as there are series; those that nothing tells of any more go. */
export class RowTable<R, L extends LiveRow<R>> {
  private readonly rows = new Map<string, L>();
  private readonly maxRows: number;

  constructor(maxRows: number) {
    this.maxRows = maxRows;
  }

  /** Whether one more would be seen. */
  get hasRoom(): boolean {
    return this.rows.size < this.maxRows;
  }

  get(parts: readonly string[], make: (id: string) => L): L {
    const id = idOf(parts);
    let row = this.rows.get(id);
    if (row === undefined) {
      row = make(id);
      this.rows.set(id, row);
    }
    return row;
  }

  [Symbol.iterator](): IterableIterator<L> {
    return this.rows.values();
  }

  /** After a reading: drops rows that are over and says which the busiest are. */
  settle(): readonly L[] {
    for (const [id, row] of this.rows) if (row.isOver) this.rows.delete(id);
    const { size } = this.rows;
    if (size <= this.maxRows) {
      for (const row of this.rows.values()) row.show(true);
      return sorted([...this.rows.values()].map((row) => ({ row, score: row.score })));
    }
    const scored = Array.from(this.rows.values(), (row) => ({ row, score: row.score }));
    const threshold = Float64Array.from(scored, ({ score }) => score).sort()[size - this.maxRows] as number;
    const busy = sorted(scored.filter(({ score }) => score >= threshold)).slice(0, this.maxRows);
    const shown = new Set(busy);
    for (const { row } of scored) row.show(shown.has(row));
    return busy;
  }

  read(busy: readonly L[], limit: number): Table<R> {
    const rows = busy.slice(0, limit).map((row) => row.read());
    return { rows, more: this.rows.size - rows.length };
  }
}

function sorted<L>(scored: { readonly row: L; readonly score: number }[]): L[] {
  return scored.sort((a, b) => b.score - a.score).map(({ row }) => row);
}

/** What is longer is cut: names are no documents, and two that are the same so far are one row. */
const MAX_NAME = 256;

export function nameOf(value: unknown, missing: string): string {
  if (value === undefined || value === null || value === '') return missing;
  const text = String(value);
  // A part of a string holds the whole of it in memory, unless its characters are copied.
  return text.length <= MAX_NAME ? text : `${Buffer.from(text.slice(0, MAX_NAME)).toString()}…`;
}

/** Unique: what separates the parts, or a line of `lineKey`, is in none of them. */
function idOf(parts: readonly string[]): string {
  return parts.map((part) => part.replace(/[\\|\n]/g, escaped)).join('|');
}

function escaped(char: string): string {
  return char === '\n' ? '\\n' : `\\${char}`;
}
