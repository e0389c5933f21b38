/** Something with entries that can go when there are too many. */
export interface Droppable {
  /** Seconds since the Unix epoch at which its oldest entry that can go was written; `undefined`: there is none. */
  readonly oldest: number | undefined;
  /** Drops that entry. */
  dropOldest(): void;
}

/** What a file takes on disk at the least, whatever is in it: the block of nearly all file systems. So the limit bounds their number, too. */
const BLOCK = 4096;

/** Bytes on disk of all signals of a spool. When there are more than there may be, the oldest entries go, of whichever signal. */
export class SizeLimit {
  readonly maxBytes: number;
  private readonly full: () => void;
  private readonly lanes: Droppable[] = [];
  private used = 0;

  /** `full` is called whenever entries are dropped. */
  constructor(maxBytes: number, full: () => void) {
    this.maxBytes = maxBytes;
    this.full = full;
  }

  add(lane: Droppable): void {
    this.lanes.push(lane);
  }

  /** Makes room and takes it. `false`: there cannot be so much. */
  take(bytes: number): boolean {
    if (bytes > this.maxBytes) return false;
    if (!this.makeRoom(bytes)) return false;
    this.used += bytes;
    return true;
  }

  /** Counts what is there already, and drops what is too much. */
  count(bytes: number): void {
    this.used += bytes;
    this.makeRoom(0);
  }

  give(bytes: number): void {
    this.used -= bytes;
  }

  private makeRoom(bytes: number): boolean {
    let dropped = false;
    while (this.used + bytes > this.maxBytes) {
      let next: Droppable | undefined;
      for (const lane of this.lanes) {
        if (lane.oldest !== undefined && (next?.oldest === undefined || lane.oldest < next.oldest)) next = lane;
      }
      if (next === undefined) break;
      next.dropOldest();
      dropped = true;
    }
    if (dropped) this.full();
    return this.used + bytes <= this.maxBytes;
  }
}

/** What a file with so many bytes takes on disk. */
export function onDisk(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / BLOCK)) * BLOCK;
}
