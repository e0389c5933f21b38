import type { CancelTimer, Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Resource } from '../resource.ts';
import { jittered } from './back-off.ts';
import type { ExportContext, Exporter, ExportResult } from './exporter.ts';
import type { Batch, BatchData, Feed, Item } from './feed.ts';
import type { Signal } from './signal.ts';
import type { SpooledEntry, SpoolLane } from './spool.ts';
import type { SpoolForm } from './spool-form.ts';
import { SpooledBatch } from './spooled-batch.ts';
import { SpooledOrigins } from './spooled-origins.ts';

export interface SpooledFeedOptions<T extends BatchData> {
  readonly exporter: Pick<Exporter, 'name' | 'whenUnknown'>;
  readonly signal: Signal;
  /** Where batches come from; where the spool cannot be written, they are sent as they come. */
  readonly inner: Feed;
  readonly form: SpoolForm<T>;
  readonly send: (payload: T, context: ExportContext) => Promise<ExportResult | void>;
  readonly resource: Resource;
  readonly clock: Clock;
  /** Seconds between two looks at the inner feed. */
  readonly interval: number;
  /** In [0, 1), for jitter. */
  readonly random: () => number;
  problem(subject: string, message: string): void;
}

/**
 * A feed with a spool in between: what is to be sent is on disk first, and sent from there, oldest first.
 *
 *   inner feed ── every interval, whatever the backend does ──▶ spool ── as fast as the backend takes it ──▶ loop
 *
 * The inner batch is settled as soon as it is on disk. While the disk does not take it, it stays in the inner feed, and is sent from there
 * once the spool is empty. Without a lane (`open` was not called, or failed) it is the inner feed.
 */
export class SpooledFeed<T extends BatchData> implements Feed {
  private readonly options: SpooledFeedOptions<T>;
  private readonly origins: SpooledOrigins;
  private lane: SpoolLane | undefined;
  private timer: CancelTimer | undefined;
  /** The timer is for at once: who ended a span must not wait while it is written. */
  private hurried = false;
  private taking: Promise<void> = Promise.resolve();
  /** What the loop is to be told that the spool has something. */
  private ready: (() => void) | undefined;
  /** What is being noted about the first entry. */
  private notes: Promise<void> = Promise.resolve();
  private opened: SpooledBatch<T> | undefined;
  /** A batch of the inner feed is with the loop. */
  private lent = false;
  /** The disk did not take the last batch. */
  private blocked = false;
  private failure: { readonly error: unknown } | undefined;
  private lostHere = 0;
  private ended = false;

  constructor(options: SpooledFeedOptions<T>) {
    this.options = options;
    this.origins = new SpooledOrigins(options.resource);
  }

  get periodic(): boolean {
    return this.lane === undefined && this.options.inner.periodic;
  }

  get size(): number {
    return this.options.inner.size + (this.lane?.items ?? 0);
  }

  get full(): boolean {
    if (this.lane === undefined) return this.options.inner.full;
    return this.lane.entries > 0 || this.blocked || this.failure !== undefined;
  }

  /** From here on what is to be sent goes through the lane. */
  through(lane: SpoolLane): void {
    this.lane = lane;
  }

  /** Begins to write to the spool; `ready` is called whenever there is something to send. */
  start(ready: () => void): void {
    if (this.lane === undefined || this.ended) return;
    this.ready = ready;
    if (this.options.inner.periodic || this.options.inner.size > 0) this.schedule();
    void this.lane.takeOver().then(() => this.ready?.());
  }

  /** Writes nothing until it is started again. */
  hold(): void {
    this.ready = undefined;
    this.timer?.();
    this.timer = undefined;
    this.hurried = false;
  }

  /** Something came into the inner feed. */
  wake(): void {
    if (this.ready === undefined) return;
    // A disk that takes nothing is not asked with every span.
    const hurry = this.options.inner.full && !this.blocked;
    if (hurry && !this.hurried) this.schedule(0);
    else if (this.timer === undefined && !this.hurried) this.schedule();
  }

  /** Puts on disk what is there now. Never rejects. */
  take(): Promise<void> {
    this.taking = this.taking.then(() => this.takeNow(true));
    return this.taking;
  }

  async next(asked: boolean): Promise<Batch | undefined> {
    const { inner } = this.options;
    const { lane } = this;
    if (lane === undefined) return inner.next(asked);
    if (this.failure !== undefined) {
      const { error } = this.failure;
      this.failure = undefined;
      throw error;
    }
    await this.notes;
    for (let entry = await lane.first(); entry !== undefined; entry = await lane.first()) {
      if (this.opened?.entry !== entry) this.opened = await this.open(entry, lane);
      if (this.opened !== undefined) return this.opened;
      await lane.remove();
    }
    this.opened = undefined;
    if (!this.blocked) return undefined;
    await this.taking;
    const batch = await inner.next(asked);
    if (batch === undefined) this.blocked = false;
    return batch && this.lend(batch);
  }

