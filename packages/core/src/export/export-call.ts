import type { Clock } from '../clock.ts';
import type { Resource } from '../resource.ts';
import type { ExportLog } from './export-log.ts';
import type { ExportContext } from './exporter.ts';
import type { Batch, Item } from './feed.ts';
import { limitedCall, TimeLimit } from './limited-call.ts';
import type { LoopObserver } from './loop-observer.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Signal } from './signal.ts';
import type { UsageMeter } from './usage.ts';
import { judge, type Verdict } from './verdict.ts';

export interface ExportCallOptions {
  readonly signal: Signal;
  /** Seconds that the call may take, or each of its requests, where the exporter says when they begin. */
  readonly timeout: number;
  readonly resource: Resource;
  readonly clock: Clock;
  readonly log: ExportLog;
  readonly observer: LoopObserver | undefined;
  readonly rateLimit: RateLimit | undefined;
  readonly usage: UsageMeter;
}

/** One call to an exporter: what it may use, and the counts of what it was handed, each item counted once. */
export class ExportCall {
  readonly batch: Batch;
  /** It still runs, long after its time limit. */
  overdue = false;
  private readonly options: ExportCallOptions;
  private readonly controller = new AbortController();
  private readonly limit: TimeLimit;
  private readonly size: number;
  private readonly again = new Set<Item>();
  private refused = 0;
  private givenUp = 0;
  private over = false;
  /** A turn that was taken before the call, for exporters that do not say when their requests begin. */
  private prepaid = false;

  constructor(batch: Batch, options: ExportCallOptions, onOverdue: () => void) {
    this.batch = batch;
    this.options = options;
    this.size = batch.count;
    this.limit = new TimeLimit({
      clock: options.clock,
      seconds: options.timeout,
      controller: this.controller,
      overdue: () => {
        this.overdue = true;
        onOverdue();
      },
    });
  }

  /** Resolves when the call has settled, however late; never rejects. What was named is counted, the rest is for who reads the verdict. */
  async make(): Promise<Verdict> {
    const { signal, clock, observer, usage } = this.options;
    usage.call(signal === 'metrics' ? this.size : 0);
    const began = clock.monotonic();
    const settled = await limitedCall(() => this.send(), this.limit);
    if (!this.over) observer?.duration(signal, clock.monotonic() - began, settled.failed);
    this.over = true;
    const { size, refused, givenUp, batch, again } = this;
    return judge(settled, { size, left: batch.count, refused, givenUp, again: again.size });
  }

  abort(reason: unknown): void {
    this.controller.abort(reason);
  }

  /** The end has come before the answer: what is left is counted as unknown. Gives how many items that are. */
  abandon(): number {
    this.over = true;
    const { size, refused, givenUp, again, batch } = this;
    const left = batch.count;
    this.options.log.count('accepted', size - left - refused - givenUp);
    this.options.log.count('unknown', left - again.size);
    return left;
  }

  /** Accepts what was not named as to be handed over again. */
  acceptRest(): void {
    const { again, batch } = this;
    const items = 'metrics' in batch.data ? batch.data.metrics.flatMap<Item>(({ points }) => points) : batch.data;
    batch.accept([...items].filter((item) => !again.has(item)));
  }

  private send(): ReturnType<Batch['send']> {
    const { rateLimit } = this.options;
    if (rateLimit === undefined) return this.batch.send(this.context());
    return this.turn(rateLimit).then(() => {
      this.prepaid = true;
      return this.batch.send(this.context());
    });
  }

  private context(): Required<ExportContext> {
    const { resource, usage, rateLimit } = this.options;
    return {
      signal: this.controller.signal,
      resource,
      accepted: (items) => {
        if (!this.over) this.settled(items);
      },
      rejected: (items, reason) => this.rejected(items, reason),
      unknown: (items, then) => this.unknown(items, then),
      request: async (bytes, uncompressed = bytes) => {
        this.controller.signal.throwIfAborted();
        if (rateLimit !== undefined && !this.prepaid) await this.turn(rateLimit);
        this.prepaid = false;
        usage.request(bytes, uncompressed);
        this.limit.begin();
      },
    };
  }

  /** Waiting for it is not the backend's fault, so it does not count as its time. */
  private async turn(rateLimit: RateLimit): Promise<void> {
    this.controller.signal.throwIfAborted();
    const turn = rateLimit.take(this.controller.signal);
    if (turn === undefined) return;
    this.limit.pause();
    await turn;
    this.limit.begin();
  }

  private rejected(items: Iterable<Item>, reason: string): void {
    if (this.over) return;
    const count = this.settled(items);
    this.refused += count;
    const { log } = this.options;
    log.count('rejected', count);
    if (count > 0) log.refused(count, reason);
  }

  private unknown(items: Iterable<Item>, then: 'again' | 'give-up'): void {
    if (this.over) return;
    // Those that are named twice are counted once.
    const fresh = [...new Set(items)].filter((item) => this.batch.has(item) && !this.again.has(item));
    this.options.log.count('unknown', fresh.length);
    if (then === 'again') for (const item of fresh) this.again.add(item);
    else this.givenUp += this.settled(fresh);
  }

  private settled(items: Iterable<Item>): number {
    const named = [...items];
    for (const item of named) this.again.delete(item);
    return this.batch.accept(named);
  }
}
