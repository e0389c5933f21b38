import { SpanKind } from '@opentelemetry/api';
import type { Attributes } from '../attributes.ts';
import type { Histogram } from '../metrics/histogram.ts';
import { ERROR_TYPE } from '../spans/exception.ts';
import { errorType, Operation } from './operation.ts';
import type { OperationHome } from './operation-home.ts';

const TASK = 'task.name';

/** The pool of a task, as far as its tasks concern it. */
export interface TaskHolder {
  readonly attributes: Attributes;
  /** One that waited does not any more. */
  taskBegan(): void;
  /** One that ran does not any more. */
  taskEnded(): void;
}

export interface TaskMetrics {
  readonly duration: Histogram;
  readonly wait: Histogram;
}

/** A task of a pool. No method throws, and after the end none does anything. */
export class TaskOperation extends Operation {
  readonly kind = 'task';
  private readonly name: string;
  private readonly metrics: TaskMetrics;
  private readonly pool: TaskHolder;
  private readonly base: Attributes;
  /** Seconds for which it waited; NaN before it was begun. */
  private waited: number;
  private type: string | undefined;

  constructor(home: OperationHome, metrics: TaskMetrics, pool: TaskHolder, name: string) {
    const parent = home.tracer === undefined ? undefined : home.contexts.active();
    const base = { ...pool.attributes, [TASK]: name };
    super(
      home,
      parent && home.tracer?.start(name, SpanKind.INTERNAL, { ...base } as Record<string, string>, parent),
      parent,
    );
    this.name = name;
    this.metrics = metrics;
    this.pool = pool;
    this.base = base;
    this.waited = Number.NaN;
    this.type = undefined;
    this.tell('start');
  }

  get begun(): boolean {
    return !Number.isNaN(this.waited);
  }

  /** A worker takes the task up, after so many seconds of waiting; default: all those since it was made. Only the first call counts. */
  begin(waited = this.elapsed()): void {
    if (this.begun || this.ended) return;
    this.waited = waited;
    this.pool.taskBegan();
    this.metrics.wait.record(waited, this.base, this.context);
  }

  /** Ends the task. With an error, one that is not null, it has failed. What was never begun has waited all the time, and took none. */
  end(error?: unknown): void {
    this.settled(error !== undefined && error !== null, error);
  }

  /** Ends the task by what its function did. */
  settled(failed: boolean, error: unknown): void {
    if (this.ended) return;
    this.begin();
    this.finish();
    this.pool.taskEnded();
    const duration = Math.max(0, this.elapsed() - this.waited);
    if (failed) {
      this.type = errorType(error);
      this.span?.fail(error, this.type);
    }
    this.span?.end();
    this.metrics.duration.record(duration, this.eventAttributes(), this.context);
    this.tellEnd(duration, failed ? 'failed' : 'completed', failed, failed ? error : undefined);
  }

  protected override title(): string {
    return this.name;
  }

  protected override eventAttributes(): Attributes {
    return { ...this.base, [ERROR_TYPE]: this.type };
  }
}
