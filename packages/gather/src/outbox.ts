import type { FinishedSpan, GatheringHost, OperationEvent } from '@telltale/core';
import { encodeEvents, encodeSpans } from './record-codec.ts';
import type { Message } from './wire.ts';

/** As many as the buffers of exporters hold. */
const CAPACITY = 2048;
const BATCH = 512;

/** Spans or events on their way to the gatherer: they wait until it says that it has them, and go to the next one if it does not. */
export class Outbox<T extends FinishedSpan | OperationEvent> {
  private readonly kind: 'spans' | 'events';
  private readonly problem: GatheringHost['problem'];
  private waiting: T[] = [];
  private sent: readonly T[] = [];

  constructor(kind: 'spans' | 'events', problem: GatheringHost['problem']) {
    this.kind = kind;
    this.problem = problem;
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0 && this.sent.length === 0;
  }

  /** Drops and counts what finds no room. */
  offer(item: T): void {
    if (this.waiting.length + this.sent.length < CAPACITY) {
      this.waiting.push(item);
      return;
    }
    this.problem(
      this.kind,
      () =>
        `More ${this.kind} came than the gatherer of this group took: those past ${CAPACITY} that wait are dropped.`,
    );
  }

  /** The next batch, unless one is under way or there is none. */
  next(number: number): Message | undefined {
    if (this.sent.length > 0 || this.waiting.length === 0) return undefined;
    this.sent = this.waiting.splice(0, BATCH);
    const encoded =
      this.kind === 'spans'
        ? encodeSpans(this.sent as readonly FinishedSpan[])
        : encodeEvents(this.sent as readonly OperationEvent[]);
    return [this.kind, number, encoded];
  }

  /** The gatherer has the batch that was given last. */
  taken(): void {
    this.sent = [];
  }

  /** The gatherer has gone: what it did not say that it has is to be sent again. */
  lost(): void {
    this.waiting = [...this.sent, ...this.waiting];
    this.sent = [];
  }

  /** Everything, for the exporters of this process. */
  drain(): readonly T[] {
    this.lost();
    return this.waiting.splice(0);
  }
}
