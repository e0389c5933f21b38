/** Milliseconds of work after which others get their turn. */
const SLICE_MS = 4;

/** Cuts long work into slices, so that it holds the process at no time for long. */
export class Pace {
  private end = performance.now() + SLICE_MS;

  /** Whether the slice is over. */
  over(): boolean {
    return performance.now() > this.end;
  }

  /** Lets others have their turn. */
  async rest(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.end = performance.now() + SLICE_MS;
  }
}
