import type { Acquisition } from './lock-acquisition.ts';

/** How many of a lock's acquisitions are looked at: enough to tell what goes on, and no more work than that. */
export const MAX_LOOKED_AT = 100;

/** Why something waits that will never get its lock: those that wait for each other, each holding what the one before it wants. */
export type Cycle = readonly Acquisition[];

/** Finds those that wait in a circle, among acquisitions that wait. Knows of held locks what contexts tell. */
export class LockCycles {
  /** By what is held: those that wait while they hold it. */
  private readonly waitingBy = new Map<Acquisition, Acquisition[]>();

  constructor(waiting: readonly Acquisition[]) {
    for (const one of waiting) {
      for (const held of one.holding()) {
        const others = this.waitingBy.get(held);
        if (others === undefined) this.waitingBy.set(held, [one]);
        else others.push(one);
      }
    }
  }

  /** The circle that an acquisition waits in, beginning with itself; `undefined` if it is in none. */
  of(start: Acquisition): Cycle | undefined {
    const wanted = new Set(start.holding());
    if (wanted.size === 0) return undefined;
    const seen = new Set<Acquisition>();
    const search = (one: Acquisition): Acquisition[] | undefined => {
      seen.add(one);
      for (const holder of holdersOf(one)) {
        if (wanted.has(holder)) return [one];
        for (const next of this.waitingBy.get(holder) ?? []) {
          const rest = seen.has(next) ? undefined : search(next);
          if (rest !== undefined) return [one, ...rest];
        }
      }
      return undefined;
    };
    return search(start);
  }
}

/** Who holds what is waited for, as far as they keep it from being granted. */
function holdersOf({ lock, series }: Acquisition): readonly Acquisition[] {
  const holders: Acquisition[] = [];
  for (const one of lock.acquisitions()) {
    if (one.state !== 'held' || (series.isShared && one.series.isShared)) continue;
    if (holders.push(one) >= MAX_LOOKED_AT) break;
  }
  return holders;
}
