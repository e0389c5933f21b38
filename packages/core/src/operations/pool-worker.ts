import type { Attributes } from '../attributes.ts';
import type { Clock } from '../clock.ts';
import { UtilizationWindow } from './utilization-window.ts';

/** Seconds of work, and seconds in which work was possible: totals that only grow. */
export interface WorkTime {
  readonly worked: number;
  readonly total: number;
}

/** One worker of a pool, whose utilization is reported apart until it has left. Made by `pool.worker`. No method throws. */
export class PoolWorker {
  readonly attributes: Attributes;
  private readonly clock: Clock;
  private readonly read: (() => WorkTime) | undefined;
  private readonly workers: Set<PoolWorker>;
  private readonly window: UtilizationWindow;
  private isBusy = false;
  private counted: number;
  private last: WorkTime = { worked: 0, total: 0 };

  constructor(clock: Clock, workers: Set<PoolWorker>, attributes: Attributes, read: (() => WorkTime) | undefined) {
    this.clock = clock;
    this.workers = workers;
    this.attributes = attributes;
    this.read = read;
    this.counted = clock.monotonic();
    this.window = new UtilizationWindow(this.counted);
    workers.add(this);
  }

  /** Says whether it is busy from now on. */
  busy(isBusy: boolean): void {
    if (isBusy === this.isBusy) return;
    this.count();
    this.isBusy = isBusy;
  }

  /** As that of the pool. */
  utilization(): number {
    this.count();
    return this.window.read(this.counted);
  }

  /** It is gone, and reported no more. */
  left(): void {
    this.workers.delete(this);
  }

  private count(): void {
    const now = this.clock.monotonic();
    const passed = now - this.counted;
    this.counted = now;
    if (this.read === undefined) {
      this.window.add(this.isBusy ? passed : 0, passed);
      return;
    }
    const time = this.read();
    this.window.add(Math.max(0, time.worked - this.last.worked), Math.max(0, time.total - this.last.total));
    this.last = time;
  }
}
