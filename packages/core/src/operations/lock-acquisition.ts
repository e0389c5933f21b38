import type { Span } from '@opentelemetry/api';
import { type Context, createContextKey, trace } from '@opentelemetry/api';
import type { LockSeries } from './lock-metrics.ts';

const HELD_LOCKS = createContextKey('Telltale held locks');

/** A lock, as far as deadlocks are looked for. */
export interface WatchedLock {
  readonly name: string;
  readonly deadlockAfter: number;
  readonly permits: number;
  /** How many wait for it now, and how many hold it. */
  readonly waiting: number;
  readonly held: number;
  /** A deadlock was told, and nobody has got the lock or let go of it since. */
  isSuspected: boolean;
  /** Those that wait and those that hold it, oldest first. */
  acquisitions(): IterableIterator<Acquisition>;
}

/** One attempt to take a lock, from asking for it to letting go. Those of a lock that are not over are a list, oldest first. */
export class Acquisition {
  readonly lock: WatchedLock;
  readonly series: LockSeries;
  /** The context it was asked for in; `undefined` when spans are off. */
  readonly context: Context | undefined;
  state: 'waiting' | 'held' | 'over';
  /** Seconds by the monotonic clock: when it began to wait, then when it got the lock. */
  since: number;
  /** A deadlock with it was told already. */
  suspected: boolean;
  previous: Acquisition | undefined;
  next: Acquisition | undefined;

  constructor(lock: WatchedLock, series: LockSeries, context: Context | undefined, since: number) {
    this.lock = lock;
    this.series = series;
    this.context = context;
    this.state = 'waiting';
    this.since = since;
    this.suspected = false;
    this.previous = undefined;
    this.next = undefined;
  }

  get span(): Span | undefined {
    return this.context && trace.getSpan(this.context);
  }

  /** The locks that the work holds which waits here, innermost first, as far as context tells. */
  *holding(): IterableIterator<Acquisition> {
    let held = this.context?.getValue(HELD_LOCKS) as Acquisition | undefined;
    for (; held !== undefined; held = held.context?.getValue(HELD_LOCKS) as Acquisition | undefined) {
      if (held.state === 'held') yield held;
    }
  }
}

/** A context in which a lock is held. Its own class for the reason that `ContextWithSpan` is. */
export class ContextWithLock implements Context {
  private readonly rest: Context;
  private readonly acquisition: Acquisition;

  constructor(rest: Context, acquisition: Acquisition) {
    this.rest = rest;
    this.acquisition = acquisition;
  }

  getValue(key: symbol): unknown {
    return key === HELD_LOCKS ? this.acquisition : this.rest.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return new ContextWithLock(this.rest.setValue(key, value), this.acquisition);
  }

  deleteValue(key: symbol): Context {
    return new ContextWithLock(this.rest.deleteValue(key), this.acquisition);
  }
}
