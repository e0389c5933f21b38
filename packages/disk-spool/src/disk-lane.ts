import { mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Signal, SpoolEntry, SpooledEntry, SpoolHost, SpoolLane } from '@telltale/core';
import { type Claim, ownersIn, sweep } from './claim.ts';
import { EntryFile, packEntry, writeEntry } from './entry-file.ts';
import { type Droppable, onDisk, type SizeLimit } from './size-limit.ts';
import { entriesOf, type Filed, isBefore, newStore, parseStore, pathOf, type Store, storeName } from './store.ts';

/** Seconds between two looks at what processes that are gone have left. */
const LOOK_EVERY = 15;

/** The first entry, while it is held. */
interface Front {
  readonly filed: Filed;
  readonly file: EntryFile;
  readonly entry: SpooledEntry;
  settled: number;
  /** Must not go now, as it may be with the backend. */
  sending: boolean;
}

/** One signal of a spool on disk: a file per entry, and in memory their names and the first of them. */
export class DiskLane implements SpoolLane, Droppable {
  private readonly claim: Claim;
  private readonly limit: SizeLimit;
  private readonly host: SpoolHost;
  private readonly own: Store;
  private readonly ownFolder: string;
  private queue: Filed[] = [];
  private sequence = 0;
  private front: Front | undefined;
  /** What an entry was made of, while that is the first one and was not read. */
  private fresh: { readonly filed: Filed; readonly source: unknown } | undefined;
  private lostItems = 0;
  private lookedAt = Number.NEGATIVE_INFINITY;
  private closed = false;

  private constructor(claim: Claim, limit: SizeLimit, host: SpoolHost, own: Store) {
    this.claim = claim;
    this.limit = limit;
    this.host = host;
    this.own = own;
    this.ownFolder = join(claim.folder, storeName(own, claim.owner));
  }

  /** Makes its folder and tries to write in it. Rejects as the file system does. */
  static async open(claim: Claim, limit: SizeLimit, host: SpoolHost, signal: Signal): Promise<DiskLane> {
    const own = await newStore(claim.folder, signal, Math.round(host.clock.now() * 1000));
    const lane = new DiskLane(claim, limit, host, own);
    await mkdir(lane.ownFolder, { mode: 0o700 });
    const probe = join(lane.ownFolder, 'probe');
    await writeEntry(probe, [Buffer.from('ok\n')]);
    await rm(probe);
    await claim.sync(claim.folder);
    limit.add(lane);
    return lane;
  }

  get entries(): number {
    return this.queue.length;
  }

  get items(): number {
    let items = 0;
    for (const { count } of this.queue) items += count;
    return items - (this.front?.settled ?? 0);
  }

  lost(): number {
    const lost = this.lostItems;
    this.lostItems = 0;
    return lost;
  }

  get oldest(): number | undefined {
    return this.queue[this.front?.sending ? 1 : 0]?.time;
  }

  dropOldest(): void {
    const [filed] = this.queue.splice(this.front?.sending ? 1 : 0, 1);
    if (filed === undefined) return;
    this.lostItems += filed.count;
    if (this.front?.filed === filed) {
      this.lostItems -= this.front.settled;
      void this.letGo();
    }
    void this.erase(filed);
  }

  async append(entry: SpoolEntry): Promise<void> {
    if (this.closed) throw new Error('the spool is closed');
    const { count, source, parts } = entry;
    const bytes = await packEntry(count, this.host.shape, parts);
    const size = onDisk(bytes.reduce((sum, { byteLength }) => sum + byteLength, 0));
    if (!this.limit.take(size)) {
      throw new Error(
        `it takes ${size} bytes, and the limit is ${this.limit.maxBytes}, some of which may be what is being sent`,
      );
    }
    const time = Math.round(this.host.clock.now() * 1000);
    const filed: Filed = { store: this.own, sequence: this.sequence++, time, count, bytes: size };
    try {
      await this.write(filed, bytes);
    } catch (error) {
      this.limit.give(size);
      throw error;
    }
    if (this.queue.length === 0) this.fresh = { filed, source };
    this.queue.push(filed);
  }

  async first(): Promise<SpooledEntry | undefined> {
    for (;;) {
      const filed = this.queue[0];
      if (filed === undefined || this.closed) return undefined;
      if (this.front?.filed === filed) return this.front.entry;
      await this.letGo();
      const fresh = this.fresh?.filed === filed ? this.fresh : undefined;
      this.fresh = undefined;
      try {
        const { file, contents } = await EntryFile.open(this.path(filed), this.host.shape, fresh === undefined);
        const { count, parts, settled, state } = contents;
        // It may have been dropped, or something put in front of it, meanwhile, or this lane closed.
        if (this.queue[0] !== filed || this.closed) await file.close();
        else if (state === 'done' || settled.size === count) await this.finish(filed, file);
        else {
          const interrupted = state === 'sending';
          const entry = { count, parts, settled, interrupted, ...(fresh !== undefined && { source: fresh.source }) };
          this.front = { filed, file, entry, settled: settled.size, sending: false };
        }
      } catch (error) {
        await this.unreadable(filed, error);
      }
    }
  }

  async sending(): Promise<void> {
    const { front } = this;
    if (front === undefined || this.closed) throw new Error('the entry is not in the spool any more');
    front.sending = true;
    try {
      await this.claim.assure();
      await stat(this.path(front.filed));
      await front.file.note('sending');
    } catch (error) {
      front.sending = false;
      if (isMissing(error)) await this.unreadable(front.filed, error);
      throw error;
    }
  }

