import type { SeriesAttributes } from '../attributes.ts';
import type { Resource } from '../resource.ts';

/** The four kinds of unit of work, and locks, which tell when they are stuck. */
export type OperationKind = 'request' | 'job' | 'task' | 'boundary' | 'lock';

/** How an operation ended. `aborted`: the caller went away or the signal fired. `retried`: failed, and will be tried again. */
export type Outcome = 'completed' | 'failed' | 'retried' | 'aborted';

/** The moments at which `telemetry.on` listeners are called. Exporters see `end` and `stuck` only. `stuck`: it may never end. */
export type OperationMoment = 'start' | 'progress' | 'chunk' | 'error' | 'stuck' | 'end';

/** One moment in the life of an operation, as plain data. */
export interface OperationEvent {
  readonly type: OperationMoment;
  readonly kind: OperationKind;
  /** `GET /users/:id`, the job's, task's or call's name. */
  readonly name: string;
  /** Seconds since the Unix epoch at which this moment was. */
  readonly time: number;
  /** Seconds since the Unix epoch at which the operation started. */
  readonly startTime: number;
  /** Seconds since the start, by the monotonic clock; of a task, since a worker took it up. */
  readonly duration: number;
  /** With `end`, and with the `error` before it. */
  readonly outcome?: Outcome;
  /** The attributes of the operation's duration metric, and those the caller gave. */
  readonly attributes: SeriesAttributes;
  readonly error?: { readonly type: string; readonly message: string };
  /** Missing when spans are off. */
  readonly traceId?: string;
  readonly spanId?: string;
  /** Progress from 0 to 1, for `progress`, where the total is known; seconds, for `chunk`. */
  readonly value?: number;
  /** For `progress`: how much is done, in units of the job's own. */
  readonly done?: number;
  /** For `progress`: of how much; missing while that is unknown. */
  readonly total?: number;
  readonly resource: Resource;
}
