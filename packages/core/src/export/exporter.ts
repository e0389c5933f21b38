import type { MetricsSnapshot, MetricsSource, Point, Temporality } from '../metrics/snapshot.ts';
import type { OperationEvent } from '../operations/operation-event.ts';
import type { Resource } from '../resource.ts';
import type { FinishedSpan } from '../spans/finished-span.ts';

/** The three kinds of data an exporter can take. */
export type Signal = 'metrics' | 'spans' | 'events';

/** What an export call may use. */
export interface ExportContext {
  /** Fires when the time limit passes or the deadline of a shutdown comes: stop at once. */
  readonly signal: AbortSignal;
  /** The telemetry's own service. Items of other services in the process carry theirs. */
  readonly resource: Resource;
  /**
   * Says that the backend took these points (of the snapshot handed over, the same objects), spans or events, when it takes a batch in parts.
   * They are not handed over again, also when the call then rejects.
   */
  accepted(items: Iterable<Point | FinishedSpan | OperationEvent>): void;
}

/** What became of an export. Resolving with nothing means that everything was taken. */
export interface ExportResult {
  readonly accepted: number;
  /** Refused. With `retryAfter` what was not named by `accepted()` is handed over again; without it, it is given up and counted. */
  readonly rejected: number;
  /** Seconds to wait before the next try. */
  readonly retryAfter?: number;
  readonly reason?: string;
}

/**
 * Sends or serves telemetry. Implement the methods for the signals it takes. The push loop calls a method never concurrently with itself,
 * with a time limit; a rejected promise means that nothing was taken (but what `accepted()` named) and that it is to be tried again.
 * Reject with an `ExportError` to say more than that.
 */
export interface Exporter {
  /** Unique in one telemetry; shows in health, errors and self-telemetry. */
  readonly name: string;
  /** What `exportMetrics` is handed; cumulative unless said. */
  readonly temporality?: Temporality;
  /** Seconds between exports of metrics (default 60), of spans (5) and of events (1); of the last two earlier when a batch is full. */
  readonly interval?: number | Partial<Readonly<Record<Signal, number>>>;
  /** Seconds that one export call may take; default 10. */
  readonly timeout?: number;
  /** Called once, before anything else: for exporters that serve what they read. Must not throw for what may mend itself (a busy port): reject instead. */
  start?(source: MetricsSource): void | Promise<void>;
  exportMetrics?(snapshot: MetricsSnapshot, context: ExportContext): Promise<ExportResult | void>;
  exportSpans?(spans: readonly FinishedSpan[], context: ExportContext): Promise<ExportResult | void>;
  exportEvents?(events: readonly OperationEvent[], context: ExportContext): Promise<ExportResult | void>;
  /** Called once, after the last export. */
  shutdown?(): Promise<void>;
}

/** What an exporter can say about a failed send. */
export interface ExportErrorOptions extends ErrorOptions {
  /** Seconds the backend asked to wait (`Retry-After`). */
  readonly retryAfter?: number;
  /** `false`: trying again cannot help, give the batch up. Default `true`. */
  readonly retryable?: boolean;
  /** The connection died after the body was sent: whether the backend has it is not known. Counted; it is handed over again unless `retryable` is false. */
  readonly outcomeUnknown?: boolean;
}

/** Rejection of an export call that says more than "nothing was taken, try again". */
export class ExportError extends Error {
  override readonly name = 'ExportError';
  readonly retryAfter: number | undefined;
  readonly retryable: boolean;
  readonly outcomeUnknown: boolean;

  constructor(message: string, options: ExportErrorOptions = {}) {
    super(message, options);
    this.retryAfter = options.retryAfter;
    this.retryable = options.retryable ?? true;
    this.outcomeUnknown = options.outcomeUnknown ?? false;
  }
}
