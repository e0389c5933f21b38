import type { PoolRow } from '../frame.ts';
import { Gauge } from './gauge.ts';
import type { LiveRow } from './row-table.ts';
import { scoreOf } from './score.ts';
import type { Slots } from './slots.ts';
import { tidy } from './tidy.ts';
import { Traffic } from './traffic.ts';

export class PoolLive implements LiveRow<PoolRow> {
  readonly traffic: Traffic;
  readonly wait: Traffic;
  readonly size: Gauge;
  readonly busy: Gauge;
  readonly pending: Gauge;
  readonly utilization: Gauge;
  private readonly id: string;
  private readonly service: string;
  private readonly pool: string;

  constructor(id: string, service: string, pool: string, slots: Slots, detailed: boolean) {
    this.id = id;
    this.service = service;
    this.pool = pool;
    this.traffic = new Traffic(slots, detailed);
    this.wait = new Traffic(slots, detailed);
    this.size = new Gauge(slots);
    this.busy = new Gauge(slots);
    this.pending = new Gauge(slots);
    this.utilization = new Gauge(slots, Math.max);
  }

  get score(): number {
    return scoreOf(this.traffic) + (this.pending.value ?? 0);
  }

  get isOver(): boolean {
    const gauges = [this.size, this.busy, this.pending, this.utilization];
    return this.traffic.isOver && this.wait.isOver && gauges.every(({ value }) => value === null);
  }

  show(shown: boolean): void {
    for (const traffic of [this.traffic, this.wait]) {
      if (shown) traffic.detailed = true;
      else if (traffic.detailed) traffic.forgetBuckets();
    }
  }

  read(): PoolRow {
    const [waitP95] = this.wait.quantiles([0.95]);
    return {
      id: this.id,
      service: this.service,
      pool: this.pool,
      ...this.traffic.read(),
      size: this.size.value,
      busy: this.busy.value,
      pending: this.pending.value,
      utilization: tidy(this.utilization.value),
      waitP95: tidy(waitP95),
    };
  }
}
