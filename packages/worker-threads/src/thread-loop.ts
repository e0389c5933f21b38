import type { WorkTime } from '@telltale/core';

/** A thread that tells how busy its event loop is. */
export interface LoopingThread {
  readonly performance: { eventLoopUtilization(): { readonly idle: number; readonly active: number } };
}

/** How long the event loop of a thread was busy since this was made. */
export class ThreadLoop {
  private readonly thread: LoopingThread;
  /** In milliseconds. */
  private readonly base: { readonly idle: number; readonly active: number };
  private last: WorkTime = { worked: 0, total: 0 };

  constructor(thread: LoopingThread) {
    this.thread = thread;
    this.base = thread.performance.eventLoopUtilization();
  }

  time(): WorkTime {
    const { idle, active } = this.thread.performance.eventLoopUtilization();
    const worked = (active - this.base.active) / 1000;
    const total = worked + (idle - this.base.idle) / 1000;
    // A thread that has ended says zero.
    if (total > this.last.total) this.last = { worked, total };
    return this.last;
  }
}

export function hasLoop(thread: object): thread is LoopingThread {
  const { performance } = thread as Partial<LoopingThread>;
  return typeof performance?.eventLoopUtilization === 'function';
}
