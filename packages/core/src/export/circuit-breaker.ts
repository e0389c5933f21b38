import type { Clock } from '../clock.ts';
import type { CircuitBreakerOptions } from './delivery-settings.ts';
import type { Signal } from './signal.ts';

/** `open`: no call is made for now. `half-open`: one is under way that decides. */
export type CircuitState = 'closed' | 'open' | 'half-open';

const FAILURES = 5;
const PAUSE = 30;
/** So many times the first pause is the longest. */
const MAX_GROWTH = 10;
/** A backend that asks for a longer pause than an hour is asked again after an hour. */
const MAX_RETRY_AFTER = 3600;
/** How far, as a share, pauses are lengthened, so that the instances of a service do not come back together. */
const JITTER = 0.1;
/** Seconds by which the signal that failed last lets others go first. */
const YIELD = 0.1;

/**
 * Leaves a dead backend alone; one for all signals of an exporter.
 *
 * It and the back-off do different things. The back-off spreads the tries of one signal (1, 2, 4 … s, each at random up to that), so that a short
 * failure is over soon. The breaker counts the failures of all signals in a row: when there are so many that this is an outage, it
 * takes over, and nothing is collected or sent until its pause is over. Then whoever has something to send makes one call, which
 * decides for all; another signal than the time before, if it can be, as it may be one only that is refused. Each signal waits for whichever of the two is longer; when a call succeeds, both are over.
 */
export class CircuitBreaker {
  private readonly clock: Clock;
  private readonly random: () => number;
  private readonly limit: number;
  private readonly firstPause: number;
  private readonly listeners: (() => void)[] = [];
  private current: CircuitState = 'closed';
  private failures = 0;
  private pause: number;
  private until = 0;
  private failedLast: Signal | undefined;

  constructor(options: CircuitBreakerOptions, clock: Clock, random: () => number) {
    this.clock = clock;
    this.random = random;
    this.limit = options.failures ?? FAILURES;
    this.firstPause = options.pause ?? PAUSE;
    this.pause = this.firstPause;
  }

  get state(): CircuitState {
    return this.current;
  }

  /** Seconds until it is worth asking; Infinity while another call decides: `onChange` tells when it has. */
  get wait(): number {
    if (this.current === 'half-open') return Number.POSITIVE_INFINITY;
    return this.current === 'closed' ? 0 : Math.max(0, this.until - this.clock.monotonic());
  }

  /** Seconds until a signal is to ask. */
  waitOf(signal: Signal): number {
    const { wait } = this;
    return wait > 0 && signal === this.failedLast && this.listeners.length > 1 ? wait + YIELD : wait;
  }

  /** Whether a call may be made now. What is made of it must be said: `succeeded`, `failed`, or `unused`. */
  admits(): boolean {
    if (this.wait > 0) return false;
    if (this.current === 'open') this.current = 'half-open';
    return true;
  }

  /** The backend answered. */
  succeeded(): void {
    this.failures = 0;
    this.pause = this.firstPause;
    this.become('closed');
  }

  /** The backend failed. `retryAfter`: seconds it asked to wait. */
  failed(signal: Signal, retryAfter: number | undefined): void {
    this.failedLast = signal;
    const asked = Math.min(retryAfter ?? 0, MAX_RETRY_AFTER);
    // Other signals had calls under way when it opened; they say nothing new, but for a longer wait.
    if (this.current === 'open') {
      this.until = Math.max(this.until, this.clock.monotonic() + asked);
      return;
    }
    this.failures++;
    if (this.current === 'closed' && this.failures < this.limit) return;
    if (this.current === 'half-open') this.pause = Math.min(2 * this.pause, MAX_GROWTH * this.firstPause);
    this.until = this.clock.monotonic() + Math.max(this.pause, asked) * (1 + JITTER * this.random());
    this.become('open');
  }

  /** No call was made: there was nothing to send. */
  unused(): void {
    if (this.current === 'half-open') this.become('open');
  }

  /** Calls `listener` whenever it has become open or closed. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  private become(state: CircuitState): void {
    if (this.current === state) return;
    this.current = state;
    for (const listener of this.listeners) listener();
  }
}
