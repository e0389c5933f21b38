import type { Clock } from '../clock.ts';

/** Part of the time that such work may take. */
const SHARE = 0.002;

/** Calls functions that are costly one after the other, and seldom enough that together they take at most a five-hundredth of the time. */
export class Sparing {
  private readonly clock: Clock;
  /** By key, the first come first. */
  private readonly waiting = new Map<string, () => Promise<void>>();
  private isBusy = false;
  private freeAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /**
   * Calls `work` at once if it may, and gives its promise. Else calls it later, in place of what waits under the same key, and then nobody hears
   * of its failure.
   */
  run(key: string, work: () => Promise<void>): Promise<void> | undefined {
    const now = this.clock.monotonic();
    if (!this.isBusy && this.waiting.size === 0 && now >= this.freeAt) return this.call(work);
    this.waiting.set(key, work);
    this.next();
    return undefined;
  }

  /** What waits under this key is not wanted any more. */
  forget(key: string): void {
    this.waiting.delete(key);
  }

  private async call(work: () => Promise<void>): Promise<void> {
    this.isBusy = true;
    const begun = this.clock.monotonic();
    try {
      await work();
    } finally {
      const now = this.clock.monotonic();
      this.freeAt = now + (now - begun) * (1 / SHARE - 1);
      this.isBusy = false;
      this.next();
    }
  }

  /** Whoever comes next asks again: without them there is no timer. */
  private next(): void {
    if (this.isBusy || this.clock.monotonic() < this.freeAt) return;
    for (const [key, work] of this.waiting) {
      this.waiting.delete(key);
      this.call(work).catch(() => undefined);
      return;
    }
  }
}
