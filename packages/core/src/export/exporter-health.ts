import type { CircuitState } from './circuit-breaker.ts';
import type { FoldedAttribute } from './fold-budget.ts';
import type { Signal } from './signal.ts';

/** `idle`: nothing was exported so far. `failing`: the last try failed. */
export type ExportStatus = 'ok' | 'failing' | 'idle';

/** The last thing that went wrong; stays after a recovery. */
export interface ExportFailure {
  /** Seconds since the Unix epoch. */
  readonly time: number;
  readonly message: string;
}

interface ExportCounts {
  readonly status: ExportStatus;
  /** Seconds since the Unix epoch. */
  readonly lastSuccess?: number;
  readonly lastError?: ExportFailure;
  /** Tries since the last success. */
  readonly consecutiveFailures: number;
  /** Points, spans and events that the backend took. */
  readonly accepted: number;
  /** Refused by the backend for good. */
  readonly rejected: number;
  /** Given up here: full buffer, too many tries, shutdown. */
  readonly dropped: number;
  /** Sent without knowing whether they arrived. */
  readonly unknown: number;
}

/** How the export of one signal is doing. */
export interface SignalHealth extends ExportCounts {
  /** Spans or events that wait, with those being sent; 0 for metrics, which are read when they are sent. */
  readonly queued: number;
}

/** How an exporter is doing: counts are sums over its signals, the status is the worst, times are the latest. */
export interface ExporterHealth extends ExportCounts {
  readonly name: string;
  readonly queued: { readonly spans: number; readonly events: number };
  /** Whether calls are made: not while the circuit breaker is `open`; `half-open` while one call decides. Missing without a breaker. */
  readonly circuit?: CircuitState;
  /** Seconds since the Unix epoch at which the next call may be made; only while `open`. */
  readonly retryAt?: number;
  /** What was folded for the exporter's budget, in that order. Missing without a budget. */
  readonly folded?: readonly FoldedAttribute[];
  /** The signals that the exporter takes; none for one that only serves what it reads. */
  readonly signals: Readonly<Partial<Record<Signal, SignalHealth>>>;
}
