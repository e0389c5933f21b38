import type { Metric, MetricsSnapshot, Point } from '../metrics/snapshot.ts';
import type { AdaptivePace } from './adaptive-pace.ts';
import { DeltaTracker } from './delta.ts';
import type { ExportContext, Exporter, ExportResult } from './exporter.ts';
import type { Batch, Division, Feed, Item } from './feed.ts';
import type { Selection } from './selection.ts';
import { SteadyTimes } from './steady-times.ts';

type Send = NonNullable<Exporter['exportMetrics']>;

/** Where it is kept what exporters of differences have taken, so that another process can go on from there. */
export interface Acknowledgements {
  /** Asked for before the first difference. */
  acknowledged(exporter: string): Promise<readonly Metric[]>;
  keepAcknowledged(exporter: string, metrics: readonly Metric[]): Promise<void>;
}

/** Makes of a snapshot what comes after it on the way to the exporter. */
export interface MetricsStage {
  /** Of a stage that decides by all that there is: called with it before a difference is taken. */
  look?(totals: MetricsSnapshot): void;
  pass(snapshot: MetricsSnapshot): MetricsSnapshot;
  /** Of a stage that makes new points: those of the last snapshot that these were made of. Unknown points are left out. */
  origins?(points: readonly Point[]): readonly Point[];
}

export interface MetricsFeedOptions {
  readonly exporter: Pick<Exporter, 'name' | 'temporality' | 'isDelta'>;
  /** Reads all metrics, cumulative. */
  readonly collect: () => Promise<MetricsSnapshot>;
  readonly selection: Selection;
  /** Whether it is time, when nobody asks for it. */
  readonly pace?: AdaptivePace | undefined;
  /** What the exporter would be handed: whether to do so. */
  readonly publishWhen?: ((snapshot: MetricsSnapshot) => boolean) | undefined;
  readonly send: Send;
  readonly acknowledgements?: Acknowledgements | undefined;
  /** Folds attributes. */
  readonly budget?: MetricsStage | undefined;
}

/**
 * Metrics on their way to one exporter: read anew for every try, so that a failed one only makes the next wider. With delta temporality,
 * differences since what this exporter took; what its backend refuses for good counts as taken, so that it cannot come back for ever.
 *
 *   collect ─▶ selection, times ─▶ pace ─▶ difference ─▶ later stages ─▶ publishWhen ─▶ batch
 *
 * What is not selected costs nothing further on. What the pace holds back has not changed. What `publishWhen` holds back had its difference
 * taken, so that series that expire meanwhile are not forgotten.
 */
export class MetricsFeed implements Feed {
  readonly periodic = true;
  readonly size = 0;
  readonly full = false;
  private readonly options: MetricsFeedOptions;
  private readonly tracker: DeltaTracker | undefined;
  private readonly times = new SteadyTimes();
  /** Between the difference and the exporter. */
  private readonly stages: readonly MetricsStage[];
  private batch: MetricsBatch | undefined;
  private lostBefore = 0;
  private begun = false;

  constructor(options: MetricsFeedOptions) {
    this.options = options;
    const { temporality, isDelta } = options.exporter;
    this.tracker = temporality === 'delta' ? new DeltaTracker(undefined, isDelta) : undefined;
    const renaming = { pass: (snapshot: MetricsSnapshot) => options.selection.renamed(snapshot) };
    this.stages = options.budget === undefined ? [renaming] : [options.budget, renaming];
  }

  async next(asked: boolean): Promise<Batch | undefined> {
    const { collect, selection, pace, publishWhen, exporter, acknowledgements, send } = this.options;
    this.batch = undefined;
    const totals = this.times.pass(selection.metrics(await collect()));
    if (pace !== undefined && !asked && !pace.isDue(totals)) return undefined;
    if (!this.begun && acknowledgements !== undefined) {
      this.tracker?.assume(await acknowledgements.acknowledged(exporter.name));
    }
    this.begun = true;
    for (const stage of this.stages) stage.look?.(totals);
    const change = this.tracker?.difference(totals) ?? totals;
    const snapshot = this.stages.reduce((given, stage) => stage.pass(given), change);
    const count = snapshot.metrics.reduce((sum, metric) => sum + metric.points.length, 0);
    if (count === 0 || publishWhen?.(snapshot) === false) return undefined;
    this.batch = new MetricsBatch(snapshot, count, send, {
      accepted: (points) => this.accepted(points),
      settled: () => this.settled(totals),
      parted: () => this.keep(totals),
    });
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
    this.batch = undefined;
    return left;
  }

  /** Another process exports from here on: what it takes is not known here. */
  pause(): void {
    this.begun = false;
  }

  private accepted(points: readonly Point[]): void {
    const origins = this.stages.reduceRight((given, stage) => stage.origins?.(given) ?? given, points);
    this.tracker?.acknowledge(origins);
  }

  private settled(totals: MetricsSnapshot): void {
    this.batch = undefined;
    this.options.pace?.sent(totals);
    this.tracker?.acknowledge();
    this.keep(totals);
  }

  private keep(totals: MetricsSnapshot): void {
    const { exporter, acknowledgements } = this.options;
    if (this.tracker === undefined || acknowledgements === undefined) return;
    void acknowledgements.keepAcknowledged(exporter.name, this.tracker.acknowledged(totals));
  }
}

interface Progress {
  accepted(points: readonly Point[]): void;
  settled(): void;
  /** The try failed, after some were accepted. */
  parted(): void;
}

class MetricsBatch implements Batch {
  readonly data: MetricsSnapshot;
  private readonly total: number;
  private readonly sendSnapshot: Send;
  private readonly progress: Progress;
  /** Made when the first points are named: most exporters name none. */
  private left: Set<Item> | undefined;

  constructor(snapshot: MetricsSnapshot, total: number, send: Send, progress: Progress) {
    this.data = snapshot;
    this.total = total;
    this.sendSnapshot = send;
    this.progress = progress;
  }

  get count(): number {
    return this.left?.size ?? this.total;
  }

  has(item: Item): boolean {
    return this.remaining().has(item);
  }

  send(context: ExportContext): Promise<ExportResult | void> {
    return this.sendSnapshot(this.data, context);
  }

  accept(items: Iterable<Item>): number {
    const left = this.remaining();
    const points = [...items].filter((item) => left.delete(item)) as Point[];
    if (points.length > 0) this.progress.accepted(points);
    return points.length;
  }

  settle(): void {
    this.progress.settled();
  }

  /** Metrics are read anew, not sent again: the next snapshot would have other points. Exporters find what is at fault with `sendParcels`. */
  divide(): Division {
    return 'whole';
  }

  failed(): number {
    if (this.left !== undefined && this.left.size < this.total) this.progress.parted();
    return 0;
  }

  private remaining(): Set<Item> {
    this.left ??= new Set(this.data.metrics.flatMap<Item>(({ points }) => points));
    return this.left;
  }
}
