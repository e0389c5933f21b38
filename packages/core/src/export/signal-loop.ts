import type { CancelTimer, Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Resource } from '../resource.ts';
import { backOff, jittered } from './back-off.ts';
import type { ExportLog } from './export-log.ts';
import type { SignalHealth } from './exporter-health.ts';
import type { Batch, Feed } from './feed.ts';
import { limitedCall } from './limited-call.ts';
import type { LoopObserver } from './loop-observer.ts';
import type { Signal } from './signal.ts';
import { judge } from './verdict.ts';

/** At the end, so many tries within the deadline, unless the pause before the next would be longer than so many seconds. */
const LAST_TRIES = 3;
const MAX_LAST_PAUSE = 5;

export interface SignalLoopOptions {
  readonly signal: Signal;
  readonly feed: Feed;
  /** Seconds between exports. */
  readonly interval: number;
  /** Seconds that one call may take. */
  readonly timeout: number;
  readonly resource: Resource;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: ExportLog;
  readonly observer: LoopObserver | undefined;
}

/** A call to the exporter that has not settled. */
interface Call {
  readonly batch: Batch;
  readonly size: number;
  readonly controller: AbortController;
  /** Items that were not taken, and are not handed over again. */
  givenUp: number;
  overdue: boolean;
}

/** What must come before the next call. */
interface Pause {
  readonly seconds: number;
  /** Something failed and is to be tried again. */
  readonly retry: boolean;
}

type Waiter = (pause: Pause | undefined) => void;

/**
 * Sends one signal of one exporter: when it is time, never two calls at once, with a time limit, again after a failure.
 *
 *            interval, full batch, flush, pause over
 *   waiting ────────────────────────────────────────▶ pass: batch after batch
 *      ▲                                                 │
 *      └──────────── all sent, or a try failed ──────────┘
 *
 * A call that ignores its signal keeps the pass open: nothing is sent until it settles, which health and `onError` say. Never throws.
 */
export class SignalLoop {
  private readonly options: SignalLoopOptions;
  private timer: CancelTimer | undefined;
  /** What the timer is for: `pause` must not be cut short by a full batch, and `now` needs no second one. */
  private waitingFor: 'interval' | 'pause' | 'now' = 'interval';
  private active = false;
  private running = false;
  private closing = false;
  /** The deadline has passed: no call is made any more. */
  private stopped = false;
  /** What is left was counted; nothing counts any more. */
  private closed = false;
  private call: Call | undefined;
  private waiters: Waiter[] = [];

  constructor(options: SignalLoopOptions) {
    this.options = options;
  }

  /** Begins to send. */
  start(): void {
    if (this.active || this.closing) return;
    this.active = true;
    this.wake();
  }

  /** Sends nothing until it is started again, but for a call that is under way. */
  hold(): void {
    this.active = false;
    this.disarm();
    for (const waiter of this.waiters.splice(0)) waiter(undefined);
  }

  /** Something came into the feed. */
  wake(): void {
    if (!this.active || this.running || this.closing) return;
    const { feed, interval, random } = this.options;
    if (feed.full) {
      // Not at once: who ended the span must not wait while the exporter encodes a batch.
      if (this.timer === undefined || this.waitingFor === 'interval') this.arm(0, 'now');
    } else if (this.timer === undefined && (feed.periodic || feed.size > 0)) {
      this.arm(jittered(interval, random()), 'interval');
    }
  }

  /** Sends what is there now. Resolves when that was tried, at the latest after the time limit of one call; at once while a call hangs. */
  flush(): Promise<void> {
    if (!this.active || this.closing || this.call?.overdue) return Promise.resolve();
    return new Promise((resolve) => {
      const done: Waiter = () => {
        cancel();
        resolve();
      };
      const cancel = this.options.clock.schedule(() => {
        this.waiters = this.waiters.filter((waiter) => waiter !== done);
        resolve();
      }, this.options.timeout);
      this.waiters.push(done);
      this.runIfIdle();
    });
  }

