import {
  checkKeys,
  type Outcome,
  type QueueObserver,
  type Telemetry,
  TelemetryError,
  type WorkerPool,
} from '@telltale/core';
import { Tracing } from './bullmq-telemetry.ts';
import { type AttemptedJob, type EndOfAttempt, JobAttempt } from './job-attempt.ts';
import { isObserved, markObserved } from './observed.ts';
import { ReadyAgain } from './ready-again.ts';
import { SandboxHandover } from './sandbox-handover.ts';

/** What is needed of a BullMQ `Worker`. */
export interface ObservableWorker {
  readonly name: string;
  readonly opts: { readonly telemetry?: unknown };
  readonly concurrency?: number;
  processJob(...args: never[]): Promise<unknown>;
  prependListener(event: string, listener: (...args: unknown[]) => void): unknown;
}

export interface ObserveWorkerOptions {
  /** `worker_pool.name` of the worker; default: the queue's name. Workers of one name are one pool. */
  readonly pool?: string;
}

/**
 * Makes each attempt that this worker makes at a job a job operation, and the worker a pool of as many workers as it runs jobs at a time. With
 * `bullmqTelemetry` as the worker's `telemetry` option, attempts have spans, too. Returns the same worker; observing it again changes nothing.
 * Throws a `TelemetryError` for wrong options.
 */
export function observeWorker<W extends ObservableWorker>(
  worker: W,
  telemetry: Telemetry,
  options: ObserveWorkerOptions = {},
): W {
  checkKeys('observeWorker', options, ['pool']);
  const { pool = worker.name } = options;
  if (typeof pool !== 'string' || pool === '') {
    throw new TelemetryError(
      'ERR_OPTION',
      `observeWorker: pool is of type ${typeof pool}; give a name, or leave it out.`,
    );
  }
  if (!telemetry.observes('job') || isObserved(worker.processJob)) return worker;
  const observer = new WorkerObserver(worker, telemetry, pool);
  // First, so that a listener that throws cannot come before.
  const listen = (event: string, listener: (...args: never[]) => void): unknown =>
    worker.prependListener(event, listener as (...args: unknown[]) => void);
  listen('completed', (job: AttemptedJob) => observer.end(job, 'completed'));
  listen('failed', (job: AttemptedJob | undefined, error: unknown) => observer.failed(job, error));
  listen('progress', (job: AttemptedJob, progress: unknown) => observer.progress(job, progress));
  listen('stalled', () => observer.stalled());
  listen('lockRenewalFailed', (ids: readonly string[]) => observer.lockRenewalFailed(ids));
  listen('closed', () => observer.closed());
  const { processJob } = worker as { processJob(job: AttemptedJob, ...rest: unknown[]): Promise<unknown> };
  observer.observeSchedulers(worker);
  return Object.assign(worker, {
    processJob: markObserved((...args: [AttemptedJob, ...unknown[]]) =>
      observer.process(args[0], () => processJob.apply(worker, args)),
    ),
  });
}

type AddNext = (...args: unknown[]) => Promise<{ readonly name: string } | undefined>;

/** What workers have to add the next job of a scheduler, and, in BullMQ 5, of what was added with `opts.repeat`; and how they do it. */
const SCHEDULERS = [
  ['jobScheduler', 'upsertJobScheduler'],
  ['repeat', 'updateRepeatableJob'],
] as const;

/** The attempts that a worker is making. */
class WorkerObserver {
  private readonly worker: ObservableWorker;
  private readonly telemetry: Telemetry;
  private readonly queue: QueueObserver;
  private readonly tracing: Tracing | undefined;
  private readonly attempts = new Map<AttemptedJob, JobAttempt>();
  private readonly ready = new ReadyAgain();
  private readonly pool: WorkerPool;
  private readonly sandbox: SandboxHandover | undefined;

  constructor(worker: ObservableWorker, telemetry: Telemetry, pool: string) {
    const { name, opts } = worker;
    this.worker = worker;
    this.telemetry = telemetry;
    this.queue = telemetry.queue(name);
    this.tracing = opts.telemetry instanceof Tracing ? opts.telemetry : undefined;
    this.sandbox = this.tracing && new SandboxHandover(this.tracing.traces.metadata);
    // It may change at any time. BullMQ takes parts of a worker for one.
    const size = (): number => Math.ceil(worker.concurrency ?? 1);
    this.pool = telemetry.workerPool(pool, { size: size(), tasks: false, read: () => ({ size: size() }) });
  }

