import type { CancelTimer, Clock } from '../clock.ts';

/** Ticks in the time after which an idle series expires: how exact that time is. */
export const TICKS_PER_LIFE = 60;

/** A coarse clock: recording notes its tick, which costs a field access, where reading the time would cost more than the record. */
export class Expiry {
  tick = 0;
  private cancel: CancelTimer = () => {};
  private readonly clock: Clock;
  private readonly interval: number;
  private readonly sweep: () => void;

  /** Calls `sweep` on every tick, once started. */
  constructor(clock: Clock, expireAfter: number, sweep: () => void) {
    this.clock = clock;
    this.interval = expireAfter / TICKS_PER_LIFE;
    this.sweep = sweep;
  }

  start(): void {
    this.cancel = this.clock.schedule(this.onTick, this.interval);
  }

  stop(): void {
    this.cancel();
  }

  private readonly onTick = (): void => {
    this.tick++;
    this.sweep();
    this.start();
  };
}
