import type { Clock } from '../clock.ts';
import type { OperationEvent } from '../operations/operation-event.ts';
import { BoundedBuffer } from '../spans/bounded-buffer.ts';
import type { FinishedSpan } from '../spans/finished-span.ts';
import type { ExportContext, ExportResult } from './exporter.ts';
import type { Batch, Feed, Item } from './feed.ts';

/** OpenTelemetry's defaults for its batch processors. */
const CAPACITY = 2048;
const BATCH = 512;
/** A batch is given up after so many failed tries, if another whole batch waits behind it or it is older than so many seconds. */
const MAX_TRIES = 10;
const MAX_AGE = 600;

type Send<T> = (items: readonly T[], context: ExportContext) => Promise<ExportResult | void>;

/** Spans or events on their way to one exporter: a bounded buffer, and the batch that was taken out of it and is not settled. */
export class BatchFeed<T extends FinishedSpan | OperationEvent> implements Feed {
  readonly periodic = false;
  private readonly buffer = new BoundedBuffer<T>(CAPACITY);
  private readonly clock: Clock;
  private readonly send: Send<T>;
  private held: HeldBatch<T> | undefined;

  constructor(clock: Clock, send: Send<T>) {
    this.clock = clock;
    this.send = send;
  }

  /** `false`: there was no room, the item is dropped. */
  offer(item: T): boolean {
    return this.buffer.push(item);
  }

  get size(): number {
    return this.buffer.size + (this.held?.count ?? 0);
  }

  get full(): boolean {
    return this.buffer.size >= BATCH;
  }

  async next(): Promise<Batch | undefined> {
    if (this.held === undefined && this.buffer.size > 0) {
      this.held = new HeldBatch(this.buffer.take(BATCH), this.send, this.clock.monotonic(), this);
    }
    return this.held;
  }

  lost(): number {
    return 0;
  }

  abandon(): number {
    const left = this.size;
    this.release();
    while (this.buffer.size > 0) this.buffer.take(BATCH);
    return left;
  }

  release(): void {
    this.held = undefined;
  }

  /** Whether a batch that cannot be sent keeps others from being sent, or will hardly ever be. */
  isInTheWay(since: number): boolean {
    return this.full || this.clock.monotonic() - since >= MAX_AGE;
  }
}

class HeldBatch<T extends Item> implements Batch {
  private items: readonly T[];
  private tries = 0;
  private readonly sendItems: Send<T>;
  private readonly since: number;
  private readonly feed: { release(): void; isInTheWay(since: number): boolean };

  constructor(items: readonly T[], send: Send<T>, since: number, feed: HeldBatch<T>['feed']) {
    this.items = items;
    this.sendItems = send;
    this.since = since;
    this.feed = feed;
  }

  get count(): number {
    return this.items.length;
  }

  send(context: ExportContext): Promise<ExportResult | void> {
    return this.sendItems(this.items, context);
  }

  accept(items: Iterable<Item>): void {
    const named = new Set<Item>(items);
    this.items = this.items.filter((item) => !named.has(item));
  }

  settle(): void {
    this.feed.release();
  }

  failed(): number {
    this.tries++;
    if (this.tries < MAX_TRIES || !this.feed.isInTheWay(this.since)) return 0;
    this.feed.release();
    return this.count;
  }
}
