import type { ExportContext } from '@telltale/core';
import type { Alert } from './alert.ts';
import type { LabelMatch } from './label-match.ts';

/** What one message tells: what its receiver has not been told of one group. */
export interface Notification {
  /** The same when the same is sent again after a failure, and only then: what copies can be told by. */
  readonly id: string;
  /** The same for the same group, in every process: what a backend may tell messages apart by. */
  readonly groupKey: string;
  /** The labels that its alerts have in common by `groupBy`. */
  readonly groupLabels: Readonly<Record<string, string>>;
  /** `resolved`: all of `alerts` are. */
  readonly status: 'firing' | 'resolved';
  /** At least one, firing ones first. The same alert may be there twice when it resolved and fired again meanwhile. */
  readonly alerts: readonly Alert[];
  /** How many more of the group fire, that were told before and are not in `alerts`. */
  readonly stillFiring: number;
  /** It is time for `repeatEvery`: what was told before and still fires is in `alerts` once more. */
  readonly repeated: boolean;
}

/** What `send` may use. */
export interface NotifierContext extends Pick<ExportContext, 'signal' | 'resource'> {
  /** Seconds since the Unix epoch, by the telemetry's clock. */
  readonly time: number;
  /** To be awaited before each request, with the bytes of its body: waits for `rateLimit`, and begins the time limit anew. Rejects when `signal` fires. */
  request(bytes: number, uncompressed?: number): Promise<void>;
  /** Says that these arrived, where a notification is told in parts: they are not told again, also when `send` then rejects. */
  told(alerts: Iterable<Alert>): void;
  /** Says that these were refused for what they are: they are counted and not told again. */
  refused(alerts: Iterable<Alert>, reason: string): void;
  /** For what is wrong but keeps nothing from arriving: told to `onError` once for each subject. */
  problem(subject: string, message: () => string): void;
}

/** Where alerts are told. A push loop calls it: never two at once, with a time limit, again after a failure, not while its circuit breaker is open. */
export interface Notifier {
  /** Unique among the notifiers; `alerts-<name>` in `health()`. Letters, digits, `.`, `_`, `-`; at most 64. */
  readonly name: string;
  /** Seconds after which a firing group is told once more although nothing changed; without it, never. */
  readonly repeatEvery?: number;
  /** Whether it wants to hear that alerts are over; default true. */
  readonly resolved?: boolean;
  /** Which alerts it is told, by their labels: `{ severity: 'critical' }`; default all. */
  readonly only?: LabelMatch;
  /** It waits and groups by itself: it is told at once, without `groupWait` and `groupInterval`. Default false. */
  readonly immediate?: boolean;
  /** Seconds that `send` may take, or each of its requests, where it says when they begin; default 10. */
  readonly timeout?: number;
  /** Requests a second, on average; default no limit. */
  readonly rateLimit?: number;
  /** The receiver knows a second copy for what it is; default false. */
  readonly idempotent?: boolean;
  /**
   * Resolves when the receiver has it: then it is never sent again. Reject with an `ExportError` as an exporter does; any other error means that
   * nothing arrived, try again. `outcomeUnknown` is counted, and sent again where the notifier is `idempotent`; else it counts as told.
   * `retryable: false`: refused for what it is, given up.
   */
  send(notification: Notification, context: NotifierContext): Promise<void>;
  /** Called once, after the last notification. */
  close?(): void | Promise<void>;
}
