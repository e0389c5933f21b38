import { TelemetryError } from '../errors.ts';
import { NOOP_INSTRUMENT } from '../metrics/noop.ts';
import type { Registry } from '../metrics/registry.ts';
import type { InstrumentationScope } from '../resource.ts';
import { BoundaryOperation, type BoundaryOptions } from './boundary.ts';
import { BoundaryCalls } from './boundary-calls.ts';
import { BoundaryMetrics } from './boundary-metrics.ts';
import { Deadlocks, type Every } from './deadlocks.ts';
import { Hooks } from './hooks.ts';
import { JobOperation, type JobOptions } from './job.ts';
import { JobMetrics } from './job-metrics.ts';
import { Lock } from './lock.ts';
import { LockMetrics } from './lock-metrics.ts';
import { checkLock, type LockOptions } from './lock-options.ts';
import type { OperationKind } from './operation-event.ts';
import type { Meter, OperationHome } from './operation-home.ts';
import { QueueMetrics, QueueObserver } from './queue.ts';
import { RequestMetrics, RequestOperation, type RequestStart } from './request.ts';
import { WorkerPool, type WorkerPoolOptions } from './worker-pool.ts';
import { WorkerPoolMetrics } from './worker-pool-metrics.ts';

/** Locks that are known by name: more have made-up names, which would fill the memory. */
const MAX_LOCKS = 1000;

/** Makes the operations of one service. The instruments of a kind are made when the first operation of it is. */
export class Operations {
  private readonly home: OperationHome;
  private readonly from: string;
  private readonly disabled: ReadonlySet<OperationKind>;
  private readonly silent: OperationHome;
  private readonly meter: Meter;
  private requests: RequestMetrics | undefined = undefined;
  private jobs: JobMetrics | undefined = undefined;
  private queues: QueueMetrics | undefined = undefined;
  private boundaries: BoundaryMetrics | undefined = undefined;
  private lockMetrics: LockMetrics | undefined = undefined;
  private readonly locks = new Map<string, Lock>();
  private deadlocks: Deadlocks | undefined = undefined;
  private pools: WorkerPoolMetrics | undefined = undefined;

  constructor(
    home: OperationHome,
    registry: Registry,
    scope: InstrumentationScope,
    disabled: readonly OperationKind[],
  ) {
    this.home = home;
    this.from = String(home.resource.attributes['service.name']);
    this.disabled = new Set(disabled);
    this.silent = { ...home, tracer: undefined, hooks: new Hooks(home.diagnostics) };
    this.meter = {
      counter: (name, options) => registry.counter(scope, name, options),
      upDownCounter: (name, options) => registry.upDownCounter(scope, name, options),
      gauge: (name, options) => registry.gauge(scope, name, options),
      histogram: (name, options) => registry.histogram(scope, name, options),
      observableGauge: (name, options, callback) => registry.observable('gauge', scope, name, options, callback),
      observableUpDownCounter: (name, options, callback) =>
        registry.observable('upDownCounter', scope, name, options, callback),
    };
  }

  observes(kind: OperationKind): boolean {
    return !this.disabled.has(kind);
  }

  request(start: RequestStart): RequestOperation {
    this.requests ??= new RequestMetrics(this.meterFor('request'));
    return new RequestOperation(this.homeFor('request'), this.requests, start);
  }

  job(name: string, options: JobOptions): JobOperation {
    this.jobs ??= new JobMetrics(this.meterFor('job'), this.observes('job'));
    return new JobOperation(this.homeFor('job'), this.jobs, name, options);
  }

  queue(name: string): QueueObserver {
    this.queues ??= new QueueMetrics(this.meterFor('job'), this.home.clock);
    return new QueueObserver(name, this.queues);
  }

  boundary(options: BoundaryOptions): BoundaryOperation {
    this.boundaries ??= new BoundaryMetrics(this.meterFor('boundary'));
    return new BoundaryOperation(this.homeFor('boundary'), this.boundaries, this.from, options);
  }

  boundaryCalls(options: BoundaryOptions): BoundaryCalls {
    this.boundaries ??= new BoundaryMetrics(this.meterFor('boundary'));
    const start = () => this.boundary(options);
    return new BoundaryCalls(this.homeFor('boundary'), this.boundaries, this.from, options, start);
  }

  workerPool(name: string, options: WorkerPoolOptions): WorkerPool {
    if (!Number.isInteger(options?.size) || options.size < (options.read === undefined ? 1 : 0)) {
      throw new TelemetryError(
        'ERR_OPTION',
        `The size of worker pool "${name}" is ${options?.size}; give the number of its workers.`,
      );
    }
    this.pools ??= new WorkerPoolMetrics(this.meterFor('task'));
    return new WorkerPool(this.homeFor('task'), this.pools, name, options);
  }

  lock(name: string, options: LockOptions | undefined, every: Every): Lock {
    const home = this.homeFor('lock');
    this.lockMetrics ??= new LockMetrics(this.meterFor('lock'));
    this.deadlocks ??= new Deadlocks(home, this.lockMetrics, every);
    const known = this.locks.get(name);
    if (known !== undefined && options === undefined) return known;
    const lock = new Lock(home, this.lockMetrics, name, checkLock(name, options ?? {}));
    if (known !== undefined) {
      if (known.deadlockAfter === lock.deadlockAfter && known.permits === lock.permits) return known;
      throw new TelemetryError('ERR_OPTION', `There is a lock "${name}" with other options; give them in one place.`);
    }
    if (this.locks.size >= MAX_LOCKS) {
      home.diagnostics.problem(
        'ERR_VALUE',
        'locks',
        () =>
          `There are more than ${MAX_LOCKS} locks; "${name}" and more are not looked at for deadlocks. Name what is guarded, not each item of it.`,
      );
      return lock;
    }
    this.locks.set(name, lock);
    this.lockMetrics.locks.add(lock);
    this.deadlocks.watch(lock);
    return lock;
  }

  private homeFor(kind: OperationKind): OperationHome {
    return this.disabled.has(kind) ? this.silent : this.home;
  }

  private meterFor(kind: OperationKind): Meter {
    return this.disabled.has(kind) ? SILENT_METER : this.meter;
  }
}

/** For kinds that are switched off. */
const SILENT_METER: Meter = {
  counter: () => NOOP_INSTRUMENT,
  upDownCounter: () => NOOP_INSTRUMENT,
  gauge: () => NOOP_INSTRUMENT,
  histogram: () => NOOP_INSTRUMENT,
  observableGauge: () => NOOP_INSTRUMENT,
  observableUpDownCounter: () => NOOP_INSTRUMENT,
};
