import type { Activity } from './operation-home.ts';

/** Seconds of CPU. Their sum is exact; how Linux splits it into the two is an estimate by the ticks of its timer. */
export interface CpuTime {
  readonly user: number;
  readonly system: number;
}

/**
 * Whose CPU time it is. `thread`: of this thread alone, so of nothing but what ran on it meanwhile. `process`: of all threads: this one, other
 * workers, libuv's pool, garbage collection.
 */
export type CpuScope = 'thread' | 'process';

/** CPU time since its making, in microseconds' steps (https://man7.org/linux/man-pages/man2/getrusage.2.html). Costs about 2 µs. Never throws. */
export class CpuWatch {
  private readonly threadBefore: NodeJS.CpuUsage | undefined = threadUsage();
  private readonly processBefore: NodeJS.CpuUsage = process.cpuUsage();

  /** Of the thread that it is asked in, which is the one it was made in; `undefined` where Node or the system cannot tell. */
  thread(): CpuTime | undefined {
    if (this.threadBefore === undefined) return undefined;
    const now = threadUsage();
    return now && difference(this.threadBefore, now);
  }

  /** Of the whole process. */
  process(): CpuTime {
    return difference(this.processBefore, process.cpuUsage());
  }
}

/**
 * Whether an operation has the process to itself. Made before it begins: no other that is watched is under way then, and at most one at all,
 * which is taken to be the one that it is part of; and until its end none begins. What is no operation does not count.
 */
export class Solitude {
  private readonly activity: Activity;
  private readonly began: number;
  private readonly alone: boolean;

  constructor(activity: Activity) {
    this.activity = activity;
    this.began = activity.begun;
    this.alone = activity.operations <= 1 && activity.watched === 0;
    activity.watched++;
  }

  /** To be called once, at the end. `own`: 1 if the operation itself counts as one, 0 if it runs in the background. */
  end(own: 0 | 1): boolean {
    this.activity.watched--;
    return this.alone && this.activity.begun - this.began <= own;
  }
}

function threadUsage(): NodeJS.CpuUsage | undefined {
  try {
    return process.threadCpuUsage?.();
  } catch {
    return undefined; // a system without it
  }
}

function difference(before: NodeJS.CpuUsage, now: NodeJS.CpuUsage): CpuTime {
  return { user: (now.user - before.user) / 1e6, system: (now.system - before.system) / 1e6 };
}
