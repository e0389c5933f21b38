import type { CancelTimer } from '../clock.ts';
import type { Acquisition, WatchedLock } from './lock-acquisition.ts';
import { type Cycle, LockCycles, MAX_LOOKED_AT } from './lock-cycles.ts';
import type { LockMetrics } from './lock-metrics.ts';
import type { OperationHome } from './operation-home.ts';

/** Seconds between two looks at all locks, at most. */
const LOOK_EVERY = 5;

/** Seconds that something must wait before it is looked for circles: what is not granted at once gives up at once, or waits. */
const GRACE = 1;

const REASON = 'deadlock.reason';
const SUSPECTED = 'suspected_deadlock';

/** Why a deadlock is suspected. `reentrant`: by work that holds the lock itself. `cycle`: by several that hold what others of them wait for. */
type Reason = 'reentrant' | 'cycle' | 'held' | 'waiting';

/** Calls something again and again. */
export type Every = (seconds: number, work: () => void) => CancelTimer;

/** Looks at all locks now and then for those that are stuck, so that taking a lock needs no timer. */
export class Deadlocks {
  private readonly home: OperationHome;
  private readonly metrics: LockMetrics;
  private readonly every: Every;
  private readonly locks = new Set<WatchedLock>();
  private period = Number.POSITIVE_INFINITY;
  private cancel: CancelTimer | undefined = undefined;

  constructor(home: OperationHome, metrics: LockMetrics, every: Every) {
    this.home = home;
    this.metrics = metrics;
    this.every = every;
  }

  /** Looks at this lock, too, and often enough for it. */
  watch(lock: WatchedLock): void {
    if (lock.deadlockAfter === Number.POSITIVE_INFINITY) return;
    this.locks.add(lock);
    const period = Math.min(LOOK_EVERY, lock.deadlockAfter / 2);
    if (period >= this.period) return;
    this.cancel?.();
    this.period = period;
    this.cancel = this.every(period, () => this.look());
  }

  private look(): void {
    const now = this.home.clock.monotonic();
    const locks = [...this.locks].filter(({ waiting, held }) => waiting + held > 0);
    const waiting = locks.flatMap((lock) =>
      firstOf(lock, ({ state, since }) => state === 'waiting' && now - since > GRACE),
    );
    const cycles = new LockCycles(waiting);
    for (const one of waiting) {
      const cycle = one.suspected ? undefined : cycles.of(one);
      if (cycle !== undefined) this.tellCycle(cycle, now);
    }
    for (const lock of locks) if (!lock.isSuspected) this.lookAt(lock, now);
  }

  private lookAt(lock: WatchedLock, now: number): void {
    const overdue = firstOf(lock, ({ suspected, since }) => !suspected && now - since >= lock.deadlockAfter);
    const [first] = overdue;
    if (first === undefined) return;
    const holder = overdue.find(({ state }) => state === 'held');
    const one = holder ?? first;
    const seconds = Math.round(now - one.since);
    const message =
      one.state === 'held'
        ? `Lock "${lock.name}" has been held for ${seconds} s, and ${lock.waiting} wait for it. Does the work under it never end, or is release() missing?`
        : `Lock "${lock.name}" has been waited for for ${seconds} s, and ${lock.held} hold it in this process. See that whoever holds it lets go.`;
    this.tell(one.state === 'held' ? 'held' : 'waiting', one, overdue, message, now);
  }

  private tellCycle(cycle: Cycle, now: number): void {
    const [first] = cycle as readonly [Acquisition];
    const names = cycle.map(({ lock }) => lock.name);
    const message =
      cycle.length === 1
        ? `Lock "${names[0]}" is waited for by work that holds it already, and so will never get it. Take it once, further out.`
        : `Locks are waited for in a circle, each by the holder of another: ${[...names, names[0]].join(' → ')}. Take them in the same order everywhere.`;
    for (const { lock } of cycle) lock.isSuspected = true;
    this.tell(cycle.length === 1 ? 'reentrant' : 'cycle', first, cycle, message, now);
  }

  /** Counts it, tells `onError` of it once per lock and reason, and everyone who listens each time. */
  private tell(reason: Reason, one: Acquisition, all: readonly Acquisition[], message: string, now: number): void {
    const { lock, series } = one;
    const { diagnostics } = this.home;
    const attributes = Object.freeze({ ...series.attributes, [REASON]: reason }) as Readonly<Record<string, string>>;
    lock.isSuspected = true;
    this.metrics.suspected.add(1, attributes);
    diagnostics.problem('ERR_DEADLOCK', `${lock.name} ${reason}`, () => message);
    for (const { span, since, lock: of, state } of all) {
      span?.addEvent('lock.suspected_deadlock', {
        'lock.name': of.name,
        'lock.state': state,
        'lock.duration': now - since,
        [REASON]: reason,
      });
    }
    for (const acquisition of all) acquisition.suspected = true;
    this.emit(one, attributes, message, now);
  }

  private emit(one: Acquisition, attributes: Readonly<Record<string, string>>, message: string, now: number): void {
    const { hooks, clock, resource, attributes: defaults } = this.home;
    if (!hooks.has('stuck')) return;
    const time = clock.now();
    const ids = one.span?.spanContext();
    hooks.emit(
      Object.freeze({
        type: 'stuck',
        kind: 'lock',
        name: one.lock.name,
        time,
        startTime: time - (now - one.since),
        duration: now - one.since,
        attributes: Object.freeze({ ...defaults, ...attributes }),
        error: Object.freeze({ type: SUSPECTED, message }),
        ...(ids === undefined ? {} : { traceId: ids.traceId, spanId: ids.spanId }),
        resource,
      }),
    );
  }
}

function firstOf(lock: WatchedLock, isMeant: (one: Acquisition) => boolean): Acquisition[] {
  const found: Acquisition[] = [];
  for (const one of lock.acquisitions()) {
    if (isMeant(one) && found.push(one) >= MAX_LOOKED_AT) break;
  }
  return found;
}
