import type { Reading, RuntimeRow } from '../frame.ts';
import { Gauge } from './gauge.ts';
import type { LiveRow } from './row-table.ts';
import type { Slots } from './slots.ts';
import { tidy } from './tidy.ts';
import { Rate } from './tracked-numbers.ts';

/** File systems that are followed, and shown. */
const MAX_MOUNTS = 64;
const SHOWN_MOUNTS = 5;

/** What tells of one process. */
export interface ProcessNames {
  readonly service: string;
  readonly instance: string;
}

/** One process, and the machine that it tells of. */
export class RuntimeLive implements LiveRow<RuntimeRow> {
  readonly service: string;
  readonly gauges: Readonly<
    Record<
      | 'eventLoopP50'
      | 'eventLoopP99'
      | 'eventLoopUtilization'
      | 'heapUsed'
      | 'memory'
      | 'cpu'
      | 'cpus'
      | 'idle'
      | 'idleCpus'
      | 'systemMemory',
      Gauge
    >
  >;
  readonly rates: Readonly<
    Record<'gc' | 'cpuTime' | 'received' | 'sent' | 'read' | 'written' | 'idleTime' | 'busyTime', Rate>
  >;
  private readonly id: string;
  private readonly names: ProcessNames;
  private readonly slots: Slots;
  private readonly disks = new Map<string, Gauge>();

  constructor(id: string, names: ProcessNames, slots: Slots) {
    this.id = id;
    this.names = names;
    this.service = names.service;
    this.slots = slots;
    const gauge = (join?: (one: number, other: number) => number) => new Gauge(slots, join);
    this.gauges = {
      eventLoopP50: gauge(Math.max),
      eventLoopP99: gauge(Math.max),
      eventLoopUtilization: gauge(Math.max),
      heapUsed: gauge(),
      memory: gauge(),
      cpu: gauge(),
      cpus: gauge(Math.max),
      idle: gauge(),
      idleCpus: gauge(),
      systemMemory: gauge(),
    };
    const rate = () => new Rate(slots);
    this.rates = {
      gc: rate(),
      cpuTime: rate(),
      received: rate(),
      sent: rate(),
      read: rate(),
      written: rate(),
      idleTime: rate(),
      busyTime: rate(),
    };
  }

  disk(mount: string): Gauge | undefined {
    let gauge = this.disks.get(mount);
    if (gauge === undefined && this.disks.size < MAX_MOUNTS) {
      gauge = new Gauge(this.slots, Math.max);
      this.disks.set(mount, gauge);
    }
    return gauge;
  }

  /** What the row of its service is made of. */
  load(): { readonly cpu: Reading; readonly memory: Reading; readonly eventLoopP99: Reading } {
    const { memory, eventLoopP99 } = this.gauges;
    return { cpu: this.cpu(), memory: memory.value, eventLoopP99: eventLoopP99.value };
  }

  get score(): number {
    return this.cpu() ?? 0;
  }

  get isOver(): boolean {
    const gauges = [...Object.values(this.gauges), ...this.disks.values()];
    return gauges.every(({ value }) => value === null) && Object.values(this.rates).every((rate) => !rate.isCurrent);
  }

  show(): void {}

  read(): RuntimeRow {
    const { gauges, rates } = this;
    const disks = [...this.disks]
      .flatMap(([mount, { value }]) => (value === null ? [] : [{ mount, used: value }]))
      .sort((a, b) => b.used - a.used)
      .slice(0, SHOWN_MOUNTS);
    return {
      id: this.id,
      ...this.names,
      eventLoopP50: tidy(gauges.eventLoopP50.value),
      eventLoopP99: tidy(gauges.eventLoopP99.value),
      eventLoopUtilization: tidy(gauges.eventLoopUtilization.value),
      gc: tidy(rates.gc.perSecond),
      heapUsed: tidy(gauges.heapUsed.value),
      memory: tidy(gauges.memory.value),
      cpu: tidy(this.cpu()),
      systemCpu: tidy(this.systemCpu()),
      systemMemory: tidy(gauges.systemMemory.value),
      networkReceived: tidy(rates.received.perSecond),
      networkSent: tidy(rates.sent.perSecond),
      diskRead: tidy(rates.read.perSecond),
      diskWritten: tidy(rates.written.perSecond),
      disks: disks.map(({ mount, used }) => ({ mount, used: tidy(used) ?? 0 })),
    };
  }

  /** As it is told, or else by the time it took; where it is not told how many CPUs there are, of one. */
  private cpu(): Reading {
    const { cpu, cpus, idleCpus } = this.gauges;
    if (cpu.value !== null) return cpu.value;
    const { perSecond } = this.rates.cpuTime;
    return perSecond === null ? null : Math.min(1, perSecond / (cpus.value ?? idleCpus.value ?? 1));
  }

  private systemCpu(): Reading {
    const { idle, idleCpus } = this.gauges;
    if (idle.value !== null && idleCpus.value !== null) return Math.max(0, 1 - idle.value / idleCpus.value);
    const [idleTime, busyTime] = [this.rates.idleTime.perSecond, this.rates.busyTime.perSecond];
    return idleTime === null || busyTime === null || idleTime + busyTime === 0
      ? null
      : busyTime / (idleTime + busyTime);
  }
}
