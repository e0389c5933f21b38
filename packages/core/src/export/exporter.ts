import type { Metric, MetricsSnapshot, MetricsSource, Point, Temporality } from '../metrics/snapshot.ts';
import type { OperationEvent } from '../operations/operation-event.ts';
import type { Resource } from '../resource.ts';
import type { FinishedSpan } from '../spans/finished-span.ts';
import type { DeliverySettings } from './delivery-settings.ts';
import type { Signal } from './signal.ts';

/** What an exporter is handed one by one: a point of a metric, a span, an event. */
export type Exportable = Point | FinishedSpan | OperationEvent;

/** What an export call may use. Push loops give all of it; an exporter must do with the first three, which is all that a program that calls one by hand has. */
export interface ExportContext {
  /** Fires when the time limit passes or the deadline of a shutdown comes: stop at once. */
  readonly signal: AbortSignal;
  /** The telemetry's own service. Items of other services in the process carry theirs. */
  readonly resource: Resource;
  /**
   * Says that the backend took these points (of the snapshot handed over, the same objects), spans or events, when it takes a batch in parts.
   * They are not handed over again, also when the call then rejects.
   */
  accepted(items: Iterable<Exportable>): void;
  /** Says that the backend refused these for good: they are counted and not handed over again, also when the call then rejects. */
  rejected?(items: Iterable<Exportable>, reason: string): void;
  /**
   * Says that these were sent, and that whether the backend has them cannot be known: the connection died after the body. They are counted
   * as of unknown outcome. `again`: they are handed over once more, and counted once more if that is unknown, too; else they are given up.
   */
  unknown?(items: Iterable<Exportable>, then: 'again' | 'give-up'): void;
  /**
   * To be awaited before each request, with the bytes of its body as they go over the wire: waits for the exporter's rate limit, begins
   * the time limit anew, and counts for `estimateCost`. Rejects when `signal` fires. `uncompressed`: the bytes before compression, where it
   * was compressed, because that is what backends charge by.
   */
  request?(bytes: number, uncompressed?: number): Promise<void>;
}

type WhenUnknown = 'again' | 'give-up';

/** What became of an export. Resolving with nothing means that everything was taken. */
export interface ExportResult {
  readonly accepted: number;
  /** Refused, those named by `rejected()` included. With `retryAfter` what was not named at all is handed over again; without it, it is given up and counted. */
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
  /** With `temporality: 'delta'`: which metrics are handed as differences; all but gauges and up-down counters unless said, gauges never. */
  readonly isDelta?: (metric: Pick<Metric, 'type' | 'observable'>) => boolean;
  /** Seconds between exports of metrics (default 60), of spans (5) and of events (1); of the last two earlier when a batch is full. */
  readonly interval?: number | Partial<Readonly<Record<Signal, number>>>;
  /** Seconds that one export call may take, or, where it says so by `context.request()`, each of its requests; default 10. */
  readonly timeout?: number;
  /** How its data is chosen, thinned, paced and kept: what every exporter can be told, whatever its backend. */
  readonly delivery?: DeliverySettings;
  /**
   * What becomes of a spooled batch that was being sent when the process died, and may have arrived: sent once more (the default), or given up,
   * where a second copy would be counted twice. The same rule as in `context.unknown()`.
   */
  readonly whenUnknown?: WhenUnknown | Partial<Readonly<Record<Signal, WhenUnknown>>>;
  /** Whose prices apply: a key of the price table of `estimateCost`. Without it, nothing is charged. */
  readonly backend?: string;
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
  /**
   * The payload is at fault, or too big: parts of it may be taken. `sendParcels` of `@telltale/exporter-kit` then divides a request; what
   * leaves that to the push loop is handed spans and events in halves, until what is at fault is by itself and given up.
   */
  readonly divisible?: boolean;
  /** The connection died after the body was sent: whether the backend has it is not known. Counted; it is handed over again unless `retryable` is false. */
  readonly outcomeUnknown?: boolean;
}

/** Rejection of an export call that says more than "nothing was taken, try again". */
export class ExportError extends Error {
  override readonly name = 'ExportError';
  readonly retryAfter: number | undefined;
  readonly retryable: boolean;
  readonly outcomeUnknown: boolean;
  readonly divisible: boolean;

  constructor(message: string, options: ExportErrorOptions = {}) {
    super(message, options);
    this.retryAfter = options.retryAfter;
    this.retryable = options.retryable ?? true;
    this.outcomeUnknown = options.outcomeUnknown ?? false;
    this.divisible = options.divisible ?? false;
  }
}