  async settled(indexes: readonly number[]): Promise<void> {
    const { front } = this;
    if (front === undefined) return;
    front.settled += indexes.length;
    await front.file.noteSettled(indexes);
  }

  async returned(): Promise<void> {
    const { front } = this;
    if (front === undefined) return;
    front.sending = false;
    await front.file.note('waiting');
  }

  async remove(): Promise<void> {
    const { front } = this;
    if (front === undefined) return;
    this.front = undefined;
    await this.finish(front.filed, front.file);
  }

  async takeOver(): Promise<void> {
    const now = this.host.clock.monotonic();
    if (this.closed || now - this.lookedAt < LOOK_EVERY) return;
    this.lookedAt = now;
    try {
      const { folder } = this.claim;
      const stores = (await readdir(folder)).map(parseStore).filter((found) => found !== undefined);
      const gone = await this.claim.gone(new Set([...(await ownersIn(folder)), ...stores.map(({ owner }) => owner)]));
      for (const { store, owner } of stores) {
        if (gone.has(owner) && store.signal === this.own.signal) await this.adopt(store, owner);
      }
      await sweep(folder, gone);
    } catch (error) {
      this.host.problem(
        `spool of ${this.host.exporter} cannot be looked through`,
        `What other processes left in ${this.claim.folder} cannot be looked for (${reasonOf(error)}).`,
      );
    }
  }

  /** Lets go of its files, and of its folder when nothing is left. Never rejects. */
  async close(): Promise<void> {
    this.closed = true;
    await this.letGo();
    await rmdir(this.ownFolder).catch(() => {}); // it is not empty, and stays
  }

  private async write(filed: Filed, bytes: readonly Buffer[]): Promise<void> {
    const path = this.path(filed);
    try {
      await writeEntry(path, bytes);
    } catch (error) {
      if (!isMissing(error)) throw error;
      // The folder was taken away, or over.
      await mkdir(this.ownFolder, { mode: 0o700 }).catch(() => {}); // what is wrong shows at once
      await writeEntry(path, bytes);
    }
    await this.claim.sync(this.ownFolder);
  }

  private path(filed: Filed): string {
    return pathOf(this.claim.folder, this.claim.owner, filed);
  }

  /** Delivered, or given up: noted before it is removed, so that no crash brings it back. */
  private async finish(filed: Filed, file: EntryFile): Promise<void> {
    this.forget(filed);
    try {
      await file.note('done');
    } finally {
      await file.close();
      await this.erase(filed);
    }
  }

  private forget(filed: Filed): boolean {
    const index = this.queue.indexOf(filed);
    if (index >= 0) this.queue.splice(index, 1);
    return index >= 0;
  }

  /** Never rejects. */
  private async erase(filed: Filed): Promise<void> {
    this.limit.give(filed.bytes);
    await rm(this.path(filed), { force: true }).catch(() => {});
    if (filed.store === this.own || this.queue.some(({ store }) => store === filed.store)) return;
    await rmdir(join(this.claim.folder, storeName(filed.store, this.claim.owner))).catch(() => {});
  }

  private async letGo(): Promise<void> {
    const { front } = this;
    this.front = undefined;
    await front?.file.close();
  }

  /** An entry that cannot be had: lost, unless another process has it now, which took this one for dead. */
  private async unreadable(filed: Filed, error: unknown): Promise<void> {
    const settled = this.front?.filed === filed ? this.front.settled : 0;
    if (this.front?.filed === filed) await this.letGo();
    if (isMissing(error) && (await this.isElsewhere(filed))) {
      this.leave(filed.store);
      return;
    }
    if (!this.forget(filed)) return;
    this.lostItems += filed.count - settled;
    await this.erase(filed);
    this.host.problem(
      `spool of ${this.host.exporter} has damaged entries`,
      `An entry of ${filed.store.signal} in the spool of ${this.host.exporter} was left out (${reasonOf(error)}): ${this.path(filed)}. ` +
        'Its items count as dropped.',
    );
  }

  private async isElsewhere({ store }: Filed): Promise<boolean> {
    try {
      const found = (await readdir(this.claim.folder)).map(parseStore);
      return found.some((other) => other?.store.id === store.id && other.owner !== this.claim.owner);
    } catch {
      return false;
    }
  }

  /** Another process has this store: what is in it is its. */
  private leave(store: Store): void {
    for (const filed of this.queue) if (filed.store === store) this.limit.give(filed.bytes);
    this.queue = this.queue.filter((filed) => filed.store !== store);
    this.host.problem(
      `spool of ${this.host.exporter} was taken over`,
      `Another process took this one for dead and sends what it had in ${this.claim.folder}: it had not run for a minute.`,
    );
  }

  private async adopt(store: Store, owner: string): Promise<void> {
    const { folder } = this.claim;
    const ours = join(folder, storeName(store, this.claim.owner));
    try {
      await rename(join(folder, storeName(store, owner)), ours);
    } catch (error) {
      if (isMissing(error)) return; // another process was faster
      throw error;
    }
    await this.claim.sync(folder);
    const entries = await entriesOf(ours, store);
    if (entries.length === 0) {
      await rm(ours, { recursive: true, force: true });
      return;
    }
    const held = this.front?.sending ? this.queue.splice(0, 1) : [];
    const first = entries[0] as Filed;
    const index = this.queue.findIndex((filed) => isBefore(first, filed, this.own));
    this.queue.splice(index < 0 ? this.queue.length : index, 0, ...entries);
    this.queue.unshift(...held);
    this.limit.count(entries.reduce((sum, { bytes }) => sum + bytes, 0));
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
