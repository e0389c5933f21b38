import type { Clock } from '../clock.ts';
import type { OperationEvent } from '../operations/operation-event.ts';
import { BoundedBuffer } from '../spans/bounded-buffer.ts';
import type { FinishedSpan } from '../spans/finished-span.ts';
import type { ExportContext, ExportResult } from './exporter.ts';
import type { Batch, BatchData, Division, Feed, Item } from './feed.ts';

/** OpenTelemetry's defaults for its batch processors. */
const CAPACITY = 2048;
const BATCH = 512;
/** A batch is given up after so many failed tries, if another whole batch waits behind it or it is older than so many seconds. */
const MAX_TRIES = 10;
const MAX_AGE = 600;
/** So many times a refused batch and its parts are divided to find what is at fault: enough for half a dozen of 512. What is refused then is given up. */
const MAX_DIVISIONS = 64;

type Send<T> = (items: readonly T[], context: ExportContext) => Promise<ExportResult | void>;

/** Spans or events on their way to one exporter: a bounded buffer, and the batch that was taken out of it and is not settled. */
export class BatchFeed<T extends FinishedSpan | OperationEvent> implements Feed {
  readonly periodic = false;
  private readonly buffer = new BoundedBuffer<T>(CAPACITY);
  private readonly clock: Clock;
  private readonly send: Send<T>;
  /** The batch that is not settled; when it was divided, its parts in order. */
  private held: HeldBatch<T>[] = [];

  constructor(clock: Clock, send: Send<T>) {
    this.clock = clock;
    this.send = send;
  }

  /** `false`: there was no room, the item is dropped. */
  offer(item: T): boolean {
    return this.buffer.push(item);
  }

  get size(): number {
    return this.held.reduce((sum, { count }) => sum + count, this.buffer.size);
  }

  get full(): boolean {
    return this.buffer.size >= BATCH || (this.held[0]?.isPart ?? false);
  }

  async next(_asked: boolean): Promise<Batch | undefined> {
    if (this.held.length === 0 && this.buffer.size > 0) {
      const origin = { since: this.clock.monotonic(), divisions: 0 };
      this.held.push(new HeldBatch(this.buffer.take(BATCH), this.send, origin, this));
    }
    return this.held[0];
  }

  lost(): number {
    return 0;
  }

  abandon(): number {
    const left = this.size;
    this.held = [];
    while (this.buffer.size > 0) this.buffer.take(BATCH);
    return left;
  }

  /** The first of what is held is done with; `rest`: the other half of it comes next. */
  replace(...by: HeldBatch<T>[]): void {
    this.held.splice(0, 1, ...by);
  }

  /** Whether a batch that cannot be sent keeps others from being sent, or will hardly ever be. */
  isInTheWay(since: number): boolean {
    return this.buffer.size >= BATCH || this.clock.monotonic() - since >= MAX_AGE;
  }
}

class HeldBatch<T extends FinishedSpan | OperationEvent> implements Batch {
  private readonly left: Set<Item>;
  private readonly sendItems: Send<T>;
  /** Of it and all other parts of the same batch. */
  private readonly origin: { readonly since: number; divisions: number };
  private readonly feed: Pick<BatchFeed<T>, 'replace' | 'isInTheWay'>;
  private tries = 0;

  constructor(
    items: readonly T[],
    send: Send<T>,
    origin: { readonly since: number; divisions: number },
    feed: Pick<BatchFeed<T>, 'replace' | 'isInTheWay'>,
  ) {
    this.left = new Set(items);
    this.sendItems = send;
    this.origin = origin;
    this.feed = feed;
  }

  get count(): number {
    return this.left.size;
  }

  get data(): BatchData {
    return [...this.left] as readonly FinishedSpan[] | readonly OperationEvent[];
  }

  get isPart(): boolean {
    return this.origin.divisions > 0;
  }

  has(item: Item): boolean {
    return this.left.has(item);
  }

  send(context: ExportContext): Promise<ExportResult | void> {
    return this.sendItems([...this.left] as T[], context);
  }

  accept(items: Iterable<Item>): number {
    let accepted = 0;
    for (const item of items) if (this.left.delete(item)) accepted++;
    return accepted;
  }

  settle(): void {
    this.feed.replace();
  }

  divide(): Division {
    const { origin, sendItems, feed, count } = this;
    if (count < 2 || origin.divisions >= MAX_DIVISIONS) return 'spent';
    origin.divisions++;
    const items = [...this.left] as T[];
    const half = Math.ceil(count / 2);
    const halves = [items.slice(0, half), items.slice(half)];
    feed.replace(...halves.map((part) => new HeldBatch(part, sendItems, origin, feed)));
    return 'divided';
  }

  failed(): number {
    this.tries++;
    if (this.tries < MAX_TRIES || !this.feed.isInTheWay(this.origin.since)) return 0;
    this.settle();
    return this.count;
  }
}
