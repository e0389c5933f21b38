import {
  type Attributes,
  type AttributeValue,
  MAX_ATTRIBUTE_LENGTH,
  OTHER,
  type SeriesAttributes,
} from '../attributes.ts';
import type { AttributeRules } from './attribute-rules.ts';
import type { SeriesBudget } from './cardinality-budget.ts';
import { Column, SeriesTable } from './series-table.ts';

/** What the index needs to know of a series. */
export interface IndexedSeries {
  readonly attributes: SeriesAttributes;
}

/** Orders of keys that are remembered; an instrument has one or two in practice. Past it, lookups take the slow way. */
const MAX_SHAPES = 1000;

/** Attributes of one call that the fast way takes. */
const MAX_KEYS = 32;

/**
 * Finds the series of a set of attributes. It is exact: keys and values are compared as they are, never joined into a string.
 *
 *   { method: 'GET', status: 200 }          what the caller wrote
 *        │ keys, in the caller's order
 *        ▼
 *   shape   root ─method─▶ ○ ─status─▶ ●    one path per order of keys that was seen; the last knows the table
 *        │ values
 *        ▼
 *   column  method: GET→0 POST→1            each value has a small number
 *           status: 200→0 404→1 other→2
 *        │ numbers
 *        ▼
 *   table   (0, 0) ─hash─▶ series           one per set of keys
 *
 * A lookup that hits allocates nothing. Values are numbered only when a series is made, so memory follows the series, not the calls.
 */
export class AttributeIndex<S extends IndexedSeries> {
  /** All series, in the order of their making. Another array after some were taken out, so that one who is reading misses none. Not to be changed by others. */
  series: S[] = [];
  private root: Shape<S> = new Shape<S>('', undefined);
  private shapes = 1;
  private columns = new Map<string, Column>();
  private tables = new Map<string, SeriesTable<S>>();
  /** How many series there were when it was last seen whether an attribute must be folded, less the places that were still needed then. */
  private seen = 0;
  /** How many series there were when there was nothing to fold: without another one, there still is nothing. */
  private nothingToFold = -1;
  private overflow: S | undefined = undefined;
  /** Kept between calls so that a lookup allocates nothing. */
  private readonly ids = new Int32Array(MAX_KEYS);
  private readonly name: string;
  private readonly rules: AttributeRules;
  private readonly budget: SeriesBudget;
  private readonly create: (attributes: SeriesAttributes) => S;

  constructor(name: string, rules: AttributeRules, budget: SeriesBudget, create: (attributes: SeriesAttributes) => S) {
    this.name = name;
    this.rules = rules;
    this.budget = budget;
    this.create = create;
  }

  /** The series of these attributes, that is, of all enumerable properties; made if it is new. Past the budget, a series that stands for many. Throws only what a getter of the caller's throws. */
  resolve(attributes: Attributes): S {
    const { ids } = this;
    let shape = this.root;
    let count = 0;
    let hash = 0;
    let known = true;
    for (const key in attributes) {
      const value = attributes[key];
      if (value === undefined || value === null) continue;
      let next = shape.last;
      if (next === undefined || next.key !== key) {
        next = shape.next?.get(key) ?? this.grow(shape, key);
        if (next === undefined) return this.resolveSlow(attributes, undefined);
        shape.last = next;
      }
      shape = next;
      const { column } = next;
      if (column === undefined) continue;
      let id = column.lastId;
      if (value !== column.lastValue) {
        const own = column.ids.get(value);
        if (own !== undefined) column.remember(value, own);
        id = own ?? (isClean(value) ? column.otherId : -1);
        if (id < 0) known = false;
      }
      ids[count++] = id;
      hash = (hash + Math.imul(id + 1, column.seed)) | 0;
    }
    const { table } = shape;
    const found = table !== undefined && known ? table.find(hash, ids, shape.order) : undefined;
    return found ?? this.resolveSlow(attributes, count < MAX_KEYS ? shape : undefined);
  }

  /** Takes series out for good; their places in the budget are free again. */
  remove(isGone: (series: S) => boolean): void {
    const gone = new Set(this.series.filter(isGone));
    if (gone.size === 0) return;
    this.series = this.series.filter((series) => !gone.has(series));
    this.budget.release(gone.size);
    if (this.overflow !== undefined && gone.has(this.overflow)) this.overflow = undefined;
    this.rebuild(gone);
  }

  /** Made anew rather than thinned, so that numbers of values that no series has any more do not stay behind. */
  private rebuild(gone: ReadonlySet<S>): void {
    const { tables, columns } = this;
    this.tables = new Map();
    this.columns = new Map();
    this.root = new Shape<S>('', undefined);
    this.shapes = 1;
    this.seen = 0;
    this.nothingToFold = -1;
    const roomAgain = this.budget.room(this.series.length) > this.series.length;
    if (!roomAgain) for (const [key, { otherId }] of columns) if (otherId >= 0) this.column(key).fold();
    for (const table of tables.values()) {
      const keys = table.columns.map((column) => column.key);
      for (const [values, series] of table.rowsWithValues())
        if (!gone.has(series)) this.tableFor(keys).insert(values, series);
    }
  }

  private grow(shape: Shape<S>, key: string): Shape<S> | undefined {
    if (this.shapes >= MAX_SHAPES) return undefined;
    this.shapes++;
    const name = this.rules.nameOf(key);
    const next = new Shape<S>(key, name === undefined ? undefined : this.column(name));
    shape.next ??= new Map();
    shape.next.set(key, next);
    return next;
  }