  /** Sends what is left, with a few tries, until `deadline` fires; then nothing more. What was not taken by then is counted. */
  async finish(deadline: AbortSignal): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    this.disarm();
    const stop = this.stopAt(deadline);
    if (this.active) await Promise.race([this.lastTries(), stop.stopped]);
    stop.dispose();
    this.close();
  }

  health(): SignalHealth {
    return this.options.log.health(this.options.feed.size);
  }

  private arm(seconds: number, waitingFor: SignalLoop['waitingFor']): void {
    this.disarm();
    this.waitingFor = waitingFor;
    this.timer = this.options.clock.schedule(() => this.runIfIdle(), seconds);
  }

  private disarm(): void {
    this.timer?.();
    this.timer = undefined;
  }

  private runIfIdle(): void {
    if (!this.running) void this.run();
  }

  private async run(): Promise<void> {
    const { clock, feed, interval, random } = this.options;
    this.running = true;
    this.disarm();
    let began: number;
    let pause: Pause | undefined;
    do {
      const waiters = this.waiters;
      this.waiters = [];
      began = clock.monotonic();
      pause = await this.pass(waiters.length > 0);
      for (const waiter of waiters) waiter(pause);
    } while (this.waiters.length > 0 && !this.stopped);
    this.running = false;
    if (this.closing || !this.active) return;
    const rest = feed.periodic && !pause?.retry ? began + jittered(interval, random()) - clock.monotonic() : 0;
    if (pause !== undefined) this.arm(Math.max(pause.seconds, rest), 'pause');
    else if (feed.periodic) this.arm(Math.max(0, rest), 'interval');
    else this.wake();
  }

  /** Sends a batch, and goes on while there are whole ones; `all`: as many items as there are now. Gives the pause before the next pass. */
  private async pass(all: boolean): Promise<Pause | undefined> {
    const { feed, log } = this.options;
    let owed = all ? feed.size : 0;
    do {
      let batch: Batch | undefined;
      try {
        batch = await feed.next();
      } catch (error) {
        log.failed(messageOf(error), 'Nothing could be collected.');
        return this.pause(true, undefined);
      }
      log.count('dropped', feed.lost());
      if (batch === undefined || this.stopped) return undefined;
      owed -= batch.count;
      const pause = await this.attempt(batch);
      if (pause !== undefined) return pause;
    } while (!this.stopped && (owed > 0 || feed.full));
    return undefined;
  }

  private async attempt(batch: Batch): Promise<Pause | undefined> {
    const { signal, clock, timeout, resource, log, observer } = this.options;
    const call: Call = { batch, size: batch.count, controller: new AbortController(), givenUp: 0, overdue: false };
    const context = {
      signal: call.controller.signal,
      resource,
      accepted: (items: Parameters<Batch['accept']>[0]): void => {
        if (this.call === call) batch.accept(items);
      },
      rejected: (items: Parameters<Batch['accept']>[0], reason: string): void => {
        if (this.call !== call) return;
        const given = [...items];
        log.count('rejected', given.length);
        log.refused(given.length, reason);
        call.givenUp += given.length;
        batch.accept(given);
      },
      unknown: (items: Parameters<Batch['accept']>[0], then: 'again' | 'give-up'): void => {
        if (this.call !== call) return;
        const given = [...items];
        log.count('unknown', given.length);
        if (then === 'again') return;
        call.givenUp += given.length;
        batch.accept(given);
      },
      request: async (_bytes: number): Promise<void> => call.controller.signal.throwIfAborted(),
    };
    this.call = call;
    const began = clock.monotonic();
    const limit = { clock, seconds: timeout, controller: call.controller };
    const settled = await limitedCall(
      () => batch.send(context),
      limit,
      () => {
        call.overdue = true;
        log.failed(`the call still runs after its time limit of ${timeout} s`, `No ${signal} are sent until it ends.`);
      },
    );
    if (this.closed) return undefined;
    this.call = undefined;
    observer?.duration(signal, clock.monotonic() - began, settled.failed);

    const verdict = judge(settled, call.size, batch.count);
    log.count('accepted', verdict.accepted - call.givenUp);
    log.count('rejected', verdict.rejected);
    log.count('unknown', verdict.unknown);
    let gaveUp = 0;
    if (verdict.retry) gaveUp = batch.failed();
    else batch.settle();
    log.count('dropped', gaveUp);
    if (verdict.failure === undefined) {
      log.succeeded();
      if (verdict.refusal !== undefined) log.refused(verdict.rejected, verdict.refusal);
    } else if (!call.overdue) {
      // An overdue call was told when its time was over.
      log.failed(verdict.failure, consequence(verdict.retry, gaveUp, verdict.rejected));
    }
    return verdict.retry || verdict.retryAfter !== undefined
      ? this.pause(verdict.retry, verdict.retryAfter)
      : undefined;
  }

  private pause(retry: boolean, retryAfter: number | undefined): Pause {
    const { log, interval, random } = this.options;
    return { retry, seconds: backOff(Math.max(1, log.consecutiveFailures), interval, retryAfter, random()) };
  }

  private async lastTries(): Promise<void> {
    for (let tries = 1; ; tries++) {
      const pause = await new Promise<Pause | undefined>((resolve) => {
        this.waiters.push(resolve);
        this.runIfIdle();
      });
      if (pause === undefined || (!pause.retry && this.options.feed.size === 0)) return;
      if (tries === LAST_TRIES || pause.seconds > MAX_LAST_PAUSE || this.stopped) return;
      await new Promise<void>((resolve) => {
        this.timer = this.options.clock.schedule(resolve, pause.seconds);
      });
    }
  }

  /** When the deadline fires, the call in flight is told, and has the rest of the turn to settle. */
  private stopAt(deadline: AbortSignal): { readonly stopped: Promise<void>; dispose(): void } {
    let dispose = (): void => {};
    const stopped = new Promise<void>((resolve) => {
      const onAbort = (): void => {
        this.stopped = true;
        this.call?.controller.abort(deadline.reason);
        this.options.clock.schedule(resolve, 0);
      };
      if (deadline.aborted) return onAbort();
      deadline.addEventListener('abort', onAbort, { once: true });
      dispose = () => deadline.removeEventListener('abort', onAbort);
    });
    return { stopped, dispose };
  }

  private close(): void {
    const { signal, feed, log } = this.options;
    this.stopped = true;
    this.closed = true;
    this.disarm();
    let unknown = 0;
    if (this.call !== undefined) {
      unknown = this.call.batch.count;
      log.count('accepted', this.call.size - unknown - this.call.givenUp);
      log.count('unknown', unknown);
      if (!this.call.overdue)
        log.failed('no answer before the end', `Whether ${unknown} ${signal} arrived is not known.`);
    }
    log.count('dropped', feed.abandon() - unknown);
    this.call = undefined;
    for (const waiter of this.waiters.splice(0)) waiter(undefined);
  }
}

function consequence(retry: boolean, gaveUp: number, rejected: number): string {
  if (gaveUp > 0) return `${gaveUp} were given up.`;
  if (rejected > 0) return `${rejected} were given up, because trying again cannot help.`;
  return retry ? 'It is tried again, with growing pauses.' : 'It is not tried again.';
}
