import type { Point } from '../metrics/snapshot.ts';
import type { OperationEvent } from '../operations/operation-event.ts';
import type { FinishedSpan } from '../spans/finished-span.ts';
import type { ExportContext, Exporter } from './exporter.ts';

export type Item = Point | FinishedSpan | OperationEvent;

/** What one call hands to the exporter. It exists until it is settled: taken, refused or given up. */
export interface Batch {
  /** How many items are left: not named as accepted so far. */
  readonly count: number;
  send(context: ExportContext): ReturnType<NonNullable<Exporter['exportSpans']>>;
  /** The backend has these items; unknown ones are ignored. */
  accept(items: Iterable<Item>): void;
  /** Nothing is left to do about the rest, whether taken or lost. */
  settle(): void;
  /** A try failed and the rest is to be handed over again. Gives how many items are given up instead. */
  failed(): number;
}

/** Where a signal loop gets its batches from. */
export interface Feed {
  /** Sends without being asked, at every interval. */
  readonly periodic: boolean;
  /** Items that wait, with those of a batch that is not settled. */
  readonly size: number;
  /** There is enough for a whole batch. */
  readonly full: boolean;
  /** What is to be sent now: a batch that is not settled comes again, less what was accepted. `undefined`: nothing. May reject. */
  next(): Promise<Batch | undefined>;
  /** Items that were given up without a call since this was last asked. */
  lost(): number;
  /** The end: forgets everything and gives how many items that were. */
  abandon(): number;
}
