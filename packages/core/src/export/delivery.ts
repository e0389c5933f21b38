import type { Clock } from '../clock.ts';
import type { Diagnostics } from '../diagnostics.ts';
import type { MetricsSnapshot, MetricsSource } from '../metrics/snapshot.ts';
import type { OperationEvent } from '../operations/operation-event.ts';
import type { Resource } from '../resource.ts';
import type { FinishedSpan } from '../spans/finished-span.ts';
import { checkExporters } from './check-exporters.ts';
import type { Exporter } from './exporter.ts';
import type { ExporterHealth } from './exporter-health.ts';
import type { LoopObserver } from './loop-observer.ts';
import type { Acknowledgements } from './metrics-feed.ts';
import { PushLoop, type Unobserved } from './push-loop.ts';
import type { ExporterUsage } from './usage.ts';

export interface DeliveryOptions {
  readonly exporters: readonly Exporter[];
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  readonly resource: Resource;
  /** Reads all metrics, cumulative. */
  readonly collect: () => Promise<MetricsSnapshot>;
  /** What exporters that serve are handed. */
  readonly source: MetricsSource;
  /** Whether exporters are handed metrics from the start; else when `lead(true)` is called. True unless given. */
  readonly leads?: boolean;
  /** What exporters of differences took elsewhere, and where to keep what they take. */
  readonly acknowledgements?: Acknowledgements | undefined;
  /** Makes the observer of the exporter with this name. */
  readonly observer?: (exporter: string) => LoopObserver;
  /** Calls an exporter so that what it does is not observed itself. */
  readonly unobserved?: Unobserved;
  /** Exporters are not called before. */
  readonly ready?: Promise<void> | undefined;
  /** In [0, 1), for jitter; `Math.random` unless given. */
  readonly random?: () => number;
}

/** Brings what the service records to all its exporters, each at its own pace: one that fails or hangs does not touch the others. */
export class Delivery {
  private readonly options: DeliveryOptions;
  private readonly clock: Clock;
  private loops: readonly PushLoop[];
  private spanLoops: readonly PushLoop[] = [];
  private eventLoops: readonly PushLoop[] = [];
  private leads: boolean;
  private ending: Promise<void> | undefined;

  /** Throws `ERR_EXPORTER` for exporters that cannot work. */
  constructor(options: DeliveryOptions) {
    checkExporters(options.exporters);
    this.options = options;
    this.clock = options.clock;
    this.leads = options.leads ?? true;
    this.loops = options.exporters.map((exporter) => this.loopOf(exporter));
    this.sort();
  }

  get takesEvents(): boolean {
    return this.eventLoops.length > 0;
  }

  /**
   * One more, which starts at once; `collect` gives what it is handed instead of all metrics. Gives what takes it off again: it exports what is
   * there and ends. Throws `ERR_EXPORTER` for one that cannot work.
   */
  add(
    exporter: Exporter,
    collect: DeliveryOptions['collect'] = this.options.collect,
  ): (seconds: number) => Promise<void> {
    checkExporters(
      [exporter],
      this.loops.map(({ name }) => name),
    );
    if (this.ending !== undefined) return async () => {};
    const loop = this.loopOf(exporter, collect);
    this.loops = [...this.loops, loop];
    this.sort();
    loop.start();
    return async (seconds) => {
      this.loops = this.loops.filter((other) => other !== loop);
      this.sort();
      await this.withDeadline(seconds, (deadline) => loop.shutdown(deadline));
    };
  }

  /** Starts all exporters. One that fails to is reported, and the service goes on. */
  start(): void {
    for (const loop of this.loops) loop.start();
  }

  offerSpan(span: FinishedSpan): void {
    for (const loop of this.spanLoops) loop.offerSpan(span);
  }

  offerEvent(event: OperationEvent): void {
    for (const loop of this.eventLoops) loop.offerEvent(event);
  }

  /** Begins or stops to hand metrics to exporters; spans and events go out as they are offered. */
  lead(leads: boolean): void {
    this.leads = leads;
    for (const loop of this.loops) loop.lead(leads);
  }

  /** Exports everything now. Resolves when that was tried, and never rejects. */
  async flush(): Promise<void> {
    await Promise.all(this.loops.map((loop) => loop.flush()));
  }

  /** Takes nothing more, exports what is there, ends the exporters. Resolves within `timeoutSeconds` and never rejects; again, it is the same promise. */
  shutdown(timeoutSeconds: number): Promise<void> {
    this.ending ??= this.end(timeoutSeconds);
    return this.ending;
  }

  health(): readonly ExporterHealth[] {
    return this.loops.map((loop) => loop.health());
  }

  /** What the exporters used of their backends, in the order in which they were given. `collected`: all series as they are now. */
  usage(collected: MetricsSnapshot): readonly ExporterUsage[] {
    return this.loops.map((loop) => loop.usage(collected));
  }

  private end(timeoutSeconds: number): Promise<void> {
    return this.withDeadline(timeoutSeconds, async (deadline) => {
      await Promise.all(this.loops.map((loop) => loop.shutdown(deadline)));
    });
  }

  private async withDeadline(seconds: number, work: (deadline: AbortSignal) => Promise<void>): Promise<void> {
    const deadline = new AbortController();
    const cancel = this.clock.schedule(() => {
      deadline.abort(new DOMException(`shutdown took longer than ${seconds} s`, 'TimeoutError'));
    }, seconds);
    await work(deadline.signal);
    cancel();
  }

  private loopOf(exporter: Exporter, collect = this.options.collect): PushLoop {
    const { exporters: _exporters, observer, ...shared } = this.options;
    return new PushLoop({ ...shared, collect, leads: this.leads, exporter, observer: observer?.(exporter.name) });
  }

  private sort(): void {
    this.spanLoops = this.loops.filter((loop) => loop.takesSpans);
    this.eventLoops = this.loops.filter((loop) => loop.takesEvents);
  }
}
