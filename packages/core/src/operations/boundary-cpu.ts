import type { Attributes } from '../attributes.ts';
import { NOOP_INSTRUMENT } from '../metrics/noop.ts';
import type { OperationSpan } from '../spans/operation-span.ts';
import { type CpuScope, type CpuTime, CpuWatch, Solitude } from './cpu-time.ts';
import type { Activity, Meter } from './operation-home.ts';

const MODE = 'cpu.mode';
const SCOPE = 'cpu.scope';
const UTILIZATION = 'cpu.utilization';

/** From waiting to computing, and above 1 with several threads. */
const UTILIZATION_BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 1, 2, 4, 8, 16];

/** Seconds that a call must take for its utilization to mean something: CPU time comes in microseconds. */
const MIN_DURATION = 0.0001;

/** The instruments of calls that ask for their CPU time. */
export class BoundaryCpuMetrics {
  readonly time;
  readonly utilization;
  readonly unknown;
  /** Whether anything of it is wanted: looking costs system calls. */
  readonly wanted: boolean;

  constructor(meter: Meter) {
    this.time = meter.counter('boundary.cpu.time', {
      unit: 's',
      description: 'CPU time of calls: of their thread, or of the whole process while they ran alone.',
    });
    this.utilization = meter.histogram('boundary.cpu.utilization', {
      unit: '1',
      description: 'CPU time of a call by its duration: near 0 it waited, near 1 it computed.',
      buckets: UTILIZATION_BUCKETS,
    });
    this.unknown = meter.counter('boundary.cpu.unknown', {
      unit: '{call}',
      description: 'Calls whose CPU time nobody knows, because other operations ran meanwhile.',
    });
    const all = [this.time, this.utilization, this.unknown];
    this.wanted = all.some((instrument) => instrument !== NOOP_INSTRUMENT);
  }
}

/** The CPU time of one call. Made before the call begins. */
export class BoundaryCpu {
  private readonly metrics: BoundaryCpuMetrics;
  private readonly own: 0 | 1;
  private readonly solitude: Solitude;
  private watch: CpuWatch | undefined;

  constructor(metrics: BoundaryCpuMetrics, activity: Activity, background: boolean) {
    this.metrics = metrics;
    this.own = background ? 0 : 1;
    this.solitude = new Solitude(activity);
    this.watch = undefined;
  }

  begin(): void {
    this.watch = new CpuWatch();
  }

  /** Records it. `inOneGo`: the call was synchronous, so that nothing else can have run on its thread. */
  end(base: Attributes, inOneGo: boolean, seconds: number, span: OperationSpan | undefined): void {
    const alone = this.solitude.end(this.own);
    const ofThread = inOneGo ? this.watch?.thread() : undefined;
    // Where the thread cannot be told, the process while nothing else ran on this one is the nearest.
    const ofProcess = ofThread === undefined && (inOneGo || alone) ? this.watch?.process() : undefined;
    if (ofThread !== undefined) this.record(ofThread, 'thread', base, seconds, span);
    else if (ofProcess !== undefined) this.record(ofProcess, 'process', base, seconds, span);
    else {
      this.metrics.unknown.add(1, base);
      span?.setAttribute(SCOPE, 'unknown');
    }
  }

  private record(
    { user, system }: CpuTime,
    scope: CpuScope,
    base: Attributes,
    seconds: number,
    span: OperationSpan | undefined,
  ): void {
    const { time, utilization } = this.metrics;
    time.add(user, { ...base, [SCOPE]: scope, [MODE]: 'user' });
    time.add(system, { ...base, [SCOPE]: scope, [MODE]: 'system' });
    span?.setAttribute(SCOPE, scope);
    if (seconds < MIN_DURATION) return;
    const share = (user + system) / seconds;
    utilization.record(share, { ...base, [SCOPE]: scope });
    span?.setAttribute(UTILIZATION, share);
  }
}
