/** A tenth of what would be noticed: what is written out after a slice takes about as long again. */
const SLICE_MS = 2.5;

/** Parts of the event loop that `Pace` needs; replaced in tests. */
export interface Loop {
  /** Milliseconds, never going back. */
  now(): number;
  /** Calls back in the next turn of the event loop. */
  nextTurn(callback: () => void): void;
}

const EVENT_LOOP: Loop = { now: () => performance.now(), nextTurn: (callback) => setImmediate(callback) };

/** Cuts work into slices, so that the service's own work comes in between. All work of one exporter shares it: one slice per turn of the event loop. */
export class Pace {
  private deadline = 0;
  private last: Promise<void> = Promise.resolve();
  private readonly loop: Loop;

  constructor(loop: Loop = EVENT_LOOP) {
    this.loop = loop;
  }

  /** Resolves when the next slice may begin. It is to be used in the same microtask. */
  slice(): Promise<void> {
    this.last = this.last.then(() => this.turn());
    return this.last;
  }

  /** The present slice has been used up. */
  over(): boolean {
    return this.loop.now() >= this.deadline;
  }

  private turn(): Promise<void> {
    return new Promise((resolve) => {
      this.loop.nextTurn(() => {
        this.deadline = this.loop.now() + SLICE_MS;
        resolve();
      });
    });
  }
}
