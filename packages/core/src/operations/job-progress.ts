/** Seconds that pass at least between two reports that are no marks. */
const REPORT_EVERY = 1;

/** How far a job is, and how much of it is worth telling: ten million calls must not make ten million events. */
export class JobProgress {
  // Numbers from the beginning: a field that was undefined for a moment holds fractions in memory of their own, anew with each call.
  done = 0;
  /** Infinity: unknown. */
  total = Number.POSITIVE_INFINITY;
  /** From 0 to 1; 0 while the total is unknown. */
  share = 0;
  /** Something was said that listeners have not heard. */
  untold = false;
  private percent = -1;
  private nextMark = 0;
  private told = Number.NEGATIVE_INFINITY;

  /** Returns whether it is a mark: a percent that was never reached before, or, without a total, twice as much done as at the last one. */
  set(done: number, total: number): boolean {
    this.done = done;
    this.total = total;
    this.untold = true;
    if (total === Number.POSITIVE_INFINITY) {
      this.share = 0;
      if (done < this.nextMark) return false;
      this.nextMark = Math.max(1, done * 2);
      return true;
    }
    // Nothing of nothing is all of it.
    const share = total === 0 ? 1 : Math.min(1, Math.max(0, done / total));
    this.share = share;
    const percent = Math.floor(share * 100);
    if (percent <= this.percent) return false;
    this.percent = percent;
    return true;
  }

  get knowsTotal(): boolean {
    return this.total !== Number.POSITIVE_INFINITY;
  }

  /** Whether listeners are to hear of it now: marks at once, all else once a second. `now`: seconds by the monotonic clock. */
  isDue(mark: boolean, now: number): boolean {
    if (!mark && now - this.told < REPORT_EVERY) return false;
    this.told = now;
    this.untold = false;
    return true;
  }
}

/** Whether this can be said of a job: numbers from 0 up, the total known or not. */
export function isProgress(done: unknown, total: unknown): boolean {
  return (
    typeof done === 'number' && done >= 0 && done < Number.POSITIVE_INFINITY && typeof total === 'number' && total >= 0
  );
}
