import type { CancelTimer } from '../clock.ts';
import { messageOf } from '../errors.ts';
import { jittered, shortened } from './back-off.ts';
import type { SignalHealth } from './exporter-health.ts';
import type { Batch, Feed } from './feed.ts';
import { type Pause, Sender, type SenderOptions } from './sender.ts';

/** At the end, so many tries within the deadline, unless the pause before the next would be longer than so many seconds. */
const LAST_TRIES = 3;
const MAX_LAST_PAUSE = 5;

export interface SignalLoopOptions extends SenderOptions {
  readonly feed: Feed;
}

type Waiter = (pause: Pause | undefined) => void;

/**
 * Sends one signal of one exporter: when it is time, never two calls at once, with a time limit, again after a failure.
 *
 *            interval, full batch, flush, pause over
 *   waiting ────────────────────────────────────────▶ pass: batch after batch
 *      ▲                                                 │
 *      └── all sent, a try failed, or the circuit opened ─┘
 *
 * A call that ignores its signal keeps the pass open: nothing is sent until it settles, which health and `onError` say. Never throws.
 */
export class SignalLoop {
  private readonly options: SignalLoopOptions;
  private readonly sender: Sender;
  private timer: CancelTimer | undefined;
  /** What the timer is for: `pause` must not be cut short by a full batch, and `now` needs no second one. */
  private waitingFor: 'interval' | 'pause' | 'now' = 'interval';
  /** Waits for the circuit breaker, with a timer or without. */
  private leftAlone = false;
  /** The backend asked not to be called before this monotonic second. */
  private notBefore = 0;
  private active = false;
  private running = false;
  /** What failed is to be tried again. */
  private retrying = false;
  private closing = false;
  /** The deadline has passed: no call is made any more. */
  private stopped = false;
  private waiters: Waiter[] = [];

  constructor(options: SignalLoopOptions) {
    this.options = options;
    this.sender = new Sender(options);
    options.circuit?.onChange(() => this.circuitChanged());
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
    this.leftAlone = false;
    this.disarm();
    for (const waiter of this.waiters.splice(0)) waiter(undefined);
  }

  /** Something came into the feed. */
  wake(): void {
    if (!this.active || this.running || this.closing || this.leftAlone) return;
    const { feed, interval, random } = this.options;
    if (feed.full) {
      // Not at once: who ended the span must not wait while the exporter encodes a batch.
      if (this.timer === undefined || this.waitingFor === 'interval') this.arm(0, 'now');
    } else if (this.timer === undefined) {
      if (feed.periodic) this.arm(jittered(interval, random()), 'interval');
      else if (feed.size > 0) this.arm(shortened(interval, random()), 'interval');
    }
  }

