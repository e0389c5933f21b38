import { settle } from '../settle.ts';
import { Held } from './held-lock.ts';
import { Acquisition, ContextWithLock, type WatchedLock } from './lock-acquisition.ts';
import { type LockMetrics, LockSeries } from './lock-metrics.ts';
import type { LockMode, LockOptions } from './lock-options.ts';
import { errorType } from './operation.ts';
import type { OperationHome } from './operation-home.ts';

/** `error.type` of an acquisition that did not get the lock and did not fail either: `ifAvailable`, `tryLock`. */
const UNAVAILABLE = 'unavailable';

export interface AcquireOptions {
  /** `shared` or `exclusive`, as Web Locks and read-write locks have it; left out of the metrics when not given. */
  readonly mode?: LockMode;
}

/**
 * A mutex, semaphore or Web Lock, observed: how long it is waited for and held. It locks nothing itself. Made by `telemetry.lock`; all that
 * ask for one name share one. No method throws by itself.
 */
export class Lock implements WatchedLock {
  readonly name: string;
  readonly deadlockAfter: number;
  readonly permits: number;
  /** A deadlock was told, and nobody has got the lock or let go of it since. */
  isSuspected = false;
  private readonly home: OperationHome;
  private readonly metrics: LockMetrics;
  private plain: LockSeries | undefined = undefined;
  private shared: LockSeries | undefined = undefined;
  private exclusive: LockSeries | undefined = undefined;
  private waitingCount = 0;
  private heldCount = 0;
  private sharedCount = 0;
  private first: Acquisition | undefined = undefined;
  private last: Acquisition | undefined = undefined;

  constructor(home: OperationHome, metrics: LockMetrics, name: string, options: Required<LockOptions>) {
    this.name = name;
    this.deadlockAfter = options.deadlockAfter;
    this.permits = options.permits;
    this.home = home;
    this.metrics = metrics;
  }

  /** How many wait for it now, and how many hold it, in this process. */
  get waiting(): number {
    return this.waitingCount;
  }

  get held(): number {
    return this.heldCount;
  }

  /**
   * Runs `work` under the lock that `take` takes: `lock.run((critical) => mutex.runExclusive(critical), work)`. `work` gets what `take` calls
   * `critical` with. Gives and throws what `take` does. A first argument of `null` means that there was no lock to be had.
   */
  run<Args extends unknown[], T, R>(
    take: (critical: (...args: Args) => T) => R,
    work: (...args: Args) => T,
    options?: AcquireOptions,
  ): R {
    const acquisition = this.request(options?.mode);
    return settle(
      () => take((...args) => this.critical(acquisition, work, args)),
      (failed, error) => this.notGranted(acquisition, failed ? errorType(error) : UNAVAILABLE),
    );
  }

  /**
   * Takes the lock by what `take` gives, and holds it until `release` is called. `null` and `false` mean that there was no lock to be had.
   * Rejects with what `take` throws.
   */
  async acquire<H>(take: () => H | PromiseLike<H>, options?: AcquireOptions): Promise<Held<H>> {
    const acquisition = this.request(options?.mode);
    let value: H;
    try {
      value = await take();
    } catch (error) {
      this.notGranted(acquisition, errorType(error));
      throw error;
    }
    const granted = value !== null && value !== false;
    if (granted) this.grant(acquisition);
    else this.notGranted(acquisition, UNAVAILABLE);
    return new Held(value, granted, () => this.release(acquisition));
  }

  /** Its series, one for each mode it was asked for in. */
  series(): readonly LockSeries[] {
    return [this.plain, this.shared, this.exclusive].filter((series) => series !== undefined);
  }

  /** Those that wait and those that hold it, oldest first. */
  *acquisitions(): IterableIterator<Acquisition> {
    for (let one = this.first; one !== undefined; one = one.next) yield one;
  }

  private request(mode: LockMode | undefined): Acquisition {
    const { home } = this;
    const series = this.seriesOf(mode);
    if (this.isTakenFor(series)) series.contended.add(1);
    const context = home.tracer === undefined ? undefined : home.contexts.active();
    const acquisition = new Acquisition(this, series, context, home.clock.monotonic());
    series.waiting++;
    this.waitingCount++;
    acquisition.previous = this.last;
    if (this.last === undefined) this.first = acquisition;
    else this.last.next = acquisition;
    this.last = acquisition;
    return acquisition;
  }

  private isTakenFor(series: LockSeries): boolean {
    if (this.waitingCount > 0) return true;
    return series.isShared ? this.heldCount > this.sharedCount : this.heldCount >= this.permits;
  }

  private critical<Args extends unknown[], T>(acquisition: Acquisition, work: (...args: Args) => T, args: Args): T {
    // Called a second time, it is none of ours.
    if (acquisition.state !== 'waiting') return work(...args);
    if (args[0] === null) {
      this.notGranted(acquisition, UNAVAILABLE);
      return work(...args);
    }
    this.grant(acquisition);
    const { home } = this;
    return settle(
      () =>
        acquisition.context === undefined
          ? work(...args)
          : home.contexts.with(new ContextWithLock(home.contexts.active(), acquisition), () => work(...args)),
      () => this.release(acquisition),
    );
  }

  private grant(acquisition: Acquisition): void {
    const { series } = acquisition;
    const now = this.home.clock.monotonic();
    series.wait.record(now - acquisition.since);
    acquisition.since = now;
    acquisition.state = 'held';
    acquisition.suspected = false;
    series.waiting--;
    series.held++;
    this.waitingCount--;
    this.heldCount++;
    if (series.isShared) this.sharedCount++;
    this.isSuspected = false;
  }

  private release(acquisition: Acquisition): void {
    const { series } = acquisition;
    if (acquisition.state !== 'held') return;
    series.hold.record(this.home.clock.monotonic() - acquisition.since);
    series.held--;
    this.heldCount--;
    if (series.isShared) this.sharedCount--;
    this.isSuspected = false;
    this.remove(acquisition);
  }

  /** It is no longer waited for. Nothing, if it was granted. */
  private notGranted(acquisition: Acquisition, type: string): void {
    const { series } = acquisition;
    if (acquisition.state !== 'waiting') return;
    const waited = this.home.clock.monotonic() - acquisition.since;
    this.metrics.wait.record(waited, { ...series.attributes, 'error.type': type });
    series.waiting--;
    this.waitingCount--;
    this.remove(acquisition);
  }

  private remove(acquisition: Acquisition): void {
    const { previous, next } = acquisition;
    acquisition.state = 'over';
    if (previous === undefined) this.first = next;
    else previous.next = next;
    if (next === undefined) this.last = previous;
    else next.previous = previous;
    // What still has its context must not keep the others.
    acquisition.previous = undefined;
    acquisition.next = undefined;
  }

  private seriesOf(mode: LockMode | undefined): LockSeries {
    if (mode === undefined) {
      this.plain ??= new LockSeries(this.metrics, this.name, mode);
      return this.plain;
    }
    if (mode === 'shared') {
      this.shared ??= new LockSeries(this.metrics, this.name, mode);
      return this.shared;
    }
    this.exclusive ??= new LockSeries(this.metrics, this.name, 'exclusive');
    return this.exclusive;
  }
}