  private column(key: string): Column {
    let column = this.columns.get(key);
    if (column === undefined) {
      column = new Column(key, this.columns.size);
      this.columns.set(key, column);
    }
    return column;
  }

  private tableFor(keys: readonly string[]): SeriesTable<S> {
    const tableKey = keyOf(keys);
    let table = this.tables.get(tableKey);
    if (table === undefined) {
      table = new SeriesTable<S>(keys.map((key) => this.column(key)));
      this.tables.set(tableKey, table);
    }
    return table;
  }

  /** All that is not a hit: unusual values, a new order of keys, a new series, the budget's end. `shape` learns the way for the next time. */
  private resolveSlow(attributes: Attributes, shape: Shape<S> | undefined): S {
    const { keys, values, positions, complete } = this.rules.apply(this.name, attributes);
    let found = this.tables.get(keyOf(keys))?.findValues(values);
    if (found === undefined) {
      this.foldIfNeeded();
      const folded = values.map((value, at) =>
        (this.columns.get(keys[at] as string)?.otherId ?? -1) < 0 ? value : OTHER,
      );
      found = this.findOrMake(keys, folded);
      if (found === undefined) return this.overflowSeries();
    }
    if (shape !== undefined && shape.table === undefined && complete) {
      shape.table = this.tables.get(keyOf(keys));
      shape.order = positions;
    }
    return found;
  }

  /** `undefined` when there is no room. */
  private findOrMake(keys: readonly string[], values: readonly AttributeValue[]): S | undefined {
    const found = this.tables.get(keyOf(keys))?.findValues(values);
    if (found !== undefined) return found;
    const own = keys.map((_, at) => at).filter((at) => !this.rules.isDefault(keys[at] as string, values[at]));
    // What a default attribute says already makes no other series, only another way to the same one.
    const series =
      own.length < keys.length
        ? this.findOrMake(
            own.map((at) => keys[at] as string),
            own.map((at) => values[at] as AttributeValue),
          )
        : this.make(keys, values);
    if (series !== undefined) this.tableFor(keys).insert(values, series);
    return series;
  }

  private make(keys: readonly string[], values: readonly AttributeValue[]): S | undefined {
    const sets = this.tables.size + (this.tables.has(keyOf(keys)) ? 0 : 1);
    // Once there are several sets of keys, one place is kept for the series of last resort; so is the second of two, when it cannot be known yet which
    // attribute to fold.
    const unsure = this.series.length === 1 && [...this.columns.values()].every(({ otherId }) => otherId < 0);
    const reserved = this.overflow === undefined && (sets > 1 || unsure) ? 1 : 0;
    if (this.budget.room(this.series.length) <= reserved) return undefined;
    return this.add(this.rules.seriesAttributes(keys, values));
  }

  private add(attributes: SeriesAttributes): S {
    const made = this.create(attributes);
    this.series.push(made);
    this.budget.take();
    return made;
  }

  private overflowSeries(): S {
    if (this.overflow === undefined) {
      this.budget.exceeded(this.name, undefined, this.series.length);
      this.overflow = this.add(this.rules.seriesAttributes(['otel.metric.overflow'], [true]));
    }
    return this.overflow;
  }

  /**
   * Folds the attribute with the most values when what is left of the budget is only just enough for the combinations that will then
   * still come: those of the other attributes. For one attribute alone that is the last place. Each new series may have added one
   * combination since the last look, which is why looking again can wait until half of what was left is used up, by whomever.
   */
  private foldIfNeeded(): void {
    const { length } = this.series;
    const room = this.budget.room(length);
    if (room > length - this.seen || length === this.nothingToFold) return;
    for (;;) {
      const open = [...this.columns.values()].filter(({ otherId, ids }) => otherId < 0 && ids.size > 1);
      const worst = open.reduce<Column | undefined>(
        (a, b) => (a !== undefined && a.ids.size >= b.ids.size ? a : b),
        undefined,
      );
      if (worst === undefined) {
        this.nothingToFold = length;
        this.seen = length - 1;
        return;
      }
      // One more where another attribute may have to be folded after this one.
      const needed = this.combinationsWithout(worst) + (open.length > 1 ? 1 : 0);
      if (room > needed) {
        this.seen = length - needed;
        return;
      }
      this.budget.exceeded(this.name, worst.key, worst.ids.size);
      worst.fold();
    }
  }

  /** Combinations of values that are met when `column` and all that are folded are left aside. */
  private combinationsWithout(column: Column): number {
    let combinations = 0;
    for (const table of this.tables.values())
      combinations += table.combinations((other) => other !== column && other.otherId < 0);
    return combinations;
  }
}

class Shape<S extends IndexedSeries> {
  readonly key: string;
  /** `undefined`: the rules leave this attribute out. */
  readonly column: Column | undefined;
  /** The key that followed the last time: nearly always the one that follows now. */
  last: Shape<S> | undefined = undefined;
  next: Map<string, Shape<S>> | undefined = undefined;
  table: SeriesTable<S> | undefined = undefined;
  /** `order[i]` is the place of the table's column i in the caller's order. */
  order: readonly number[] = [];

  constructor(key: string, column: Column | undefined) {
    this.key = key;
    this.column = column;
  }
}

/** Whether the rules keep a value as it is; only asked of values that were not met before. */
function isClean(value: unknown): boolean {
  return typeof value === 'string'
    ? value.length <= MAX_ATTRIBUTE_LENGTH
    : typeof value === 'number' || typeof value === 'boolean';
}

/** Only looked up off the fast way, so a string does; JSON keeps it exact. */
function keyOf(keys: readonly string[]): string {
  return JSON.stringify(keys);
}
