import type { Resource } from '@telltale/core';
import type { Reading, ServiceRow } from '../frame.ts';
import { Gauge } from './gauge.ts';
import { type LiveRow, nameOf } from './row-table.ts';
import { scoreOf } from './score.ts';
import type { Slots } from './slots.ts';
import { tidy } from './tidy.ts';
import { Traffic } from './traffic.ts';

/** What the row of a service is made of besides its own: rows of other tables. */
interface OtherRows {
  readonly runtime: Iterable<{
    readonly service: string;
    load(): { readonly cpu: Reading; readonly memory: Reading; readonly eventLoopP99: Reading };
  }>;
  readonly queues: Iterable<{ readonly waiting: number | null; isOf(service: string): boolean }>;
}

/** A service, whatever number of processes tell of it. */
export class ServiceLive implements LiveRow<ServiceRow> {
  readonly id: string;
  readonly name: string;
  readonly requests: Traffic;
  readonly jobs: Traffic;
  readonly calls: Traffic;
  readonly activeRequests: Gauge;
  readonly activeJobs: Gauge;
  private readonly slots: Slots;
  private readonly tables: OtherRows;
  private resources = new Set<Resource>();
  private reading = -1;
  private newest: Resource['attributes'] = {};

  constructor(id: string, name: string, slots: Slots, tables: OtherRows) {
    this.id = id;
    this.name = name;
    this.slots = slots;
    this.tables = tables;
    this.requests = new Traffic(slots, true);
    this.jobs = new Traffic(slots, true);
    this.calls = new Traffic(slots, true);
    this.activeRequests = new Gauge(slots);
    this.activeJobs = new Gauge(slots);
  }

  /** Something of this resource was read. */
  saw(resource: Resource): void {
    if (this.reading !== this.slots.current) {
      this.reading = this.slots.current;
      this.resources = new Set();
    }
    this.resources.add(resource);
    this.newest = resource.attributes;
  }

  get score(): number {
    return Math.max(scoreOf(this.requests), scoreOf(this.jobs), scoreOf(this.calls));
  }

  get isOver(): boolean {
    return this.reading !== this.slots.current;
  }

  show(shown: boolean): void {
    for (const traffic of [this.requests, this.jobs, this.calls]) {
      if (shown) traffic.detailed = true;
      else if (traffic.detailed) traffic.forgetBuckets();
    }
  }

  read(): ServiceRow {
    const version = this.newest['service.version'];
    const environment = this.newest['deployment.environment.name'] ?? this.newest['deployment.environment'];
    const processes = [...this.tables.runtime].filter(({ service }) => service === this.name).map((row) => row.load());
    const known = (of: (load: (typeof processes)[number]) => number | null): number[] =>
      processes.map(of).filter((value) => value !== null);
    const waiting = [...this.tables.queues].filter((queue) => queue.isOf(this.name)).map((queue) => queue.waiting);
    const memory = known((load) => load.memory);
    return {
      id: this.id,
      service: this.name,
      instances: Math.max(this.resources.size, processes.length),
      ...(version !== undefined && { version: nameOf(version, '') }),
      ...(environment !== undefined && { environment: nameOf(environment, '') }),
      requests: this.requests.read(),
      jobs: this.jobs.read(),
      calls: this.calls.read(),
      activeRequests: tidy(this.activeRequests.value),
      activeJobs: tidy(this.activeJobs.value),
      waiting: tidy(total(waiting.filter((jobs) => jobs !== null))),
      cpu: tidy(greatest(known((load) => load.cpu))),
      memory: tidy(total(memory)),
      eventLoopDelay: tidy(greatest(known((load) => load.eventLoopP99))),
    };
  }
}

function greatest(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((one, other) => Math.max(one, other));
}

function total(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value);
}
