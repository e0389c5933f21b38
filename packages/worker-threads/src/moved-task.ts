/** The statics of a pool's class that have to do with tasks, as far as it has them. */
export interface PoolClass {
  readonly transferableSymbol?: symbol;
  readonly valueSymbol?: symbol;
  readonly queueOptionsSymbol?: symbol;
  move?(task: object): unknown;
}

type Symbols = Readonly<Record<symbol, unknown>>;

/** What `move()` of piscina and tinypool makes of a task: the task, and what is to be transferred. */
export class MovedTasks {
  private readonly transferable: symbol | undefined;
  private readonly value: symbol | undefined;
  /** Which is no public one: pools tell by it what `move()` has made from what only looks like it. */
  private readonly mark: symbol | undefined;

  constructor(pool: PoolClass) {
    const { transferableSymbol, valueSymbol } = pool;
    this.transferable = transferableSymbol;
    this.value = valueSymbol;
    if (typeof transferableSymbol !== 'symbol' || typeof valueSymbol !== 'symbol') return;
    const sample = pool.move?.({ [transferableSymbol]: undefined, [valueSymbol]: undefined });
    const symbols = typeof sample === 'object' && sample !== null ? Object.getOwnPropertySymbols(sample) : [];
    this.mark = symbols.find((symbol) => symbol !== transferableSymbol && symbol !== valueSymbol);
  }

  /** The same task and transfer list as the pool would make of them. */
  taken(task: unknown, items: readonly unknown[] | undefined): [task: unknown, items: readonly unknown[] | undefined] {
    if (typeof task !== 'object' || task === null || this.mark === undefined || !(this.mark in task))
      return [task, items];
    const moved = task as Symbols;
    return [moved[this.value as symbol], (items ?? []).concat(moved[this.transferable as symbol])];
  }
}
