import type { Resource } from '../resource.ts';
import { type ExportContext, ExportError, type ExportResult } from './exporter.ts';
import type { Batch, BatchData, Division, Item } from './feed.ts';
import type { SpooledEntry, SpoolLane } from './spool.ts';
import type { SpoolForm } from './spool-form.ts';

/** So many times a refused entry and its parts are divided to find what is at fault; what is refused then is given up. */
const MAX_DIVISIONS = 64;

export interface SpooledBatchOptions<T extends BatchData> {
  readonly entry: SpooledEntry;
  readonly lane: SpoolLane;
  readonly payload: T;
  readonly form: SpoolForm<T>;
  /** The telemetry's own service, of the process that wrote the entry. */
  readonly resource: Resource;
  readonly whenUnknown: 'again' | 'give-up';
  send(payload: T, context: ExportContext): Promise<ExportResult | void>;
  /** Does work on the first entry of the lane after all that was noted before. Resolves when it is done or failed. */
  note(work: () => Promise<void>): Promise<void>;
}

/** The first entry of a spool, as a batch: what becomes of each item is noted on disk. */
export class SpooledBatch<T extends BatchData> implements Batch {
  readonly entry: SpooledEntry;
  private readonly options: SpooledBatchOptions<T>;
  private readonly items: readonly Item[];
  /** Made when an exporter takes a batch in parts, which most never do. */
  private numbers: ReadonlyMap<Item, number> | undefined;
  /** Numbers of the items that are left and go together, the first of them now. */
  private readonly portions: Set<number>[];
  private divisions = 0;
  private interrupted: boolean;
  private sending = false;

  constructor(options: SpooledBatchOptions<T>) {
    this.options = options;
    this.entry = options.entry;
    this.items = options.form.items(options.payload);
    this.interrupted = options.entry.interrupted;
    const left = new Set(this.items.keys());
    for (const number of options.entry.settled) left.delete(number);
    this.portions = [left];
  }

  get count(): number {
    return this.left.size;
  }

  get data(): T {
    const { form, payload } = this.options;
    return this.left.size === this.items.length ? payload : form.only(payload, this.left);
  }

  has(item: Item): boolean {
    const number = this.numberOf(item);
    return number !== undefined && this.left.has(number);
  }

  async send(context: ExportContext): Promise<ExportResult | void> {
    const { lane, note, send, resource, whenUnknown } = this.options;
    if (this.interrupted) {
      this.interrupted = false;
      context.unknown?.(this.leftItems(), whenUnknown);
      // Nothing is sent in this call, so that what a later one says of the same items is not taken for this.
      const what = 'a batch was being sent when the process before this one ended, and may have arrived';
      throw new ExportError(what, { retryAfter: 0, retryable: whenUnknown === 'again' });
    }
    await lane.sending();
    this.sending = true;
    // Not spread: the loop's may be an object with methods.
    return send(this.data, {
      signal: context.signal,
      resource,
      accepted: (items) => context.accepted(items),
      rejected: (items, reason) => context.rejected?.(items, reason),
      unknown: (items, then) => context.unknown?.(items, then),
      request: async (bytes, uncompressed) => {
        // What the request before was told is on disk before the next one goes out.
        await note(async () => {});
        await context.request?.(bytes, uncompressed);
      },
    });
  }

  accept(items: Iterable<Item>): number {
    const { left } = this;
    const numbers: number[] = [];
    for (const item of items) {
      const number = this.numberOf(item);
      if (number !== undefined && left.delete(number)) numbers.push(number);
    }
    this.noteSettled(numbers);
    return numbers.length;
  }

  settle(): void {
    this.sending = false;
    const { left } = this;
    this.portions.shift();
    if (this.portions.length === 0) {
      void this.options.note(() => this.options.lane.remove());
      return;
    }
    this.noteSettled([...left]);
    this.noteReturned();
  }

  divide(): Division {
    const left = [...this.left];
    if (left.length < 2 || this.divisions >= MAX_DIVISIONS) return 'spent';
    this.divisions++;
    this.sending = false;
    const half = Math.ceil(left.length / 2);
    this.portions.splice(0, 1, new Set(left.slice(0, half)), new Set(left.slice(half)));
    this.noteReturned();
    return 'divided';
  }

  failed(): number {
    this.sending = false;
    this.noteReturned();
    return 0;
  }

  /** The end came while it was being sent: it counts as of unknown outcome there. Gives how many items that were. */
  abandoned(): number {
    if (!this.sending) return 0;
    this.sending = false;
    const { left } = this;
    if (this.options.whenUnknown === 'give-up') this.noteSettled([...left]);
    this.noteReturned();
    return left.size;
  }

  private get left(): Set<number> {
    return this.portions[0] ?? new Set();
  }

  private leftItems(): readonly Item[] {
    return [...this.left].map((number) => this.items[number] as Item);
  }

  private numberOf(item: Item): number | undefined {
    this.numbers ??= new Map(this.items.map((one, number) => [one, number]));
    return this.numbers.get(item);
  }

  private noteSettled(numbers: readonly number[]): void {
    if (numbers.length === 0) return;
    void this.options.note(() => this.options.lane.settled(numbers));
  }

  private noteReturned(): void {
    void this.options.note(() => this.options.lane.returned());
  }
}
