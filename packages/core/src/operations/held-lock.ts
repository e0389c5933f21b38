/** A lock that is held, made by `lock.acquire`. `using` lets go of it at the end of the block. */
export class Held<H> implements Disposable {
  /** What the lock gave: a function that releases it, a handle. */
  readonly value: H;
  /** `false`: there was no lock to be had. */
  readonly granted: boolean;
  private readonly released: () => void;
  private isOver = false;

  constructor(value: H, granted: boolean, released: () => void) {
    this.value = value;
    this.granted = granted;
    this.released = released;
  }

  /**
   * Lets go: calls the value if it is a function, its method `release` if it has one, or what it is given. Gives what that gives, such as a
   * promise. Only the first call counts; without a lock it does nothing.
   */
  release(by?: (value: H) => unknown): unknown {
    if (this.isOver || !this.granted) return undefined;
    this.isOver = true;
    try {
      return by === undefined ? releaseOf(this.value) : by(this.value);
    } finally {
      this.released();
    }
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

function releaseOf(value: unknown): unknown {
  if (typeof value === 'function') return value();
  // Semaphores of async-mutex give their value and the function.
  if (Array.isArray(value) && typeof value[1] === 'function') return value[1]();
  if (typeof value !== 'object' || value === null) return undefined;
  const { release } = value as { readonly release?: unknown };
  return typeof release === 'function' ? release.call(value) : undefined;
}
