import type { Signal } from './signal.ts';

/**
 * What became of points, spans or events. `rejected`: refused by the backend for good. `dropped`: given up here (full buffer, too many tries,
 * shutdown). `unknown`: sent, but whether they arrived is not known; if they are handed over again, they are counted again.
 */
export type ExportOutcome = 'accepted' | 'rejected' | 'dropped' | 'unknown';

/** Watches the exports of one exporter, for self-telemetry. Must not throw. */
export interface LoopObserver {
  exported(signal: Signal, outcome: ExportOutcome, count: number): void;
  /** One call to the exporter took `seconds`. */
  duration(signal: Signal, seconds: number, failed: boolean): void;
}
