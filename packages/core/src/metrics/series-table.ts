import { type AttributeValue, OTHER } from '../attributes.ts';

/** The values that one attribute key has had in an instrument, numbered. */
export class Column {
  readonly key: string;
  readonly ids = new Map<unknown, number>();
  /** The number of `other` once the attribute has had too many values, -1 before. */
  otherId = -1;
  /** The value met last, which is often the one met next: comparing is cheaper than looking it up. */
  lastValue: unknown = undefined;
  lastId = -1;
  /** Odd, and another one for each column: what its numbers are multiplied with in a hash. */
  readonly seed: number;

  constructor(key: string, position: number) {
    this.key = key;
    this.seed = seedOf(position);
  }

  remember(value: unknown, id: number): void {
    this.lastValue = value;
    this.lastId = id;
  }

  idOf(value: AttributeValue): number {
    let id = this.ids.get(value);
    if (id === undefined) {
      id = this.ids.size;
      this.ids.set(value, id);
    }
    return id;
  }

  /** From now on, values that are not known are `other`. */
  fold(): void {
    this.otherId = this.idOf(OTHER);
  }
}

/** All series with the same keys: an open-addressing hash table over the numbers of their values. */
export class SeriesTable<S> {
  readonly columns: readonly Column[];
  private readonly rows: S[] = [];
  /** `columns.length` numbers per row. */
  private ids: Int32Array;
  /** Row + 1, or 0 for empty; a power of two in size, at most half full. */
  private slots = new Int32Array(8);

  constructor(columns: readonly Column[]) {
    this.columns = columns;
    this.ids = new Int32Array(4 * columns.length);
  }

  /** `ids[order[i]]` is the number for column i; `hash` the sum of (number + 1) × seed. Knows combinations that were made after a folding. */
  find(hash: number, ids: Int32Array, order: readonly number[]): S | undefined {
    const { columns } = this;
    const row = this.rowAt(hash, ids, order);
    if (row >= 0) return this.rows[row];
    // A combination that came after a folding has `other` also for values that are known from before it.
    let folded = false;
    let newHash = 0;
    for (let at = 0; at < columns.length; at++) {
      const { otherId, seed } = columns[at] as Column;
      const place = order[at] as number;
      if (otherId >= 0 && ids[place] !== otherId) {
        ids[place] = otherId;
        folded = true;
      }
      newHash = (newHash + Math.imul((ids[place] as number) + 1, seed)) | 0;
    }
    if (!folded) return undefined;
    const foldedRow = this.rowAt(newHash, ids, order);
    return foldedRow < 0 ? undefined : this.rows[foldedRow];
  }

  /** The same for values in the order of the columns. */
  findValues(values: readonly AttributeValue[]): S | undefined {
    const { columns } = this;
    const ids = new Int32Array(columns.length);
    let hash = 0;
    for (let at = 0; at < columns.length; at++) {
      const column = columns[at] as Column;
      const id = column.ids.get(values[at]) ?? column.otherId;
      if (id < 0) return undefined;
      ids[at] = id;
      hash = (hash + Math.imul(id + 1, column.seed)) | 0;
    }
    return this.find(
      hash,
      ids,
      columns.map((_, at) => at),
    );
  }

  insert(values: readonly AttributeValue[], series: S): void {
    const { columns } = this;
    const row = this.rows.length;
    this.rows.push(series);
    if ((row + 1) * columns.length > this.ids.length) this.ids = grown(this.ids);
    columns.forEach((column, at) => {
      this.ids[row * columns.length + at] = column.idOf(values[at] as AttributeValue);
    });
    if (this.rows.length * 2 > this.slots.length) this.rehash(this.slots.length * 2);
    else this.place(row);
  }

  /** How many combinations the columns chosen have. */
  combinations(chosen: (column: Column) => boolean): number {
    const width = this.columns.length;
    const places = this.columns.flatMap((column, at) => (chosen(column) ? [at] : []));
    const seen = new Set<string>();
    for (let row = 0; row < this.rows.length; row++) {
      seen.add(places.map((at) => this.ids[row * width + at]).join());
    }
    return seen.size;
  }

  *rowsWithValues(): IterableIterator<[AttributeValue[], S]> {
    const values = this.columns.map((column) => [...column.ids.keys()] as AttributeValue[]);
    for (let row = 0; row < this.rows.length; row++) {
      const own = values.map((byId, at) => byId[this.ids[row * values.length + at] as number] as AttributeValue);
      yield [own, this.rows[row] as S];
    }
  }

  private rowAt(hash: number, wanted: Int32Array, order: readonly number[]): number {
    const { slots, ids } = this;
    const width = order.length;
    const mask = slots.length - 1;
    for (let slot = slotOf(hash, mask); ; slot = (slot + 1) & mask) {
      const row = (slots[slot] as number) - 1;
      if (row < 0) return -1;
      const base = row * width;
      let at = 0;
      while (at < width && ids[base + at] === wanted[order[at] as number]) at++;
      if (at === width) return row;
    }
  }

  private place(row: number): void {
    const { columns } = this;
    let hash = 0;
    for (let at = 0; at < columns.length; at++) {
      const id = this.ids[row * columns.length + at] as number;
      hash = (hash + Math.imul(id + 1, (columns[at] as Column).seed)) | 0;
    }
    const mask = this.slots.length - 1;
    let slot = slotOf(hash, mask);
    while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
    this.slots[slot] = row + 1;
  }

  private rehash(size: number): void {
    this.slots = new Int32Array(size);
    for (let row = 0; row < this.rows.length; row++) this.place(row);
  }
}

/** Seeds must not be multiples of each other, or numbers of different columns would stand for one another: murmur3's finalizer. */
function seedOf(position: number): number {
  let seed = Math.imul(position + 1, 0x9e3779b1);
  seed = Math.imul(seed ^ (seed >>> 16), 0x85ebca6b);
  seed = Math.imul(seed ^ (seed >>> 13), 0xc2b2ae35);
  return seed | 1;
}

/** Multiplication leaves the good bits high; the slot is chosen by the low ones. */
function slotOf(hash: number, mask: number): number {
  return (Math.imul(hash, 0x85ebca6b) >>> 12) & mask;
}

function grown(array: Int32Array): Int32Array {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
