import type { Clock } from '../clock.ts';
import { type MetricShape, shapeOf } from '../cost/metric-shape.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { messageOf } from '../errors.ts';
import type { MetricsSnapshot, MetricsSource } from '../metrics/snapshot.ts';
import type { OperationEvent } from '../operations/operation-event.ts';
import type { Resource } from '../resource.ts';
import type { FinishedSpan } from '../spans/finished-span.ts';
import { AdaptivePace } from './adaptive-pace.ts';
import { BatchFeed } from './batch-feed.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import type { DeliverySettings } from './delivery-settings.ts';
import { exportInterval } from './export-interval.ts';
import { ExportLog } from './export-log.ts';
import type { Exporter } from './exporter.ts';
import type { ExporterHealth, ExportFailure, SignalHealth } from './exporter-health.ts';
import { ExporterSpool } from './exporter-spool.ts';
import type { Feed } from './feed.ts';
import { Budget } from './fold-budget.ts';
import { guarded } from './guarded.ts';
import type { LoopObserver } from './loop-observer.ts';
import { type Acknowledgements, MetricsFeed } from './metrics-feed.ts';
import { OutageLog } from './outage-log.ts';
import { RateLimit } from './rate-limit.ts';
import { Selection } from './selection.ts';
import type { Signal } from './signal.ts';
import { SignalLoop } from './signal-loop.ts';
import { sumOfSignals } from './sum-of-signals.ts';
import { type ExporterUsage, type SignalUsage, UsageMeter } from './usage.ts';
import { whenAborted, within } from './within.ts';

/** Seconds that one call may take. */
const TIMEOUT = 10;

export interface PushLoopOptions {
  readonly exporter: Exporter;
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  readonly resource: Resource;
  /** Reads all metrics, cumulative. */
  readonly collect: () => Promise<MetricsSnapshot>;
  /** What an exporter that serves is handed. */
  readonly source: MetricsSource;
  readonly observer?: LoopObserver | undefined;
  /** Whether metrics are exported from the start; true unless given. */
  readonly leads?: boolean;
  readonly acknowledgements?: Acknowledgements | undefined;
  /** Calls the exporter so that what it does is not observed itself: else each export would give the next something to export. */
  readonly unobserved?: Unobserved;
  /** The exporter is not called before. */
  readonly ready?: Promise<void> | undefined;
  /** In [0, 1), for jitter. */
  readonly random?: () => number;
}

export type Unobserved = <T>(work: () => T) => T;

/** One signal on its way to the exporter. */
interface Lane {
  readonly loop: SignalLoop;
  readonly log: ExportLog;
  readonly usage: UsageMeter;
}

/** A signal that goes in batches. */
interface BatchLane<T extends FinishedSpan | OperationEvent> extends Lane {
  readonly feed: BatchFeed<T>;
}

/**
 * Runs one exporter: starts it, hands it what it takes and ends it. Nothing here throws or rejects, whatever the exporter does, and its
 * memory is bounded: per signal, a buffer and one batch.
 */
export class PushLoop {
  readonly name: string;
  private readonly options: PushLoopOptions;
  private readonly settings: DeliverySettings;
  private readonly timeout: number;
  private readonly unobserved: Unobserved;
  private readonly selection: Selection;
  private readonly outages: OutageLog;
  private readonly circuit: CircuitBreaker | undefined;
  private readonly rateLimit: RateLimit | undefined;
  private readonly spool: ExporterSpool | undefined;
  private readonly budget: Budget | undefined;
  private readonly metrics: Lane | undefined;
  private readonly metricsFeed: MetricsFeed | undefined;
  private readonly spans: BatchLane<FinishedSpan> | undefined;
  private readonly events: BatchLane<OperationEvent> | undefined;
  /** Resolves when the exporter has started, failed to, or took too long. */
  private started: Promise<void> | undefined;
  private startedAt: number | undefined;
  private hasStarted = false;
  private leads: boolean;
  private startFailure: ExportFailure | undefined;
  private ending: Promise<void> | undefined;

