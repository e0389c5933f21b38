import type { Attributes } from '@opentelemetry/api';

interface Total {
  counted: number;
  seen: number;
}

/**
 * Totals that the kernel keeps, as one of several processes that look at them in turn counts them: what came while it looked. Those of all
 * processes then add up, where the kernel's own would be there once for each.
 */
export class OwnTotals {
  private readonly totals = new Map<string, Total>();
  private begins = true;

  /** What comes from here on is not counted. */
  pause(): void {
    this.begins = true;
  }

  /** The next values are compared with those just counted. */
  resume(): void {
    this.begins = false;
  }

  /** What was counted so far, given what the kernel has. */
  count(name: string, value: number, attributes: Attributes | undefined): number {
    const key = JSON.stringify([name, attributes]);
    let total = this.totals.get(key);
    if (total === undefined) {
      total = { counted: 0, seen: value };
      this.totals.set(key, total);
    }
    // One that fell began anew.
    if (!this.begins && value > total.seen) total.counted += value - total.seen;
    total.seen = value;
    return total.counted;
  }
}
