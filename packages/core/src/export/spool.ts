import type { Clock } from '../clock.ts';
import type { Signal } from './signal.ts';

/** Keeps what an exporter has not delivered, over a crash; `diskSpool()` of `@telltale/disk-spool` makes one. Of one exporter only. */
export interface Spool {
  /** Called once, when telemetry starts, for each signal that the exporter takes. Rejects when it cannot work: the exporter then goes on without. */
  open(host: SpoolHost, signal: Signal): Promise<SpoolLane>;
  /** Lets go of what it holds. Never rejects. */
  close(): Promise<void>;
}

export interface SpoolHost {
  readonly exporter: string;
  readonly service: string;
  readonly clock: Clock;
  /** Counts what went wrong, and tells `onError` once for each subject. */
  problem(subject: string, message: string): void;
}

/** One signal of one exporter: what was written first is read first. */
export interface SpoolLane {
  /** How many entries wait, with the one that is being sent. */
  readonly size: number;
  /** Items that were given up, because the spool was full or an entry could not be read, since this was last asked. */
  lost(): number;
  /** Keeps an entry; on disk when it resolves. Rejects when it cannot be written. */
  append(entry: SpoolEntry): Promise<void>;
  /** The oldest entry, with what was noted about it, also by a process before this one. */
  first(): Promise<SpooledEntry | undefined>;
  /** Notes that the first entry is about to be sent: if nothing else is noted before a crash, its outcome is unknown. */
  sending(): Promise<void>;
  /** Notes that the backend has these items of the first entry (or that they are given up): they are not sent again. */
  settled(indexes: readonly number[]): Promise<void>;
  /** Forgets the first entry. */
  remove(): Promise<void>;
}

/** Plain data of structured-clone kind: NaN, infinities and `undefined` stay what they are. */
export interface SpoolEntry {
  readonly count: number;
  readonly data: unknown;
}

export interface SpooledEntry extends SpoolEntry {
  /** Indexes of items that are settled. */
  readonly settled: ReadonlySet<number>;
  /** A process before this one began to send it and did not note what became of that. */
  readonly interrupted: boolean;
}