  constructor(options: PushLoopOptions) {
    const { exporter, clock, diagnostics, leads = true, unobserved = (work) => work(), random = Math.random } = options;
    const { name, delivery = {} } = exporter;
    this.options = options;
    this.settings = delivery;
    this.leads = leads;
    this.unobserved = unobserved;
    this.name = name;
    this.timeout = exporter.timeout ?? TIMEOUT;
    this.selection = new Selection(name, delivery, diagnostics);
    this.outages = new OutageLog(name, clock, diagnostics);
    const { circuitBreaker = {}, rateLimit } = delivery;
    this.circuit = circuitBreaker === false ? undefined : new CircuitBreaker(circuitBreaker, clock, random);
    this.rateLimit = rateLimit === undefined ? undefined : new RateLimit(rateLimit, clock);
    this.spool = this.createSpool();
    this.budget = this.createBudget();
    if (exporter.exportMetrics !== undefined) {
      this.metricsFeed = this.createMetricsFeed();
      this.metrics = this.laneOf('metrics', this.metricsFeed);
    }
    if (exporter.exportSpans !== undefined) {
      const feed = new BatchFeed<FinishedSpan>(clock, (spans, context) =>
        unobserved(() => exporter.exportSpans!(spans, context)),
      );
      this.spans = { feed, ...this.laneOf('spans', feed) };
    }
    if (exporter.exportEvents !== undefined) {
      const feed = new BatchFeed<OperationEvent>(clock, (events, context) =>
        unobserved(() => exporter.exportEvents!(events, context)),
      );
      this.events = { feed, ...this.laneOf('events', feed) };
    }
  }

  get takesSpans(): boolean {
    return this.spans !== undefined;
  }

  get takesEvents(): boolean {
    return this.events !== undefined;
  }

  /** Starts the exporter, then its loops, also when it fails to start: it may mend itself. */
  start(): void {
    if (this.started !== undefined || this.ending !== undefined) return;
    this.started = this.startExporter();
  }

  /** Begins or stops to export metrics. */
  lead(leads: boolean): void {
    this.leads = leads;
    if (!leads) this.metricsFeed?.pause();
    if (!this.hasStarted) return;
    if (leads) this.startLane('metrics', this.metrics);
    else {
      this.spool?.hold('metrics');
      this.metrics?.loop.hold();
    }
  }

  /** A span or event waits in a bounded buffer; when that is full, the new one is dropped and counted. */
  offerSpan(span: FinishedSpan): void {
    if (!this.selection.takesSpan(span)) return;
    offer(this.spans, span, this.ending !== undefined);
    this.spool?.wake('spans');
  }

  offerEvent(event: OperationEvent): void {
    if (!this.selection.takesEvent(event)) return;
    offer(this.events, event, this.ending !== undefined);
    this.spool?.wake('events');
  }

  /** Exports what is there now. Resolves when that was tried, at the latest after the time limit of one call. */
  async flush(): Promise<void> {
    if (!this.hasStarted) await this.started;
    await this.spool?.take();
    await Promise.all(this.loops().map((loop) => loop.flush()));
  }

  /** Takes nothing more, exports what is there, ends the exporter. Resolves when `deadline` fires, at the latest; what is left then is counted as dropped, but for what is in the spool. */
  shutdown(deadline: AbortSignal): Promise<void> {
    this.ending ??= this.end(deadline);
    return this.ending;
  }

  health(): ExporterHealth {
    const signals: Partial<Record<Signal, SignalHealth>> = {};
    for (const [signal, { loop }] of this.lanes()) signals[signal] = loop.health();
    return {
      ...sumOfSignals(this.name, signals, this.hasStarted, this.startFailure, this.circuitHealth()),
      ...(this.budget && { folded: this.budget.folded }),
    };
  }

  /** What the backend was asked for so far, and what of `collected` the exporter is handed or serves. */
  usage(collected?: MetricsSnapshot): ExporterUsage {
    const { exporter, clock } = this.options;
    const { name, backend } = exporter;
    const signals: Partial<Record<Signal, SignalUsage>> = {};
    const interval: Partial<Record<Signal, number>> = {};
    for (const [signal, { usage }] of this.lanes()) {
      signals[signal] = usage.read();
      interval[signal] = exportInterval(exporter, signal);
    }
    const seconds = this.startedAt === undefined ? 0 : clock.monotonic() - this.startedAt;
    return {
      name,
      ...(backend !== undefined && { backend }),
      seconds,
      interval,
      signals,
      metrics: collected === undefined ? [] : this.shapes(collected),
    };
  }

  private shapes(collected: MetricsSnapshot): readonly MetricShape[] {
    if (this.options.exporter.exportMetrics === undefined && this.lanes().length > 0) return [];
    const selected = this.selection.metrics(collected);
    return this.budget?.shapes(selected) ?? selected.metrics.map(shapeOf);
  }

  private circuitHealth(): Pick<ExporterHealth, 'circuit' | 'retryAt'> {
    if (this.circuit === undefined) return {};
    const { state, wait } = this.circuit;
    return { circuit: state, ...(state === 'open' && { retryAt: this.options.clock.now() + wait }) };
  }

