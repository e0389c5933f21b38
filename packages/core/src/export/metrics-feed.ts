import type { MetricsSnapshot, Point } from '../metrics/snapshot.ts';
import { DeltaTracker } from './delta.ts';
import type { ExportContext, Exporter, ExportResult } from './exporter.ts';
import type { Batch, Feed, Item } from './feed.ts';

type Send = NonNullable<Exporter['exportMetrics']>;

/**
 * Metrics on their way to one exporter: read anew for every try, so that a failed one only makes the next wider. With delta temporality,
 * differences since what this exporter took; what its backend refuses for good counts as taken, so that it cannot come back for ever.
 */
export class MetricsFeed implements Feed {
  readonly periodic = true;
  readonly size = 0;
  readonly full = false;
  private readonly collect: () => Promise<MetricsSnapshot>;
  private readonly send: Send;
  private readonly tracker: DeltaTracker | undefined;
  private batch: MetricsBatch | undefined;
  private lostBefore = 0;

  constructor(collect: () => Promise<MetricsSnapshot>, temporality: Exporter['temporality'], send: Send) {
    this.collect = collect;
    this.send = send;
    this.tracker = temporality === 'delta' ? new DeltaTracker() : undefined;
  }

  async next(): Promise<Batch | undefined> {
    const collected = await this.collect();
    const snapshot = this.tracker?.difference(collected) ?? collected;
    const count = snapshot.metrics.reduce((sum, metric) => sum + metric.points.length, 0);
    this.batch =
      count === 0 ? undefined : new MetricsBatch(snapshot, count, this.send, this.tracker, () => this.release());
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
  private readonly release: () => void;

  constructor(
    snapshot: MetricsSnapshot,
    total: number,
    send: Send,
    tracker: DeltaTracker | undefined,
    release: () => void,
  ) {
    this.snapshot = snapshot;
    this.total = total;
    this.sendSnapshot = send;
    this.tracker = tracker;
    this.release = release;
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
    this.release();
  }

  failed(): number {
    return 0;
  }
}
