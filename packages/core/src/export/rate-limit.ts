import type { Clock } from '../clock.ts';

/**
 * A token bucket, kept as the time at which it would be full again (the generic cell rate algorithm): `perSecond` requests on average, and
 * as many at once (at least one). Who takes a turn has it, first come, first served. One for all signals of an exporter.
 */
export class RateLimit {
  private readonly clock: Clock;
  private readonly step: number;
  private readonly slack: number;
  private fullAt = Number.NEGATIVE_INFINITY;

  constructor(perSecond: number, clock: Clock) {
    this.clock = clock;
    this.step = 1 / perSecond;
    this.slack = (Math.max(1, Math.floor(perSecond)) - 1) * this.step;
  }

  /** Takes the next turn. `undefined`: it is now; else when it has come. Rejects, and gives the turn back, when `signal` fires. */
  take(signal: AbortSignal): Promise<void> | undefined {
    const now = this.clock.monotonic();
    const turn = Math.max(now, this.fullAt - this.slack);
    this.fullAt = Math.max(now, this.fullAt) + this.step;
    if (turn <= now) return undefined;
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        cancel();
        this.fullAt -= this.step;
        reject(signal.reason);
      };
      const cancel = this.clock.schedule(() => {
        signal.removeEventListener('abort', stop);
        resolve();
      }, turn - now);
      signal.addEventListener('abort', stop, { once: true });
    });
  }
}
