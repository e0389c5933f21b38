/** Durations that a limit is made of. */
const RECENT = 128;

/** Fewer say nothing about what is usual. */
const ENOUGH = 40;

/** Names that limits are kept for; the one that was used longest ago goes. */
const MAX_NAMES = 500;

/** A trace of a name that is slower than the slowest twentieth before it, by so much, is told at most so often. */
const FACTOR = 1.5;
const PAUSE_SECONDS = 10;

/** Slower than this is slow, whatever is usual. */
const SLOW_SECONDS = 1;

interface Usual {
  readonly durations: Float64Array;
  count: number;
  /** Seconds; computed anew now and then. */
  limit: number;
  toldAt: number;
}

/**
 * What is slow: with `slowerThan`, what takes longer. Else what takes longer than a second, or half as long again as 95 % of the last 128 traces
 * of its name, once in ten seconds for each name.
 */
export class SlowLimits {
  private readonly fixed: number | undefined;
  private readonly names = new Map<string, Usual>();

  constructor(slowerThan: number | undefined) {
    this.fixed = slowerThan;
  }

  /** `now`: seconds by a clock that never goes back. */
  isSlow(name: string, seconds: number, now: number): boolean {
    if (this.fixed !== undefined) return seconds > this.fixed;
    const usual = this.usualOf(name);
    const unusual = seconds > usual.limit && now - usual.toldAt >= PAUSE_SECONDS;
    if (unusual) usual.toldAt = now;
    usual.durations[usual.count % RECENT] = seconds;
    usual.count++;
    // Sorting for each trace would cost more than all the rest.
    if (usual.count >= ENOUGH && usual.count % 32 === 8) usual.limit = limitOf(usual);
    return unusual || seconds > SLOW_SECONDS;
  }

  private usualOf(name: string): Usual {
    let usual = this.names.get(name);
    if (usual !== undefined) {
      if (this.names.size === MAX_NAMES) {
        this.names.delete(name);
        this.names.set(name, usual);
      }
      return usual;
    }
    if (this.names.size >= MAX_NAMES) {
      const [oldest] = this.names.keys();
      if (oldest !== undefined) this.names.delete(oldest);
    }
    usual = {
      durations: new Float64Array(RECENT),
      count: 0,
      limit: Number.POSITIVE_INFINITY,
      toldAt: Number.NEGATIVE_INFINITY,
    };
    this.names.set(name, usual);
    return usual;
  }
}

function limitOf({ durations, count }: Usual): number {
  const sorted = durations.slice(0, Math.min(count, RECENT)).sort();
  return FACTOR * (sorted[Math.floor(0.95 * (sorted.length - 1))] as number);
}
