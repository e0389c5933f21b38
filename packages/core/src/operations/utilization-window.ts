/** Seconds that utilization is taken over, at least. */
const MIN_WINDOW = 1;

/** Which part of the time something was busy, over the last window. */
export class UtilizationWindow {
  /** In this window: seconds of work, and seconds of workers. */
  private worked = 0;
  private available = 0;
  private start: number;
  /** Of the window before; NaN in the first. */
  private last = Number.NaN;

  /** `now` by the monotonic clock, as below. */
  constructor(now: number) {
    this.start = now;
  }

  add(worked: number, available: number): void {
    this.worked += worked;
    this.available += available;
  }

  /** From 0 to 1. Ends the window when that is a second old or more; sooner, it gives the window before. */
  read(now: number): number {
    const age = now - this.start;
    if (age < MIN_WINDOW && !Number.isNaN(this.last)) return this.last;
    const used = this.available > 0 ? Math.min(1, this.worked / this.available) : 0;
    if (age < MIN_WINDOW) return used;
    this.last = used;
    this.worked = 0;
    this.available = 0;
    this.start = now;
    return used;
  }
}
