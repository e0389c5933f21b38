import type { ExportContext } from '@telltale/core';
import type { Alert } from './alert.ts';

/** What one message tells: the alerts of one group, firing ones first. */
export interface Notification {
  /** The same for the same group, in every process: what a backend may tell messages apart by. */
  readonly groupKey: string;
  /** The labels that its alerts have in common by `groupBy`. */
  readonly groupLabels: Readonly<Record<string, string>>;
  /** `resolved`: all of them are. */
  readonly status: 'firing' | 'resolved';
  readonly alerts: readonly Alert[];
}

/** Where alerts are told. The push loop calls it: never two at once, with a time limit, again after a failure, not while the circuit breaker is open. */
export interface Notifier {
  /** Unique among the notifiers; `alerts-<name>` in `health()`. */
  readonly name: string;
  /** Seconds after which a firing group is told once more although nothing changed; without it, never. */
  readonly repeatEvery?: number;
  /** Whether it wants to hear that alerts are over; default true. */
  readonly resolved?: boolean;
  /** What is known to have arrived is never sent again. Reject with an `ExportError` as an exporter does; `outcomeUnknown` counts, and is sent again where `idempotent`. */
  send(notification: Notification, context: Pick<ExportContext, 'signal' | 'resource' | 'request'>): Promise<void>;
  /** The receiver knows a second copy for what it is; default false. */
  readonly idempotent?: boolean;
}