  private lanes(): readonly (readonly [Signal, Lane])[] {
    const { metrics, spans, events } = this;
    const lanes = { metrics, spans, events } satisfies Record<Signal, Lane | undefined>;
    return (Object.entries(lanes) as [Signal, Lane | undefined][]).filter(isThere);
  }

  private loops(): readonly SignalLoop[] {
    return this.lanes().map(([, { loop }]) => loop);
  }

  private createBudget(): Budget | undefined {
    const { exporter, clock, diagnostics } = this.options;
    const { budget } = this.settings;
    return budget && new Budget({ exporter, budget, clock, diagnostics, usage: () => this.usage() });
  }

  private createMetricsFeed(): MetricsFeed {
    const { exporter, clock, collect, acknowledgements, diagnostics } = this.options;
    const { publishWhen, adaptiveInterval } = this.settings;
    return new MetricsFeed({
      exporter,
      collect,
      selection: this.selection,
      pace: adaptiveInterval && new AdaptivePace(exportInterval(exporter, 'metrics'), adaptiveInterval.max, clock),
      publishWhen: publishWhen && guarded(publishWhen, 'publishWhen', this.name, diagnostics),
      send: (...given) => this.unobserved(() => exporter.exportMetrics!(...given)),
      acknowledgements,
      budget: this.budget,
    });
  }

  private laneOf(signal: Signal, feed: Feed): Lane {
    const { exporter, resource, clock, diagnostics, observer, random = Math.random } = this.options;
    const { timeout, outages, circuit, rateLimit } = this;
    const usage = new UsageMeter();
    const log = new ExportLog({ exporter: this.name, signal, clock, diagnostics, observer, outages, usage });
    const interval = exportInterval(exporter, signal);
    const call = { signal, timeout, resource, clock, log, observer, rateLimit, usage };
    const spooled = this.spool?.around(signal, feed) ?? feed;
    return { log, usage, loop: new SignalLoop({ ...call, feed: spooled, interval, random, circuit }) };
  }

  private createSpool(): ExporterSpool | undefined {
    const { exporter, resource, clock, diagnostics, random = Math.random } = this.options;
    const { timeout, unobserved } = this;
    const { spool } = this.settings;
    const problem = (subject: string, message: string) => diagnostics.problem('ERR_EXPORT', subject, () => message);
    return spool && new ExporterSpool({ spool, exporter, resource, clock, timeout, random, unobserved, problem });
  }

  private startLane(signal: Signal, lane: Lane | undefined): void {
    lane?.loop.start();
    this.spool?.start(signal, () => lane?.loop.wake());
  }

  private async startExporter(): Promise<void> {
    const { exporter, source, clock, ready } = this.options;
    this.startedAt = clock.monotonic();
    if (ready !== undefined) await ready;
    try {
      const starting = this.unobserved(() => exporter.start?.(this.selection.source(source)));
      if (starting !== undefined) await within(starting, this.timeout, clock, 'start() did not settle');
    } catch (error) {
      const reason = messageOf(error);
      this.startFailure = { time: clock.now(), message: reason };
      this.outages.failed('start', reason, `The exporter ${this.name} did not start: ${reason}`);
    }
    if (this.spool !== undefined) await this.spool.open();
    this.hasStarted = true;
    if (this.ending === undefined) this.budget?.start();
    for (const [signal, lane] of this.lanes()) if (this.leads || signal !== 'metrics') this.startLane(signal, lane);
  }

  private async end(deadline: AbortSignal): Promise<void> {
    const passed = whenAborted(deadline);
    if (!this.hasStarted) await Promise.race([this.started, passed]);
    await Promise.race([this.spool?.take(), passed]);
    await Promise.all(this.loops().map((loop) => loop.finish(deadline)));
    this.budget?.stop();
    await Promise.race([this.spool?.close(), passed]);
    // Also after the deadline, so that it can let go of what it holds; only then nobody waits for it.
    await Promise.race([this.endExporter(), passed]);
  }

  private async endExporter(): Promise<void> {
    try {
      await this.unobserved(() => this.options.exporter.shutdown?.());
    } catch (error) {
      this.outages.tell(`The exporter ${this.name} did not shut down cleanly: ${messageOf(error)}`);
    }
  }
}

function isThere(entry: [Signal, Lane | undefined]): entry is [Signal, Lane] {
  return entry[1] !== undefined;
}

function offer<T extends FinishedSpan | OperationEvent>(lane: BatchLane<T> | undefined, item: T, ended: boolean): void {
  if (lane === undefined) return;
  if (ended || !lane.feed.offer(item)) lane.log.count('dropped', 1);
  else lane.loop.wake();
}
