import type { CallRow } from '../frame.ts';
import { Gauge } from './gauge.ts';
import type { LiveRow } from './row-table.ts';
import { scoreOf } from './score.ts';
import type { Slots } from './slots.ts';
import { Traffic } from './traffic.ts';

/** Operations of an arrow that are followed, and shown. */
const MAX_OPERATIONS = 100;
const SHOWN_OPERATIONS = 8;

interface CallNames {
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
}

/** An arrow of the service map. */
export class CallLive implements LiveRow<CallRow> {
  readonly traffic: Traffic;
  readonly active: Gauge;
  private readonly id: string;
  private readonly names: CallNames;
  private readonly slots: Slots;
  private readonly operations = new Map<string, Traffic>();
  private shown: boolean;

  constructor(id: string, names: CallNames, slots: Slots, detailed: boolean) {
    this.id = id;
    this.names = names;
    this.slots = slots;
    this.shown = detailed;
    this.traffic = new Traffic(slots, detailed);
    this.active = new Gauge(slots);
  }

  /** `undefined`: there are too many. */
  operation(name: string): Traffic | undefined {
    let traffic = this.operations.get(name);
    if (traffic === undefined && this.operations.size < MAX_OPERATIONS) {
      traffic = new Traffic(this.slots, this.shown && this.operations.size < SHOWN_OPERATIONS);
      this.operations.set(name, traffic);
    }
    return traffic;
  }

  get score(): number {
    return scoreOf(this.traffic) + (this.active.value ?? 0);
  }

  get isOver(): boolean {
    return this.traffic.isOver && this.active.value === null;
  }

  show(shown: boolean): void {
    this.shown = shown;
    for (const traffic of [this.traffic, ...this.operations.values()]) {
      if (!shown && traffic.detailed) traffic.forgetBuckets();
    }
    this.traffic.detailed = shown;
  }

  read(): CallRow {
    for (const [name, traffic] of this.operations) if (traffic.isOver) this.operations.delete(name);
    const busy = [...this.operations]
      .map(([operation, traffic]) => ({ operation, traffic, score: scoreOf(traffic) }))
      .sort((a, b) => b.score - a.score);
    for (const { traffic } of busy.slice(SHOWN_OPERATIONS)) if (traffic.detailed) traffic.forgetBuckets();
    const operations = busy.slice(0, SHOWN_OPERATIONS).map(({ operation, traffic }) => {
      traffic.detailed = this.shown;
      return { operation, ...traffic.read() };
    });
    return {
      id: this.id,
      service: this.names.from,
      ...this.names,
      ...this.traffic.read(),
      active: this.active.value,
      operations,
    };
  }
}
