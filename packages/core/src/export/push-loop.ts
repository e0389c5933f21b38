import type { Clock } from '../clock.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { messageOf, TelemetryError } from '../errors.ts';
import type { MetricsSnapshot, MetricsSource } from '../metrics/snapshot.ts';
import type { OperationEvent } from '../operations/operation-event.ts';
import type { Resource } from '../resource.ts';
import type { FinishedSpan } from '../spans/finished-span.ts';
import { BatchFeed } from './batch-feed.ts';
import { ExportLog } from './export-log.ts';
import type { Exporter } from './exporter.ts';
import type { ExporterHealth, ExportFailure, SignalHealth } from './exporter-health.ts';
import type { Feed } from './feed.ts';
import type { LoopObserver } from './loop-observer.ts';
import { type Acknowledgements, MetricsFeed } from './metrics-feed.ts';
import type { Signal } from './signal.ts';
import { SignalLoop } from './signal-loop.ts';
import { sumOfSignals } from './sum-of-signals.ts';

/** Seconds between exports. Metrics and spans as OpenTelemetry's SDK has them; events are for eyes, so sooner. */
const INTERVALS: Readonly<Record<Signal, number>> = { metrics: 60, spans: 5, events: 1 };
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
  /** In [0, 1), for jitter. */
  readonly random?: () => number;
}

export type Unobserved = <T>(work: () => T) => T;

/** A signal that goes in batches. */
interface Lane<T extends FinishedSpan | OperationEvent> {
  readonly feed: BatchFeed<T>;
  readonly loop: SignalLoop;
  readonly log: ExportLog;
}

/**
 * Runs one exporter: starts it, hands it what it takes and ends it. Nothing here throws or rejects, whatever the exporter does, and its
 * memory is bounded: per signal, a buffer and one batch.
 */
export class PushLoop {
  readonly name: string;
  private readonly options: PushLoopOptions;
  private readonly timeout: number;
  private readonly unobserved: Unobserved;
  private readonly metrics: SignalLoop | undefined;
  private readonly metricsFeed: MetricsFeed | undefined;
  private readonly spans: Lane<FinishedSpan> | undefined;
  private readonly events: Lane<OperationEvent> | undefined;
  /** Resolves when the exporter has started, failed to, or took too long. */
  private started: Promise<void> | undefined;
  private hasStarted = false;
  private leads: boolean;
  private startFailure: ExportFailure | undefined;
  private ending: Promise<void> | undefined;

