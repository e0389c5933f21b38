import type { Clock } from '../clock.ts';
import type { Signal } from './signal.ts';

/** Keeps what an exporter has not delivered, over a crash; `diskSpool()` of `@telltale/disk-spool` makes one. Of one exporter only. */
export interface Spool {
  /** Called once, when telemetry starts, for each signal that the exporter takes. Rejects when it cannot work: the exporter then goes on without. */
  open(host: SpoolHost, signal: Signal): Promise<SpoolLane>;
  /** Lets go of what it holds, so that another process can take over what is left. Never rejects. */
  close(): Promise<void>;
}

export interface SpoolHost {
  readonly exporter: string;
  readonly service: string;
  /** How parts are to be read. Entries with another one, of another version of Telltale, are not: they count as lost. */
  readonly shape: number;
  readonly clock: Clock;
  /** Counts what went wrong, and tells `onError` once for each subject. */
  problem(subject: string, message: string): void;
}

/**
 * One signal of one exporter: what was written first is read first. `append` and `takeOver` may be called at any time; the others are about
 * the entry that `first` gave last, and called one after the other.
 */
export interface SpoolLane {
  /** How many entries wait, with the one that is being sent. */
  readonly entries: number;
  /** How many items are in them. */
  readonly items: number;
  /** Items that were given up, because the spool was full or an entry could not be read, since this was last asked. */
  lost(): number;
  /** Keeps an entry; on disk for good when it resolves. Rejects when it cannot be written: then nothing of it is kept. */
  append(entry: SpoolEntry): Promise<void>;
  /** The oldest entry, with what was noted about it, also by a process before this one: the same object until it is removed or lost. */
  first(): Promise<SpooledEntry | undefined>;
  /** Notes that the first entry is about to be sent: until `returned` or `remove`, a crash leaves its outcome unknown. Rejects when it must not be sent. */
  sending(): Promise<void>;
  /** Notes that the backend has these items of the first entry, or that they are given up: they are not sent again. */
  settled(indexes: readonly number[]): Promise<void>;
  /** Notes that the try is over and what became of it is known: what is not settled is to be sent again. */
  returned(): Promise<void>;
  /** Forgets the first entry. */
  remove(): Promise<void>;
  /** Puts in front what processes that are gone have left. Never rejects. To be called now and then: looks only when it is time. */
  takeOver(): Promise<void>;
}

export interface SpoolEntry {
  readonly count: number;
  /** What the parts were made of: handed back as it is while the entry need not be read from disk. */
  readonly source: unknown;
  /**
   * Plain data of structured-clone kind: NaN, infinities and `undefined` stay what they are, and what is one object in several places of a
   * part is one again. Others get their turn between parts.
   */
  readonly parts: Iterable<unknown>;
}

export interface SpooledEntry {
  readonly count: number;
  /** The very source, when it was not read from disk. */
  readonly source?: unknown;
  /** Empty when there is a source. */
  readonly parts: readonly unknown[];
  /** Indexes of items that are settled. */
  readonly settled: ReadonlySet<number>;
  /** A process before this one began to send it and did not note what became of that. */
  readonly interrupted: boolean;
}