  /**
   * Sends what is there now. Resolves when that was tried, at the latest after the time limit of one call; at once while a call hangs or
   * the backend is left alone.
   */
  flush(): Promise<void> {
    const { circuit, clock, timeout } = this.options;
    if (!this.active || this.closing || this.sender.hangs || (circuit !== undefined && circuit.wait > 0))
      return Promise.resolve();
    return new Promise((resolve) => {
      const done: Waiter = () => {
        cancel();
        resolve();
      };
      const cancel = clock.schedule(() => {
        this.waiters = this.waiters.filter((waiter) => waiter !== done);
        resolve();
      }, timeout);
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
    const { clock } = this.options;
    this.running = true;
    this.leftAlone = false;
    this.disarm();
    let began: number;
    let pause: Pause | undefined;
    do {
      const waiters = this.waiters;
      this.waiters = [];
      began = clock.monotonic();
      pause = await this.pass(waiters.length > 0);
      this.retrying = pause?.retry ?? false;
      this.notBefore = pause?.asked ? clock.monotonic() + pause.seconds : 0;
      for (const waiter of waiters) waiter(pause);
    } while (this.waiters.length > 0 && !this.stopped);
    this.running = false;
    if (!this.closing && this.active) this.rest(began, pause);
  }

  /** Until the next pass. */
  private rest(began: number, pause: Pause | undefined): void {
    const { signal, circuit, clock, feed, interval, random } = this.options;
    const elapsed = clock.monotonic() - began;
    const alone = circuit?.waitOf(signal) ?? 0;
    if (alone > 0) {
      this.leftAlone = true;
      // Without an end in sight, the circuit breaker tells.
      if (alone < Number.POSITIVE_INFINITY) this.arm(Math.max(pause?.seconds ?? 0, alone), 'pause');
      return;
    }
    const due = feed.periodic && !pause?.retry ? jittered(interval, random()) - elapsed : 0;
    if (pause !== undefined) this.arm(Math.max(pause.seconds, due), 'pause');
    else if (feed.periodic) this.arm(Math.max(0, due), 'interval');
    else if (feed.full) this.arm(0, 'now');
    // What came during the pass has waited since then.
    else if (feed.size > 0) this.arm(Math.max(0, shortened(interval, random()) - elapsed), 'interval');
  }

  private circuitChanged(): void {
    if (!this.leftAlone || this.running || this.closing || !this.active) return;
    const { signal, circuit, clock } = this.options;
    const asked = Math.max(0, this.notBefore - clock.monotonic());
    if (circuit?.state === 'closed') {
      this.leftAlone = false;
      this.arm(asked, 'pause');
    } else if (this.timer === undefined) this.arm(Math.max(asked, circuit?.waitOf(signal) ?? 0), 'pause');
  }

  /** Sends a batch, and goes on while there are whole ones; `all`: as many items as there are now. Gives the pause before the next pass. */
  private async pass(all: boolean): Promise<Pause | undefined> {
    const { feed, log, circuit } = this.options;
    const asked = all || this.retrying;
    let owed = all ? feed.size : 0;
    do {
      // At the end, what is left is tried all the same.
      if (circuit?.admits() === false && !this.closing) return undefined;
      let batch: Batch | undefined;
      try {
        batch = await feed.next(asked);
      } catch (error) {
        circuit?.unused();
        log.failed(messageOf(error), 'Nothing could be collected.');
        return this.sender.pause(true, undefined);
      }
      log.count('dropped', feed.lost());
      if (batch === undefined || this.stopped) {
        circuit?.unused();
        return undefined;
      }
      owed -= batch.count;
      const pause = await this.sender.send(batch);
      if (pause !== undefined) return pause;
    } while (!this.stopped && (owed > 0 || feed.full));
    return undefined;
  }

  private async lastTries(): Promise<void> {
    const { circuit, clock, feed } = this.options;
    for (let tries = 1; ; tries++) {
      const pause = await new Promise<Pause | undefined>((resolve) => {
        this.waiters.push(resolve);
        this.runIfIdle();
      });
      if (pause === undefined || (!pause.retry && feed.size === 0)) return;
      if (tries === LAST_TRIES || pause.seconds > MAX_LAST_PAUSE || this.stopped) return;
      // While the backend is left alone, one last try is all that it is given.
      if (circuit !== undefined && circuit.state !== 'closed') return;
      await new Promise<void>((resolve) => {
        this.timer = clock.schedule(resolve, pause.seconds);
      });
    }
  }

  /** When the deadline fires, the call in flight is told, and has the rest of the turn to settle. */
  private stopAt(deadline: AbortSignal): { readonly stopped: Promise<void>; dispose(): void } {
    let dispose = (): void => {};
    const stopped = new Promise<void>((resolve) => {
      const onAbort = (): void => {
        this.stopped = true;
        this.sender.stop(deadline.reason);
        this.options.clock.schedule(resolve, 0);
      };
      if (deadline.aborted) return onAbort();
      deadline.addEventListener('abort', onAbort, { once: true });
      dispose = () => deadline.removeEventListener('abort', onAbort);
    });
    return { stopped, dispose };
  }

  /** What is left is counted; nothing counts any more. */
  private close(): void {
    const { feed, log } = this.options;
    this.stopped = true;
    this.disarm();
    const unknown = this.sender.close();
    log.count('dropped', feed.abandon() - unknown);
    for (const waiter of this.waiters.splice(0)) waiter(undefined);
  }
}
