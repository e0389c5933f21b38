/** Milliseconds of work after which others get their turn. */
const SLICE_MS = 4;

/** Cuts long work into slices of about 4 ms, so that it holds the process at no time for long: `if (pace.over()) await pace.rest()`. */
export class Pace {
  private end = performance.now() + SLICE_MS;
  private spent = 0;
  private began = performance.now();

  /** Whether the slice is over. */
  over(): boolean {
    return performance.now() > this.end;
  }

  /** Milliseconds of work so far, without the pauses. */
  get worked(): number {
    return this.spent + performance.now() - this.began;
  }

  /** Lets others have their turn. */
  async rest(): Promise<void> {
    this.spent += performance.now() - this.began;
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.began = performance.now();
    this.end = this.began + SLICE_MS;
  }
}
