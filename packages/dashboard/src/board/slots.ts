/** More readings than this are never within a window. */
const SLOTS = 16;

/** The last readings: what changed between two of them is a slot, and the slots within the window are what rates are of. */
export class Slots {
  /** Seconds. */
  readonly window: number;
  /** The number of the slot that ends with this reading; 0 is the first reading, before which nothing is known. */
  current = -1;
  /** The oldest slot within the window. */
  first = 1;
  /** Seconds that this slot covers; 0 at the first reading. */
  gap = 0;
  /** Seconds that all slots within the window cover together; 0 as long as there are none. */
  covered = 0;
  private readonly ends = new Float64Array(SLOTS + 1);

  constructor(window: number) {
    this.window = window;
  }

  /** Begins a reading. `now`: seconds by a clock that never goes back. */
  begin(now: number): void {
    this.gap = this.current < 0 ? 0 : Math.max(0, now - this.endOf(this.current));
    this.current++;
    this.ends[this.current % this.ends.length] = now;
    this.first = Math.max(this.first, this.current - SLOTS + 1);
    // Half a second of tolerance: timers are late now and then.
    while (this.first < this.current && this.endOf(this.first) <= now - this.window + 0.5) this.first++;
    this.covered = this.current < this.first ? 0 : now - this.endOf(this.first - 1);
  }

  /** When the last reading began; `undefined` before the first. */
  get last(): number | undefined {
    return this.current < 0 ? undefined : this.endOf(this.current);
  }

  private endOf(slot: number): number {
    return this.ends[slot % this.ends.length] as number;
  }
}

/** Sums over the slots within the window, one for each channel. Takes no memory before something is added. */
export class WindowedSums {
  private readonly slots: Slots;
  private readonly width: number;
  private sums: Float64Array | undefined = undefined;
  private ring: Float64Array | undefined = undefined;
  /** The oldest slot that is still in the sums. */
  private oldest = 0;

  constructor(slots: Slots, width: number) {
    this.slots = slots;
    this.width = width;
  }

  add(channel: number, value: number): void {
    if (value === 0) return;
    if (this.sums === undefined || this.ring === undefined) {
      this.sums = new Float64Array(this.width);
      this.ring = new Float64Array(this.width * SLOTS);
      this.oldest = this.slots.first;
    }
    this.advance();
    const at = (this.slots.current % SLOTS) * this.width + channel;
    this.ring[at] = (this.ring[at] as number) + value;
    this.sums[channel] = (this.sums[channel] as number) + value;
  }

  sum(channel: number): number {
    this.advance();
    return this.sums?.[channel] ?? 0;
  }

  /** All channels; `undefined` when nothing was ever added. Not to be kept. */
  all(): Readonly<Float64Array> | undefined {
    this.advance();
    return this.sums;
  }

  /** Takes off what has left the window. */
  private advance(): void {
    const { sums, ring, width } = this;
    const { first } = this.slots;
    if (sums === undefined || ring === undefined || this.oldest >= first) return;
    if (first - this.oldest >= SLOTS) {
      sums.fill(0);
      ring.fill(0);
    }
    for (let slot = Math.max(this.oldest, first - SLOTS); slot < first; slot++) {
      const from = (slot % SLOTS) * width;
      for (let channel = 0; channel < width; channel++) {
        const value = ring[from + channel] as number;
        if (value === 0) continue;
        ring[from + channel] = 0;
        // Fractions leave crumbs, which must not become less than nothing.
        sums[channel] = Math.max(0, (sums[channel] as number) - value);
      }
    }
    this.oldest = first;
  }
}
