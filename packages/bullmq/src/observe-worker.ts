import type { Outcome, QueueObserver, Telemetry } from '@telltale/core';
import { Tracing } from './bullmq-telemetry.ts';
import { type AttemptedJob, JobAttempt } from './job-attempt.ts';
import { isObserved, markObserved } from './observed.ts';

/** What is needed of a BullMQ `Worker`. */
export interface ObservableWorker {
  readonly name: string;
  readonly opts: { readonly telemetry?: unknown };
  processJob(...args: never[]): Promise<unknown>;
  prependListener(event: string, listener: (...args: unknown[]) => void): unknown;
}

/**
 * Makes each attempt that this worker makes at a job a job operation. With `bullmqTelemetry` as the worker's `telemetry` option, attempts
 * have spans, too. Returns the same worker; observing it again changes nothing.
 */
export function observeWorker<W extends ObservableWorker>(worker: W, telemetry: Telemetry): W {
  if (!telemetry.observes('job') || isObserved(worker.processJob)) return worker;
  const observer = new WorkerObserver(worker, telemetry);
  // First, so that a listener that throws cannot come before.
  const listen = (event: string, listener: (...args: never[]) => void): unknown =>
    worker.prependListener(event, listener as (...args: unknown[]) => void);
  listen('completed', (job: AttemptedJob) => observer.end(job, 'completed'));
  listen('failed', (job: AttemptedJob | undefined, error: unknown) => observer.failed(job, error));
  listen('stalled', () => observer.stalled());
  listen('closed', () => observer.closed());
  const { processJob } = worker as { processJob(job: AttemptedJob, ...rest: unknown[]): Promise<unknown> };
  return Object.assign(worker, {
    processJob: markObserved((...args: [AttemptedJob, ...unknown[]]) =>
      observer.process(args[0], () => processJob.apply(worker, args)),
    ),
  });
}

/** The attempts that a worker is making. */
class WorkerObserver {
  private readonly telemetry: Telemetry;
  private readonly queue: QueueObserver;
  private readonly tracing: Tracing | undefined;
  private readonly attempts = new Map<AttemptedJob, JobAttempt>();

  constructor({ name, opts }: ObservableWorker, telemetry: Telemetry) {
    this.telemetry = telemetry;
    this.queue = telemetry.queue(name);
    this.tracing = opts.telemetry instanceof Tracing ? opts.telemetry : undefined;
  }

  /** Runs `work`, which is what the worker does with a job from the processor's start until the queue knows of its end. */
  process(job: AttemptedJob, work: () => Promise<unknown>): Promise<unknown> {
    const attempt = this.begin(job);
    if (attempt === undefined) return work();
    const processed = this.runIn(attempt, work);
    // Nothing has ended it before: the processor put the job back, the lock was lost, or the worker was closed by force.
    const left = () => this.end(job, 'aborted');
    processed.then(left, left);
    return processed;
  }

  failed(job: AttemptedJob | undefined, error: unknown): void {
    // BullMQ has set it when the job is not to be tried again, whatever the reason.
    if (job !== undefined) this.end(job, job.finishedOn ? 'failed' : 'retried', error);
  }

  end(job: AttemptedJob, outcome: Outcome, error?: unknown): void {
    const attempt = this.attempts.get(job);
    if (attempt === undefined) return;
    this.attempts.delete(job);
    attempt.operation.end(outcome, error);
  }

  stalled(): void {
    this.queue.stalled();
  }

  /** A worker that was closed by force has left its attempts to others. */
  closed(): void {
    for (const job of [...this.attempts.keys()]) this.end(job, 'aborted');
  }

  private begin(job: AttemptedJob): JobAttempt | undefined {
    try {
      const parent = this.tracing?.contextManager.extract(job.opts.telemetry?.metadata);
      const attempt = new JobAttempt(this.telemetry, this.queue.name, job, parent);
      this.attempts.set(job, attempt);
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
