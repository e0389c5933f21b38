import type { Clock } from '../clock.ts';
import type { Metric, MetricReader } from '../metrics/snapshot.ts';
import type { OperationEvent } from '../operations/operation-event.ts';
import type { Resource } from '../resource.ts';
import type { FinishedSpan } from '../spans/finished-span.ts';

/** One telemetry of several processes and threads; `gather()` of `@telltale/gather` makes it. Of one telemetry only. */
export interface Gathering {
  /** Called once, by `createTelemetry`. Throws only for options that cannot be. */
  join(host: GatheringHost): GatheringMember;
}

/** A telemetry, as its gathering sees it. */
export interface GatheringHost {
  readonly resource: Resource;
  readonly clock: Clock;
  /** Series that may be kept of all members together. */
  readonly maxSeries: number;
  /** Seconds without a change after which a series is forgotten, if ever. */
  readonly expireAfter: number | undefined;
  /** Own metrics, after the callbacks of observable instruments have run. Never rejects. */
  open(): Promise<readonly MetricReader[]>;
  /** Own metrics; of observable instruments, what their callbacks said last. */
  readers(): readonly MetricReader[];
  /** Whether the exporters of this telemetry export for all; at first they do not. */
  lead(leads: boolean): void;
  /** What members recorded, for the exporters here. */
  offerSpan(span: FinishedSpan): void;
  offerEvent(event: OperationEvent): void;
  /** Counts what went wrong, and tells `onError` once for each subject. */
  problem(subject: string, message: () => string): void;
}

/** `joining`: it is not yet known who exports. `gatherer`: this one does, for all. `member`: another one does. */
export type GatheringRole = 'joining' | 'gatherer' | 'member';

/** How the gathering is doing. */
export interface GatheringHealth {
  readonly role: GatheringRole;
  /** What the members of a group have in common, and others have not. */
  readonly group: string;
  /** Processes and threads that export through this one; 0 in a member. */
  readonly members: number;
  /** Series of all members together, in the gatherer. */
  readonly series: number;
}

/** A telemetry in its group. Nothing here throws; what rejects says so. */
export interface GatheringMember {
  readonly role: GatheringRole;
  /** The metrics of the whole group as they are now. Rejects when nobody who has them can be reached. */
  open(): Promise<readonly MetricReader[]>;
  /** The metrics of the whole group as far as they are known here: for the gatherer. */
  readers(): readonly MetricReader[];
  /** Hands a span or event to the gatherer. Bounded: what finds no room is dropped and counted. */
  offerSpan(span: FinishedSpan): void;
  offerEvent(event: OperationEvent): void;
  /** Hands over what was recorded so far. Never rejects. */
  flush(): Promise<void>;
  /** This process is about to end: a gatherer that ends as well waits for it. */
  announceEnd(): void;
  /**
   * The end, before the exporters': hands over all there is. A gatherer waits for those that end with it, and then takes nothing more.
   * Resolves within `seconds`; never rejects.
   */
  handOver(seconds: number): Promise<void>;
  /** The end, after the exporters': lets another one take over. Never rejects. */
  leave(): Promise<void>;
  health(): GatheringHealth;
  /** What an exporter of differences had taken under the gatherer before this one: totals that are not to be sent again. */
  acknowledged(exporter: string): Promise<readonly Metric[]>;
  /** Keeps what an exporter of differences has taken, for the gatherer after this one. Called after each export; never rejects. */
  keepAcknowledged(exporter: string, metrics: readonly Metric[]): Promise<void>;
}