  constructor(options: PushLoopOptions) {
    const { exporter, clock, collect, leads = true, acknowledgements, unobserved = (work) => work() } = options;
    this.options = options;
    this.leads = leads;
    this.unobserved = unobserved;
    this.name = exporter.name;
    this.timeout = exporter.timeout ?? TIMEOUT;
    if (exporter.exportMetrics !== undefined) {
      const send = (...given: Parameters<NonNullable<Exporter['exportMetrics']>>) =>
        unobserved(() => exporter.exportMetrics!(...given));
      this.metricsFeed = new MetricsFeed({ exporter, collect, send, acknowledgements });
      this.metrics = this.loopOf('metrics', this.metricsFeed, this.logOf('metrics'));
    }
    if (exporter.exportSpans !== undefined) {
      const feed = new BatchFeed<FinishedSpan>(clock, (spans, context) =>
        unobserved(() => exporter.exportSpans!(spans, context)),
      );
      this.spans = this.laneOf('spans', feed);
    }
    if (exporter.exportEvents !== undefined) {
      const feed = new BatchFeed<OperationEvent>(clock, (events, context) =>
        unobserved(() => exporter.exportEvents!(events, context)),
      );
      this.events = this.laneOf('events', feed);
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
    if (leads) this.metrics?.start();
    else this.metrics?.hold();
  }

  /** A span or event waits in a bounded buffer; when that is full, the new one is dropped and counted. */
  offerSpan(span: FinishedSpan): void {
    offer(this.spans, span, this.ending !== undefined);
  }

  offerEvent(event: OperationEvent): void {
    offer(this.events, event, this.ending !== undefined);
  }

  /** Exports what is there now. Resolves when that was tried, at the latest after the time limit of one call. */
  async flush(): Promise<void> {
    if (!this.hasStarted) await this.started;
    await Promise.all(this.loops().map((loop) => loop.flush()));
  }

  /** Takes nothing more, exports what is there, ends the exporter. Resolves when `deadline` fires, at the latest; what is left then is counted as dropped. */
  shutdown(deadline: AbortSignal): Promise<void> {
    this.ending ??= this.end(deadline);
    return this.ending;
  }

  health(): ExporterHealth {
    const signals: Partial<Record<Signal, SignalHealth>> = {
      ...(this.metrics && { metrics: this.metrics.health() }),
      ...(this.spans && { spans: this.spans.loop.health() }),
      ...(this.events && { events: this.events.loop.health() }),
    };
    return sumOfSignals(this.name, signals, this.hasStarted, this.startFailure);
  }

  private loops(): readonly SignalLoop[] {
    return [this.metrics, this.spans?.loop, this.events?.loop].filter((loop) => loop !== undefined);
  }

  private logOf(signal: Signal): ExportLog {
    const { clock, diagnostics, observer } = this.options;
    return new ExportLog({ exporter: this.name, signal, clock, diagnostics, observer });
  }

  private loopOf(signal: Signal, feed: Feed, log: ExportLog): SignalLoop {
    const { exporter, resource, clock, observer, random = Math.random } = this.options;
    const interval =
      (typeof exporter.interval === 'number' ? exporter.interval : exporter.interval?.[signal]) ?? INTERVALS[signal];
    return new SignalLoop({ signal, feed, log, interval, timeout: this.timeout, resource, clock, observer, random });
  }

  private laneOf<T extends FinishedSpan | OperationEvent>(signal: Signal, feed: BatchFeed<T>): Lane<T> {
    const log = this.logOf(signal);
    return { feed, log, loop: this.loopOf(signal, feed, log) };
  }

  private async startExporter(): Promise<void> {
    const { exporter, source, clock } = this.options;
    try {
      const starting = this.unobserved(() => exporter.start?.(source));
      if (starting !== undefined) await within(starting, this.timeout, clock);
    } catch (error) {
      this.startFailure = { time: clock.now(), message: messageOf(error) };
      this.report(`did not start: ${messageOf(error)}`);
    }
    this.hasStarted = true;
    for (const loop of this.loops()) if (this.leads || loop !== this.metrics) loop.start();
  }

  private async end(deadline: AbortSignal): Promise<void> {
    const passed = whenAborted(deadline);
    if (!this.hasStarted) await Promise.race([this.started, passed]);
    await Promise.all(this.loops().map((loop) => loop.finish(deadline)));
    // Also after the deadline, so that it can let go of what it holds; only then nobody waits for it.
    await Promise.race([this.endExporter(), passed]);
  }

  private async endExporter(): Promise<void> {
    try {
      await this.unobserved(() => this.options.exporter.shutdown?.());
    } catch (error) {
      this.report(`did not shut down cleanly: ${messageOf(error)}`);
    }
  }

  private report(what: string): void {
    this.options.diagnostics.report(new TelemetryError('ERR_EXPORT', `The exporter ${this.name} ${what}`), this.name);
  }
}

function offer<T extends FinishedSpan | OperationEvent>(lane: Lane<T> | undefined, item: T, ended: boolean): void {
  if (lane === undefined) return;
  if (ended || !lane.feed.offer(item)) lane.log.count('dropped', 1);
  else lane.loop.wake();
}

/** Settles as `promise` does, or rejects after `seconds`. */
async function within(promise: Promise<void>, seconds: number, clock: Clock): Promise<void> {
  let cancel = (): void => {};
  const limit = new Promise<never>((_, reject) => {
    cancel = clock.schedule(() => reject(new Error(`start() did not settle within ${seconds} s`)), seconds);
  });
  try {
    await Promise.race([promise, limit]);
  } finally {
    cancel();
  }
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
