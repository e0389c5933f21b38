import type { JobRow, QueueRow } from '../frame.ts';
import { Gauge } from './gauge.ts';
import type { LiveRow } from './row-table.ts';
import { scoreOf } from './score.ts';
import type { Slots } from './slots.ts';
import { tidy } from './tidy.ts';
import { Rate } from './tracked-numbers.ts';
import { Traffic } from './traffic.ts';

/** States that a queue may be said to have jobs in; services in other languages may send any. */
const MAX_STATES = 12;

export class QueueLive implements LiveRow<QueueRow> {
  readonly oldest: Gauge;
  readonly workers: Gauge;
  readonly paused: Gauge;
  readonly overdue: Gauge;
  readonly stalled: Rate;
  private readonly id: string;
  private readonly service: string;
  private readonly queue: string;
  private readonly slots: Slots;
  private readonly depth = new Map<string, Gauge>();

  constructor(id: string, service: string, queue: string, slots: Slots) {
    this.id = id;
    this.service = service;
    this.queue = queue;
    this.slots = slots;
    this.oldest = new Gauge(slots, Math.max);
    this.workers = new Gauge(slots, Math.max);
    this.paused = new Gauge(slots, Math.max);
    this.overdue = new Gauge(slots, Math.max);
    this.stalled = new Rate(slots);
  }

  /** Several processes tell of the same queue: the most that one says. */
  depthOf(state: string): Gauge | undefined {
    let gauge = this.depth.get(state);
    if (gauge === undefined && this.depth.size < MAX_STATES) {
      gauge = new Gauge(this.slots, Math.max);
      this.depth.set(state, gauge);
    }
    return gauge;
  }

  /** Jobs that could be taken up. */
  get waiting(): number | null {
    const known = ['waiting', 'prioritized'].map((state) => this.depth.get(state)?.value ?? null);
    return known.every((value) => value === null) ? null : known.reduce<number>((sum, value) => sum + (value ?? 0), 0);
  }

  get score(): number {
    return (this.waiting ?? 0) * 1000 + (this.depth.get('active')?.value ?? 0) + (this.oldest.value ?? 0);
  }

  get isOver(): boolean {
    const gauges = [this.oldest, this.workers, this.paused, this.overdue, ...this.depth.values()];
    return gauges.every(({ value }) => value === null) && !this.stalled.isCurrent;
  }

  show(): void {}

  isOf(service: string): boolean {
    return this.service === service;
  }

  read(): QueueRow {
    const depth = [...this.depth].flatMap(([state, { value }]): [string, number][] =>
      value === null ? [] : [[state, value]],
    );
    return {
      id: this.id,
      service: this.service,
      queue: this.queue,
      depth: Object.fromEntries(depth),
      oldest: tidy(this.oldest.value),
      workers: this.workers.value,
      paused: (this.paused.value ?? 0) > 0,
      stalled: this.stalled.value,
      overdue: this.overdue.value,
    };
  }
}

interface JobNames {
  readonly service: string;
  readonly queue: string;
  readonly job: string;
}

export class JobLive implements LiveRow<JobRow> {
  readonly traffic: Traffic;
  readonly wait: Traffic;
  readonly active: Gauge;
  readonly retries: Rate;
  private readonly id: string;
  private readonly names: JobNames;

  constructor(id: string, names: JobNames, slots: Slots, detailed: boolean) {
    this.id = id;
    this.names = names;
    this.traffic = new Traffic(slots, detailed);
    this.wait = new Traffic(slots, detailed);
    this.active = new Gauge(slots);
    this.retries = new Rate(slots);
  }

  get score(): number {
    return scoreOf(this.traffic) + (this.active.value ?? 0);
  }

  get isOver(): boolean {
    return this.traffic.isOver && this.wait.isOver && this.active.value === null && !this.retries.isCurrent;
  }

  show(shown: boolean): void {
    for (const traffic of [this.traffic, this.wait]) {
      if (shown) traffic.detailed = true;
      else if (traffic.detailed) traffic.forgetBuckets();
    }
  }

  read(): JobRow {
    const [waitP50, waitP95] = this.wait.quantiles([0.5, 0.95]);
    return {
      id: this.id,
      ...this.names,
      ...this.traffic.read(),
      active: this.active.value,
      retries: this.retries.value,
      waitP50: tidy(waitP50),
      waitP95: tidy(waitP95),
    };
  }
}
