import type { Metric, MetricsSnapshot, Point } from '../metrics/snapshot.ts';
import { DeltaTracker } from './delta.ts';
import type { ExportContext, Exporter, ExportResult } from './exporter.ts';
import type { Batch, Feed, Item } from './feed.ts';

type Send = NonNullable<Exporter['exportMetrics']>;

/** Where it is kept what exporters of differences have taken, so that another process can go on from there. */
export interface Acknowledgements {
  /** Asked for before the first difference. */
  acknowledged(exporter: string): Promise<readonly Metric[]>;
  keepAcknowledged(exporter: string, metrics: readonly Metric[]): Promise<void>;
}

export interface MetricsFeedOptions {
  readonly exporter: Pick<Exporter, 'name' | 'temporality'>;
  /** Reads all metrics, cumulative. */
  readonly collect: () => Promise<MetricsSnapshot>;
  readonly send: Send;
  readonly acknowledgements?: Acknowledgements | undefined;
}

/**
 * Metrics on their way to one exporter: read anew for every try, so that a failed one only makes the next wider. With delta temporality,
 * differences since what this exporter took; what its backend refuses for good counts as taken, so that it cannot come back for ever.
 */
export class MetricsFeed implements Feed {
  readonly periodic = true;
  readonly size = 0;
  readonly full = false;
  private readonly options: MetricsFeedOptions;
  private readonly tracker: DeltaTracker | undefined;
  private batch: MetricsBatch | undefined;
  private lostBefore = 0;
  private begun = false;

  constructor(options: MetricsFeedOptions) {
    this.options = options;
    this.tracker = options.exporter.temporality === 'delta' ? new DeltaTracker() : undefined;
  }

  async next(): Promise<Batch | undefined> {
    const { collect, exporter, acknowledgements } = this.options;
    const collected = await collect();
    if (!this.begun && acknowledgements !== undefined) {
      this.tracker?.assume(await acknowledgements.acknowledged(exporter.name));
    }
    this.begun = true;
    const snapshot = this.tracker?.difference(collected) ?? collected;
    const count = snapshot.metrics.reduce((sum, metric) => sum + metric.points.length, 0);
    this.batch =
      count === 0
        ? undefined
        : new MetricsBatch(snapshot, count, this.options.send, this.tracker, (over) => this.taken(collected, over));
    return this.batch;
  }

  lost(): number {
    const { forgotten = 0 } = this.tracker ?? {};
    const lost = forgotten - this.lostBefore;
    this.lostBefore = forgotten;
    return lost;
  }

  abandon(): number {
    const left = this.batch?.count ?? 0;
    this.release();
    return left;
  }

  /** Another process exports from here on: what it takes is not known here. */
  pause(): void {
    this.begun = false;
  }

  private taken(collected: MetricsSnapshot, over: boolean): void {
    if (over) this.release();
    const { exporter, acknowledgements } = this.options;
    if (this.tracker === undefined || acknowledgements === undefined) return;
    void acknowledgements.keepAcknowledged(exporter.name, this.tracker.acknowledged(collected));
  }

  private release(): void {
    this.batch = undefined;
  }
}

class MetricsBatch implements Batch {
  private readonly named = new Set<Item>();
  private readonly snapshot: MetricsSnapshot;
  private readonly total: number;
  private readonly sendSnapshot: Send;
  private readonly tracker: DeltaTracker | undefined;
  private readonly taken: (over: boolean) => void;

  constructor(
    snapshot: MetricsSnapshot,
    total: number,
    send: Send,
    tracker: DeltaTracker | undefined,
    taken: (over: boolean) => void,
  ) {
    this.snapshot = snapshot;
    this.total = total;
    this.sendSnapshot = send;
    this.tracker = tracker;
    this.taken = taken;
  }

  get count(): number {
    return Math.max(0, this.total - this.named.size);
  }

  send(context: ExportContext): Promise<ExportResult | void> {
    return this.sendSnapshot(this.snapshot, context);
  }

  accept(items: Iterable<Item>): void {
    const points = [...items] as Point[];
    for (const point of points) this.named.add(point);
    this.tracker?.acknowledge(points);
  }

  settle(): void {
    this.tracker?.acknowledge();
    this.taken(true);
  }

  failed(): number {
    if (this.named.size > 0) this.taken(false);
    return 0;
  }
}