  lost(): number {
    const lost = this.options.inner.lost() + (this.lane?.lost() ?? 0) + this.lostHere;
    this.lostHere = 0;
    return lost;
  }

  /** What is on disk stays there, for the process after this one, and counts as neither lost nor dropped. */
  abandon(): number {
    this.ended = true;
    this.hold();
    const lost = this.lost();
    const underWay = this.opened?.abandoned() ?? 0;
    return this.options.inner.abandon() + lost + underWay;
  }

  /** All that was to be noted is on disk. Never rejects. */
  async settled(): Promise<void> {
    await this.taking;
    await this.notes;
  }

  private schedule(seconds?: number): void {
    const { clock, interval, random } = this.options;
    this.timer?.();
    this.hurried = seconds === 0;
    this.timer = clock.schedule(() => {
      this.timer = undefined;
      this.taking = this.taking.then(() => this.takeNow(false));
      void this.taking.then(() => this.taken());
    }, seconds ?? jittered(interval, random()));
  }

  private taken(): void {
    const { inner } = this.options;
    this.hurried = false;
    if (this.ready === undefined || this.timer !== undefined) return;
    if (inner.periodic || inner.size > 0) this.schedule();
  }

  private async takeNow(asked: boolean): Promise<void> {
    const { inner } = this.options;
    const { lane } = this;
    if (lane === undefined || this.ready === undefined || this.lent || this.ended) return;
    await lane.takeOver();
    try {
      let owed = inner.size;
      do {
        const batch = await inner.next(asked);
        if (batch === undefined || this.ended) break;
        owed -= batch.count;
        if (!(await this.write(batch, lane))) break;
      } while (owed > 0 || inner.full);
    } catch (error) {
      this.failure = { error };
    }
    this.ready?.();
  }

  private async write(batch: Batch, lane: SpoolLane): Promise<boolean> {
    const { exporter, signal, form, resource, problem } = this.options;
    const payload = batch.data as T;
    const count = batch.count;
    try {
      await lane.append({ count, source: payload, parts: withHead({ resource }, form.parts(payload)) });
    } catch (error) {
      this.blocked = true;
      this.lostHere += batch.failed();
      problem(
        `spool of ${exporter.name} cannot be written`,
        `The spool of ${exporter.name} could not keep ${signal} (${messageOf(error)}); until it can, they are sent from memory. ` +
          'See to the space and the permissions of its directory.',
      );
      return false;
    }
    batch.settle();
    this.blocked = false;
    return true;
  }

  private async open(entry: SpooledEntry, lane: SpoolLane): Promise<SpooledBatch<T> | undefined> {
    const { exporter, signal, form, send, resource, problem } = this.options;
    const rule = exporter.whenUnknown;
    const whenUnknown = (typeof rule === 'object' ? rule[signal] : rule) ?? 'again';
    const shared = { entry, lane, form, send, whenUnknown, note: (work: () => Promise<void>) => this.note(work) };
    if (entry.source !== undefined) return new SpooledBatch({ ...shared, payload: entry.source as T, resource });
    try {
      const [head, ...parts] = entry.parts;
      const own = this.origins.resource((head as { readonly resource: Resource }).resource);
      const payload = await form.load(parts, this.origins);
      if (form.items(payload).length !== entry.count) throw new Error('it has not as many items as it should');
      return new SpooledBatch({ ...shared, payload, resource: own });
    } catch (error) {
      this.lostHere += entry.count - entry.settled.size;
      problem(
        `spool of ${exporter.name} cannot be read`,
        `An entry of ${signal} in the spool of ${exporter.name} was left out, because it cannot be read: ${messageOf(error)}.`,
      );
      return undefined;
    }
  }

  /** One after the other, as what they are about is the first entry. */
  private note(work: () => Promise<void>): Promise<void> {
    const { exporter, problem } = this.options;
    this.notes = this.notes.then(work).catch((error: unknown) => {
      problem(
        `spool of ${exporter.name} cannot be noted in`,
        `The spool of ${exporter.name} could not note what was delivered (${messageOf(error)}): after a crash that may be sent again.`,
      );
    });
    return this.notes;
  }

  private lend(batch: Batch): Batch {
    this.lent = true;
    const back = (): void => {
      this.lent = false;
    };
    return {
      get count() {
        return batch.count;
      },
      get data() {
        return batch.data;
      },
      has: (item: Item) => batch.has(item),
      send: (context) => batch.send(context),
      accept: (items) => batch.accept(items),
      settle: () => {
        back();
        this.blocked = false;
        batch.settle();
      },
      divide: () => {
        const division = batch.divide();
        if (division === 'divided') back();
        return division;
      },
      failed: () => {
        back();
        return batch.failed();
      },
    };
  }
}

function* withHead(head: unknown, parts: Iterable<unknown>): Iterable<unknown> {
  yield head;
  yield* parts;
}
