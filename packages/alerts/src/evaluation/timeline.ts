/**
 * The last `window` seconds, cut into slots: what was counted between two evaluations goes into one, or, where the window is long, what was counted between
 * several. All that is counted over the same window shares it. The far edge of the window lies within a slot, of which it has a share.
 *
 *        ┌──────┬──────┬──────┬──────┬──────┐
 *        │ oldest      │      │      │ last │ now
 *        └──────┴──────┴──────┴──────┴──────┘
 *            ├────────── window ────────────┤
 */
export class Timeline {
  readonly window: number;
  /** How many slots there are at most; slot `i` is kept at `i % capacity`. */
  readonly capacity: number;
  /** The number of the slot that is being filled, -1 before the first. */
  last = -1;
  private readonly width: number;
  private readonly starts: Float64Array;
  private readonly ends: Float64Array;
  private readonly begin: number;

  /** `interval`: seconds between evaluations, about. `parts`: into how many a window is cut, at least, if evaluations are as frequent. `begin`: seconds. */
  constructor(window: number, interval: number, parts: number, begin: number) {
    this.window = window;
    // Evaluations come up to a tenth early.
    this.width = Math.max(window / parts, interval * 0.8);
    // Two slots that follow each other are wider together than one may be.
    this.capacity = Math.ceil((2 * window) / this.width) + 3;
    this.starts = new Float64Array(this.capacity);
    this.ends = new Float64Array(this.capacity);
    this.begin = begin;
  }

  /** What is counted from here on was counted between the last time and `now`, in seconds that never go back. */
  advance(now: number): void {
    const at = this.last % this.capacity;
    if (this.last >= 0 && now - (this.starts[at] as number) <= this.width) {
      this.ends[at] = now;
      return;
    }
    const start = this.last < 0 ? this.begin : (this.ends[at] as number);
    this.last++;
    this.starts[this.last % this.capacity] = Math.min(start, now);
    this.ends[this.last % this.capacity] = now;
  }

  /** The number of the oldest slot that is kept. */
  get oldest(): number {
    return Math.max(0, this.last - this.capacity + 1);
  }

  /** What part of a slot lies in the window that ends now. */
  share(slot: number): number {
    const from = (this.ends[this.last % this.capacity] as number) - this.window;
    const start = this.starts[slot % this.capacity] as number;
    const end = this.ends[slot % this.capacity] as number;
    if (start >= from) return 1;
    return end <= from ? 0 : (end - from) / (end - start);
  }
}
