import type { RouteRow } from '../frame.ts';
import type { LiveRow } from './row-table.ts';
import { scoreOf } from './score.ts';
import type { Slots } from './slots.ts';
import { Traffic } from './traffic.ts';

interface RouteNames {
  readonly service: string;
  readonly method: string;
  readonly route: string;
}

export class RouteLive implements LiveRow<RouteRow> {
  readonly traffic: Traffic;
  private readonly id: string;
  private readonly names: RouteNames;
  private readonly slots: Slots;
  private readonly statuses = new Map<string, number>();
  private reading = -1;

  constructor(id: string, names: RouteNames, slots: Slots, detailed: boolean) {
    this.id = id;
    this.names = names;
    this.slots = slots;
    this.traffic = new Traffic(slots, detailed);
  }

  /** Responses of a class, since the start. */
  answered(status: string, count: number): void {
    if (this.reading !== this.slots.current) this.statuses.clear();
    this.reading = this.slots.current;
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + count);
  }

  get score(): number {
    return scoreOf(this.traffic);
  }

  get isOver(): boolean {
    return this.traffic.isOver;
  }

  show(shown: boolean): void {
    if (shown) this.traffic.detailed = true;
    else if (this.traffic.detailed) this.traffic.forgetBuckets();
  }

  read(): RouteRow {
    const statuses = Object.fromEntries(this.reading === this.slots.current ? this.statuses : []);
    return { id: this.id, ...this.names, ...this.traffic.read(), statuses };
  }
}
