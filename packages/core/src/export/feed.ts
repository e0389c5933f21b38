import type { MetricsSnapshot, Point } from '../metrics/snapshot.ts';
import type { OperationEvent } from '../operations/operation-event.ts';
import type { FinishedSpan } from '../spans/finished-span.ts';
import type { ExportContext, Exporter } from './exporter.ts';

export type Item = Point | FinishedSpan | OperationEvent;

/** What an exporter is handed in one call. */
export type BatchData = MetricsSnapshot | readonly FinishedSpan[] | readonly OperationEvent[];

/** `divided`: the halves come next. `spent`: it is not divided further, so what is left is at fault. `whole`: it never is divided. */
export type Division = 'divided' | 'spent' | 'whole';

/** What one call hands to the exporter. It exists until it is settled: taken, refused or given up. */
export interface Batch {
  /** How many items are left: not named as accepted so far. */
  readonly count: number;
  /** What `send` hands over: of metrics the whole snapshot, of spans and events those that are left. */
  readonly data: BatchData;
  /** Whether this item is one of those that are left. */
  has(item: Item): boolean;
  send(context: ExportContext): ReturnType<NonNullable<Exporter['exportSpans']>>;
  /** Nothing is left to do about these items: the backend has them, refused them, or may have them. Gives how many of them had been left. */
  accept(items: Iterable<Item>): number;
  /** Nothing is left to do about the rest, whether taken or lost. */
  settle(): void;
  /** The backend refused it as a whole for what is at fault in some of it: it is to come again in halves. */
  divide(): Division;
  /** A try failed and the rest is to be handed over again. Gives how many items are given up instead. */
  failed(): number;
}

/** Where a signal loop gets its batches from. */
export interface Feed {
  /** Sends without being asked, at every interval. */
  readonly periodic: boolean;
  /** Items that wait, with those of a batch that is not settled. */
  readonly size: number;
  /** There is enough for a whole batch, or the other half of one that was divided. */
  readonly full: boolean;
  /**
   * What is to be sent now: a batch that is not settled comes again, less what was accepted. `undefined`: nothing. May reject. `asked`:
   * somebody waits for it (a flush, the end, or it is another try).
   */
  next(asked: boolean): Promise<Batch | undefined>;
  /** Items that were given up without a call since this was last asked. */
  lost(): number;
  /** The end: forgets everything and gives how many items that were. */
  abandon(): number;
}
