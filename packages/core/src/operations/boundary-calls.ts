import type { Attributes } from '../attributes.ts';
import type { BoundaryOperation, BoundaryOptions } from './boundary.ts';
import { type BoundaryMetrics, BoundarySeries, baseOf } from './boundary-metrics.ts';
import { errorType } from './operation.ts';
import type { OperationHome } from './operation-home.ts';

/**
 * The calls of one kind, held: for adapters of calls so short that an operation each would cost more than they do. What is recorded here are
 * metrics alone, without a span and an event; a shutdown does not wait for it. Made by `telemetry.boundaryCalls`. No method throws.
 */
export class BoundaryCalls {
  /** What all series of these calls have. */
  readonly attributes: Attributes;
  /** Starts a whole operation: call `end` on it, or `perform`. */
  readonly start: () => BoundaryOperation;
  private readonly home: OperationHome;
  private readonly metrics: BoundaryMetrics;
  private readonly series: BoundarySeries;

  constructor(
    home: OperationHome,
    metrics: BoundaryMetrics,
    from: string,
    options: BoundaryOptions,
    start: () => BoundaryOperation,
  ) {
    const { to, operation, protocol, attributes } = options;
    this.home = home;
    this.metrics = metrics;
    this.series =
      (attributes === undefined ? metrics.seriesOf(from, to, operation, protocol) : undefined) ??
      new BoundarySeries(metrics, baseOf(from, to, operation, protocol, attributes));
    this.attributes = this.series.base;
    this.start = start;
  }

  /** Seconds by the monotonic clock, to measure with. */
  now(): number {
    return this.home.clock.monotonic();
  }

  /** Records calls that went well, each of so many seconds. */
  completed(seconds: number, times = 1): void {
    const { duration } = this.series;
    for (let time = 0; time < times; time++) duration.record(seconds);
  }

  /** Records a call that failed after so many seconds. */
  failed(seconds: number, error: unknown): void {
    this.metrics.duration.record(seconds, { ...this.series.base, 'error.type': errorType(error) });
  }

  /** Calls that are in flight from now on, or, below 0, no longer. */
  inFlight(change: number): void {
    this.series.active.add(change);
  }
}