  /** Runs `work`, which is what the worker does with a job from the processor's start until the queue knows of its end. */
  process(job: AttemptedJob, work: () => Promise<unknown>): Promise<unknown> {
    const attempt = this.begin(job);
    if (attempt === undefined) return work();
    const processed = this.runIn(attempt, work);
    const left = () => {
      if (this.attempts.has(job)) void this.left(job, attempt);
    };
    processed.then(left, left);
    return processed;
  }

  failed(job: AttemptedJob | undefined, error: unknown): void {
    const attempt = job === undefined ? undefined : this.attempts.get(job);
    if (job === undefined || attempt === undefined) return;
    // BullMQ has set it when the job is not to be tried again, whatever the reason.
    const isFinal = Boolean(job.finishedOn);
    if (!isFinal) this.ready.remember(job.id, attempt.start, Date.now() + (job.delay ?? 0));
    this.end(job, isFinal ? 'failed' : 'retried', error);
  }

  end(job: AttemptedJob, outcome: Outcome, error?: unknown): void {
    const attempt = this.attempts.get(job);
    if (attempt === undefined) return;
    this.attempts.delete(job);
    this.pool.ended();
    if (outcome === 'completed') this.sandbox?.completed();
    attempt.operation.end(outcome, error);
  }

  /** BullMQ takes anything for progress; a number is a percentage. */
  progress(job: AttemptedJob, progress: unknown): void {
    if (typeof progress === 'number') this.attempts.get(job)?.operation.progress(progress, 100);
  }

  stalled(): void {
    this.queue.stalled();
  }

  lockRenewalFailed(ids: readonly string[]): void {
    if (ids.length > 0) this.queue.lockRenewalFailed(ids.length);
  }

  /** A worker that was closed by force has left its attempts to others. */
  closed(): void {
    for (const job of [...this.attempts.keys()]) this.end(job, 'aborted');
    this.pool.close();
  }

  /** With each job of a scheduler that the worker takes up, it adds the next one: a job that nobody sends. */
  observeSchedulers(worker: object): void {
    for (const [scheduler, method] of SCHEDULERS) {
      if (!(scheduler in worker)) continue;
      const prototype: object = Object.getPrototypeOf(worker);
      Object.defineProperty(worker, scheduler, {
        configurable: true,
        // BullMQ makes it when it is first asked for, and always gives the same.
        get: async () =>
          this.observed((await Reflect.get(prototype, scheduler, worker)) as Record<string, AddNext>, method),
      });
    }
  }

  private observed(scheduler: Record<string, AddNext>, method: string): object {
    const add = scheduler[method];
    if (add === undefined || isObserved(add)) return scheduler;
    return Object.assign(scheduler, {
      [method]: markObserved(async (...args: unknown[]) => {
        const next = () => add.apply(scheduler, args);
        const job = await (this.tracing === undefined ? next() : this.tracing.silently(next));
        if (job !== undefined && job !== null) this.queue.enqueued(job.name);
        return job;
      }),
    });
  }

  /**
   * No event has ended the attempt: the processor put the job back, the lock was lost, the worker was closed by force, or the queue's answer was
   * lost on its way. In the last case the job itself knows, unless it was removed.
   */
  private async left(job: AttemptedJob, attempt: JobAttempt): Promise<void> {
    const [outcome, error] = await attempt.outcomeIn(this.worker).catch((): EndOfAttempt => ['aborted', undefined]);
    this.end(job, outcome, error);
  }

  private begin(job: AttemptedJob): JobAttempt | undefined {
    try {
      const attempt = new JobAttempt(this.telemetry, this.queue.name, job, this.ready, this.tracing?.traces);
      this.attempts.set(job, attempt);
      this.pool.began();
      this.sandbox?.prepare(job, attempt.operation.context);
      return attempt;
    } catch {
      return undefined; // not a job as we know them
    }
  }

  /** BullMQ asks for the span of the attempt before it first waits. */
  private runIn(attempt: JobAttempt, work: () => Promise<unknown>): Promise<unknown> {
    const manager = this.tracing?.contextManager;
    if (manager === undefined) return work();
    manager.attempt = attempt;
    try {
      return work();
    } finally {
      manager.attempt = undefined;
    }
  }
}
