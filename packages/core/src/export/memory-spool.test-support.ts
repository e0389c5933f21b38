import { deserialize, serialize } from 'node:v8';
import type { Signal } from './signal.ts';
import type { Spool, SpoolEntry, SpooledEntry, SpoolHost, SpoolLane } from './spool.ts';

interface Kept {
  readonly count: number;
  readonly bytes: Buffer;
  readonly source: unknown;
  readonly settled: Set<number>;
  sending: boolean;
}

/** A spool in memory that keeps what a disk would keep, for tests. */
export class MemorySpool implements Spool {
  readonly kept: Partial<Record<Signal, Kept[]>>;
  readonly log: string[] = [];
  /** What the next calls of `append` meet; while it is set, they all do. */
  full: Error | undefined;
  unusable: Error | undefined;
  closed = false;
  host: SpoolHost | undefined;
  lostItems = 0;

  private readonly first = new Map<Kept, SpooledEntry>();

  constructor(kept: Partial<Record<Signal, Kept[]>> = {}) {
    this.kept = kept;
  }

  /** What another process would find, had this one been killed now. */
  afterCrash(): MemorySpool {
    const kept = Object.entries(this.kept).map(([signal, entries]) => [
      signal,
      entries.map((entry) => ({ ...entry, source: undefined, settled: new Set(entry.settled) })),
    ]);
    return new MemorySpool(Object.fromEntries(kept));
  }

  async open(host: SpoolHost, signal: Signal): Promise<SpoolLane> {
    if (this.unusable !== undefined) throw this.unusable;
    this.host = host;
    this.kept[signal] ??= [];
    return this.laneOf(signal, this.kept[signal]);
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  private laneOf(signal: Signal, kept: Kept[]): SpoolLane {
    const note = async (what: string): Promise<void> => {
      this.log.push(`${signal} ${what}`);
    };
    return {
      get entries() {
        return kept.length;
      },
      get items() {
        return kept.reduce((sum, { count, settled }) => sum + count - settled.size, 0);
      },
      lost: () => {
        const lost = this.lostItems;
        this.lostItems = 0;
        return lost;
      },
      append: async ({ count, source, parts }: SpoolEntry) => {
        if (this.full !== undefined) throw this.full;
        const bytes = serialize([...parts]);
        kept.push({ count, bytes, source: kept.length === 0 ? source : undefined, settled: new Set(), sending: false });
        await note(`append ${count}`);
      },
      first: async () => {
        const [front] = kept;
        if (front === undefined) return undefined;
        const known = this.first.get(front);
        if (known !== undefined) return known;
        const { count, source, settled, sending } = front;
        const parts = source === undefined ? deserialize(front.bytes) : [];
        const entry = {
          count,
          parts,
          settled: new Set(settled),
          interrupted: sending,
          ...(source !== undefined && { source }),
        };
        this.first.set(front, entry);
        return entry;
      },
      sending: async () => {
        kept[0]!.sending = true;
        await note('sending');
      },
      settled: async (indexes) => {
        for (const index of indexes) kept[0]?.settled.add(index);
        await note(`settled ${indexes.join(' ')}`);
      },
      returned: async () => {
        if (kept[0] !== undefined) kept[0].sending = false;
        await note('returned');
      },
      remove: async () => {
        kept.shift();
        await note('remove');
      },
      takeOver: async () => {},
    };
  }
}
