import type { SeriesAttributes } from '../attributes.ts';
import type { MetricsSnapshot } from '../metrics/snapshot.ts';
import type { OperationEvent } from '../operations/operation-event.ts';
import type { FinishedSpan } from '../spans/finished-span.ts';
import type { SamplingOptions } from '../spans/sampler.ts';
import type { Spool } from './spool.ts';

/**
 * Which items an exporter is handed. What is left out costs nothing there, and stays in the other exporters. A function that throws is
 * told once and counts as true.
 */
export interface ExportFilter {
  /** Names with `*` for any characters: only these (default all), and of them not those. */
  readonly metrics?: { readonly include?: readonly string[]; readonly exclude?: readonly string[] };
  /** Series by their attributes, asked once per series. */
  readonly series?: (name: string, attributes: SeriesAttributes) => boolean;
  readonly spans?: (span: FinishedSpan) => boolean;
  readonly events?: (event: OperationEvent) => boolean;
}

/**
 * A dead backend is left alone: after `failures` failed calls in a row (default 5), of all signals together, nothing is collected or sent for
 * `pause` seconds (default 30); then one call decides. What the backend refuses for what it is, is no failure.
 */
export interface CircuitBreakerOptions {
  readonly failures?: number;
  /** Seconds; doubles with each failed probe, up to ten times as long. */
  readonly pause?: number;
}

/** What a month of this exporter may cost. Before it costs more, the attribute with the most values is folded into `other`, for this exporter only. */
export interface ExportBudget {
  /** US dollars a month, by the price table. */
  readonly perMonth: number;
  /** Prices that differ from the table's: see `estimateCost`. */
  readonly prices?: PriceOverrides;
}

/** Prices by backend and item: `{ cloudwatch: { 'metric-month': 0.25 } }`. */
export type PriceOverrides = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** What every exporter can be told, whatever its backend. The push loop does it; exporters only pass it on. */
export interface DeliverySettings {
  readonly filter?: ExportFilter;
  /** Before the names of metrics: `shop.` gives `shop.http.server.request.duration`. */
  readonly prefix?: string;
  /**
   * Thins out spans, and events that belong to a span, for this exporter: whole traces, by their ids, after `sampling` of the telemetry.
   * `keep` is judged for each span when it has ended, and for each event.
   */
  readonly sampling?: SamplingOptions;
  /** Requests a second, on average; up to as many may come at once. Of all signals together; of an exporter that does not say when its requests begin, calls. */
  readonly rateLimit?: number;
  /** Asked before each export of metrics, about what would be sent: `false` sends nothing. Differences then become wider; nothing is lost. Also asked at the end. */
  readonly publishWhen?: (snapshot: MetricsSnapshot) => boolean;
  /**
   * While no series changes, metrics are sent ever more seldom: the interval doubles up to `max` seconds. They are looked at as often as
   * before, so that a change leaves within the interval. Telltale's own metrics do not count as a change. `flush()` and the end send in any case.
   */
  readonly adaptiveInterval?: { readonly max: number };
  /** `false` for none. */
  readonly circuitBreaker?: CircuitBreakerOptions | false;
  /** Keeps what is not delivered on disk, over outages and restarts: `diskSpool()` of `@telltale/disk-spool`. */
  readonly spool?: Spool;
  readonly budget?: ExportBudget;
}
