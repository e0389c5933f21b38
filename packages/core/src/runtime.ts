import {
  type Context,
  type ContextManager,
  defaultTextMapGetter,
  defaultTextMapSetter,
  type MeterProvider,
  ROOT_CONTEXT,
} from '@opentelemetry/api';
import type { CancelTimer, Clock } from './clock.ts';
import { collectInSlices, collectNow } from './collect.ts';
import { Diagnostics } from './diagnostics.ts';
import type { TelemetryErrorCode } from './errors.ts';
import { Delivery } from './export/delivery.ts';
import type { Exporter } from './export/exporter.ts';
import type { ExporterHealth } from './export/exporter-health.ts';
import type { GatheringHealth, GatheringMember } from './export/gathering.ts';
import type { ExporterUsage } from './export/usage.ts';
import { CardinalityBudget, type Overflow } from './metrics/cardinality-budget.ts';
import { Expiry } from './metrics/expiry.ts';
import { MetricsSelection } from './metrics/metrics-options.ts';
import { type CollectOptions, ObservableCallbacks } from './metrics/observable-callbacks.ts';
import { Registry } from './metrics/registry.ts';
import type { RegistryContext } from './metrics/registry-context.ts';
import type { MetricReader, MetricsSnapshot, MetricsSource } from './metrics/snapshot.ts';
import { createContexts } from './opentelemetry/context.ts';
import { createExemplarSource } from './opentelemetry/exemplar-source.ts';
import { ForeignSpans } from './opentelemetry/foreign-spans.ts';
import { registeredProvider } from './opentelemetry/foreign-tracer-provider.ts';
import { NoSpans } from './opentelemetry/no-spans.ts';
import { OwnSpans } from './opentelemetry/own-spans.ts';
import { Propagation } from './opentelemetry/propagation.ts';
import { SpanProcessors } from './opentelemetry/span-processors.ts';
import type { SpanSource } from './opentelemetry/span-source.ts';
import { Hooks } from './operations/hooks.ts';
import type { Activity } from './operations/operation-home.ts';
import { RunningJobs } from './operations/running-jobs.ts';
import { beforeProcessEnds } from './process-end.ts';
import { type RepeatedWork, repeat } from './repeat.ts';
import type { InstrumentationScope, Resource } from './resource.ts';
import { ResourceDetection } from './resource-detection.ts';
import { RuntimeMetrics } from './runtime-metrics/runtime-metrics.ts';
import { observeTelemetry } from './self-telemetry.ts';
import { SUPPRESS_TRACING, Tracing } from './spans/tracer.ts';
import type { CheckedOptions } from './telemetry-options.ts';
import { VERSION } from './version.ts';

/** The scope of all that is not recorded through OpenTelemetry's API. */
export const SCOPE: InstrumentationScope = Object.freeze({ name: '@telltale/core', version: VERSION });

/** How telemetry itself is doing. */
export interface Health {
  /** `degraded`: an exporter fails, or the budget of series was exceeded. The service goes on in either case. */
  readonly status: 'ok' | 'degraded';
  readonly exporters: readonly ExporterHealth[];
  /** With `gather`: who exports, and for how many. */
  readonly gather?: GatheringHealth;
  readonly cardinality: {
    readonly series: number;
    readonly limit: { readonly perInstrument: number; readonly total: number };
    /** Which attribute of which instrument had too many values. */
    readonly overflows: readonly Overflow[];
  };
  /** How often each kind of problem was met. */
  readonly problems: Readonly<Partial<Record<TelemetryErrorCode, number>>>;
}

/** Where exporters are called: part of no trace, so that no instrumentation observes what they send. */
export const UNOBSERVED = ROOT_CONTEXT.setValue(SUPPRESS_TRACING, true);

/** Seconds between two looks at whether operations still run. */
const DRAIN_STEP = 0.05;

/** What all services of one telemetry share: built once, ended once. */
export class Runtime implements MetricsSource {
  readonly options: CheckedOptions;
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  readonly contexts: ContextManager;
  readonly propagation: Propagation;
  /** Where spans come from. */
  readonly spans: SpanSource;
  readonly hooks: Hooks;
  readonly activity: Activity = { operations: 0, begun: 0, watched: 0 };
  readonly jobs: RunningJobs;
  readonly resource: Resource;
  readonly callbacks: ObservableCallbacks;
  private readonly delivery: Delivery;
  /** `undefined` when this process and thread is by itself. */
  private readonly gathering: GatheringMember | undefined;
  private leads: boolean;
  private readonly leadListeners: ((leads: boolean) => void)[] = [];
  /** `undefined` when nobody is asked. */
  private readonly detection: ResourceDetection | undefined;
  private readonly budget: CardinalityBudget;
  private readonly expiry: Expiry | undefined;
  private readonly registryContext: RegistryContext;
  /** The registry of the telemetry's own service. */
  readonly primary: Registry;
  private readonly registries: Registry[] = [];
  private readonly repeated = new Set<CancelTimer>();
  private runtimeMetrics: RuntimeMetrics | undefined = undefined;
  private readonly forgetEnding: () => void;
  private ending: Promise<void> | undefined = undefined;
  private signalled = false;
  private readonly endings: (() => void)[] = [];
  private eventListeners: readonly (() => void)[] = [];

  /** `attributes`: of the telemetry's own service. */
  constructor(options: CheckedOptions, attributes: Resource['attributes']) {
    this.options = options;
    this.clock = options.clock;
    this.diagnostics = new Diagnostics(options.onError);
    const { clock, diagnostics } = this;
    const { resourceDetectors: detectors = [] } = options;
    this.detection = detectors.length === 0 ? undefined : new ResourceDetection({ detectors, clock, diagnostics });
    const resource = this.resourceOf(attributes);
    this.resource = resource;
    this.hooks = new Hooks(this.diagnostics);
    this.jobs = new RunningJobs(this.clock);
    const { signals = {}, exporters } = options;
    const wanted =
      signals.spans ?? (exporters.some((exporter) => exporter.exportSpans !== undefined) || hasProcessors(options));
    const spans = wanted && options.tracerProvider === undefined;
    this.propagation = new Propagation(options.propagators, spans, this.diagnostics);
    this.spans = this.createSpans(spans);
    this.contexts = this.spans.contexts;
    this.budget = new CardinalityBudget(options.cardinality ?? {}, this.diagnostics);
    this.callbacks = new ObservableCallbacks(this.clock, this.diagnostics);
    const { expireAfter } = this.budget;
    this.expiry = expireAfter === undefined ? undefined : new Expiry(this.clock, expireAfter, () => this.expire());
    this.registryContext = {
      clock: this.clock,
      diagnostics: this.diagnostics,
      budget: this.budget,
      expiry: this.expiry,
      selection: new MetricsSelection(signals.metrics === false ? { disable: ['*'] } : (options.metrics ?? {})),
      callbacks: this.callbacks,
      exemplars: createExemplarSource(
        options.metrics?.exemplars ?? 'trace_based',
        this.contexts,
        spans || options.tracerProvider !== undefined,
      ),
      activeContext: () => this.contexts.active(),
      attributes: options.attributes,
    };
    this.primary = this.registry(resource);
    this.leads = options.gather === undefined;
    this.delivery = new Delivery({
      exporters,
      clock: this.clock,
      diagnostics: this.diagnostics,
      resource,
      collect: () => this.collect(),
      source: this,
      leads: this.leads,
      acknowledgements:
        options.gather === undefined
          ? undefined
          : {
              acknowledged: async (exporter) => this.gathering?.acknowledged(exporter) ?? [],
              keepAcknowledged: async (...taken) => this.gathering?.keepAcknowledged(...taken),
            },
      observer: observeTelemetry(this.primary, SCOPE, this.budget, this.diagnostics, () => this.delivery.health()),
      unobserved: (work) => this.unobserved(work),
      ready: this.detection?.settled,
    });
    this.listenForEvents();
    this.gathering = options.gather?.join({
      resource,
      clock: this.clock,
      maxSeries: this.budget.total,
      expireAfter,
      open: () => this.openOwn(),
      readers: () => this.readers(),
      lead: (leads) => this.lead(leads),
      offerSpan: (span) => this.delivery.offerSpan(span),
      offerEvent: (event) => this.delivery.offerEvent(event),
      problem: (subject, message) => this.diagnostics.problem('ERR_EXPORT', subject, message),
    });
    // From here on nothing throws, so no timer is left behind by options that were refused.
    this.expiry?.start();
    this.detection?.start((work) => this.unobserved(work));
    this.delivery.start();
    this.forgetEnding = beforeProcessEnds({
      signals: options.shutdownSignals,
      onSignal: (alone, signal) => this.endAtSignal(alone, signal),
      onIdle: () => this.endAtIdle(),
    });
  }

  /** The resource of a service, with what the detectors find. */
  resourceOf(attributes: Resource['attributes']): Resource {
    return this.detection?.resource(attributes) ?? Object.freeze({ attributes });
  }

  /** A new registry for a service. */
  registry(resource: Resource): Registry {
    const registry = new Registry(resource, this.registryContext);
    this.registries.push(registry);
    return registry;
  }

  /** Collects what `options.runtime` asks for, by the meter provider of the telemetry's own service. */
  collectRuntimeMetrics(meterProvider: MeterProvider): void {
    const { runtime, signals, gather } = this.options;
    if (runtime === undefined || signals?.metrics === false) return;
    this.runtimeMetrics = new RuntimeMetrics(runtime, {
      meterProvider,
      scope: SCOPE,
      clock: this.clock,
      diagnostics: this.diagnostics,
      gathers: gather !== undefined,
      onLead: (listener) => this.onLead(listener),
    });
  }

  addExporter(exporter: Exporter, collect?: () => Promise<MetricsSnapshot>): () => Promise<void> {
    const remove = this.delivery.add(exporter, collect);
    this.listenForEvents();
    return async () => {
      await whileAlive(remove(this.options.shutdownTimeout));
      this.listenForEvents();
    };
  }

  /** Until the returned function is called, or all ends. */
  every(seconds: number, work: RepeatedWork): CancelTimer {
    if (this.ending !== undefined) return () => {};
    const cancel = repeat(this.clock, this.diagnostics, seconds, (signal) => this.unobserved(() => work(signal)));
    this.repeated.add(cancel);
    return () => {
      this.repeated.delete(cancel);
      cancel();
    };
  }

  inject(context: Context, carrier: Record<string, unknown>): void {
    this.spans.carriage.inject(context, carrier, defaultTextMapSetter);
  }

  /** The active, or given, context with what the headers say of trace and baggage. */
  extract(carrier: Readonly<Record<string, unknown>>, active = this.contexts.active()): Context {
    const { carriage } = this.spans;
    return carriage.concerns(carrier) ? carriage.extract(active, carrier, defaultTextMapGetter) : active;
  }

  async open(options?: CollectOptions): Promise<readonly MetricReader[]> {
    return this.gathering === undefined ? this.openOwn(options) : this.gathering.open();
  }

  /** All series after all callbacks have run, read in slices. */
  async collect(options?: CollectOptions): Promise<MetricsSnapshot> {
    return collectInSlices(await this.open(options), this.resource, this.clock.now());
  }

  onLead(listener: (leads: boolean) => void): void {
    this.leadListeners.push(listener);
    listener(this.leads);
  }

  problem(subject: string, message: string): void {
    this.diagnostics.problem('ERR_EXPORT', subject, () => message);
  }

  /** All series now. Asynchronous callbacks are started; until one is done, its series are those of the time before. */
  snapshot(): MetricsSnapshot {
    void this.callbacks.run();
    const readers = this.gathering?.role === 'gatherer' ? this.gathering.readers() : this.readers();
    return collectNow(readers, this.resource, this.clock.now());
  }

  health(): Health {
    const exporters = this.delivery.health();
    const { series, perInstrument, total, overflows } = this.budget;
    const failing = exporters.some(({ status }) => status === 'failing');
    return {
      status: failing || overflows.length > 0 ? 'degraded' : 'ok',
      exporters,
      ...(this.gathering && { gather: this.gathering.health() }),
      cardinality: { series, limit: { perInstrument, total }, overflows: [...overflows] },
      problems: Object.fromEntries(this.diagnostics.counts),
    };
  }

  /** What the exporters used of their backends, in the order of `options.exporters`. */
  usage(): readonly ExporterUsage[] {
    return this.delivery.usage(this.snapshot());
  }

  /** Whether `shutdown` was called. */
  get ended(): boolean {
    return this.ending !== undefined;
  }

  /** Whether the end has begun: by `shutdown`, or by a signal, whoever ends the process at it. */
  get isEnding(): boolean {
    return this.signalled || this.ended;
  }

  flush(): Promise<void> {
    return whileAlive(this.deliver());
  }

  shutdown(): Promise<void> {
    this.ending ??= whileAlive(this.end());
    return this.ending;
  }

  /** Has something done when telemetry has ended. */
  atEnd(work: () => void): void {
    this.endings.push(work);
  }

  private async deliver(): Promise<void> {
    await Promise.all([this.deliverToExporters(), this.spans.flush(), this.detection?.settled]);
  }

  private async deliverToExporters(): Promise<void> {
    await this.gathering?.flush();
    await this.delivery.flush();
  }

  private async end(): Promise<void> {
    this.forgetEnding();
    for (const cancel of this.repeated) cancel();
    this.jobs.stop();
    const deadline = this.clock.monotonic() + this.options.shutdownTimeout;
    await this.gathering?.handOver(this.options.shutdownTimeout / 2);
    const left = Math.max(0, deadline - this.clock.monotonic());
    await Promise.all([this.delivery.shutdown(left), this.spans.shutdown(left)]);
    await this.gathering?.leave();
    this.runtimeMetrics?.stop();
    this.expiry?.stop();
    for (const registry of this.registries) registry.stop();
    for (const work of this.endings) work();
  }

  /** Lets operations end that are under way, then delivers. */
  private async endAtSignal(alone: boolean, signal: NodeJS.Signals): Promise<void> {
    this.signalled = true;
    const { shutdownTimeout } = this.options;
    const deadline = this.clock.monotonic() + shutdownTimeout;
    this.jobs.interrupt(new DOMException(`the process was sent ${signal}`, 'AbortError'), alone);
    if (alone) this.gathering?.announceEnd();
    while (this.activity.operations > 0 && this.clock.monotonic() < deadline) {
      await new Promise<void>((resolve) => this.clock.schedule(resolve, DRAIN_STEP));
    }
    if (!alone) return this.flush();
    this.jobs.abort(new DOMException(`the job had not ended ${shutdownTimeout} s after ${signal}`, 'TimeoutError'));
    await this.shutdown();
  }

  /** Nothing that could go on is left: a job that is not over waits for what cannot come. */
  private endAtIdle(): Promise<void> {
    this.jobs.abort(new DOMException('the process had nothing left to do before the job had ended', 'AbortError'));
    return this.shutdown();
  }

  private unobserved<T>(work: () => T): T {
    return this.contexts.with(UNOBSERVED, work);
  }

  private async openOwn(options?: CollectOptions): Promise<readonly MetricReader[]> {
    await this.detection?.settled;
    await this.callbacks.run(options);
    return this.readers();
  }

  /** Operations tell of their end only while an exporter takes events: making one allocates. */
  private listenForEvents(): void {
    const wanted = this.delivery.takesEvents && this.options.signals?.events !== false;
    if (wanted === this.eventListeners.length > 0) return;
    if (!wanted) for (const forget of this.eventListeners) forget();
    this.eventListeners = !wanted
      ? []
      : (['end', 'stuck'] as const).map((moment) =>
          this.hooks.on(moment, (event) => (this.leads ? this.delivery : this.gathering)?.offerEvent(event)),
        );
  }

  private lead(leads: boolean): void {
    this.leads = leads;
    this.delivery.lead(leads);
    for (const listener of this.leadListeners) listener(leads);
  }

  private readers(): MetricReader[] {
    return this.registries
      .flatMap((registry) => registry.readers())
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  }

  private expire(): void {
    for (const registry of this.registries) registry.expire();
  }

  private createSpans(own: boolean): SpanSource {
    const { options, diagnostics, clock, propagation, resource } = this;
    const { tracerProvider: given, signals, spanProcessors, attributes } = options;
    if (own) {
      const processors =
        spanProcessors === undefined || spanProcessors.length === 0
          ? undefined
          : new SpanProcessors(spanProcessors, diagnostics, clock);
      const contexts = createContexts();
      const tracing = this.createTracing(contexts, processors);
      return new OwnSpans(tracing, contexts, propagation, processors, () => whileAlive(this.deliverToExporters()));
    }
    if (signals?.spans === false) return new NoSpans(createContexts(), propagation);
    const find = given === undefined ? registeredProvider : () => given;
    return new ForeignSpans({ find, given, resource, attributes, propagation, diagnostics });
  }

  private createTracing(contexts: ContextManager, processing: SpanProcessors | undefined): Tracing {
    const { sampling, spanLimits, idGenerator } = this.options;
    return new Tracing({
      clock: this.clock,
      diagnostics: this.diagnostics,
      contexts,
      attributes: this.options.attributes,
      ...(sampling === undefined ? {} : { sampling }),
      ...(spanLimits === undefined ? {} : { limits: spanLimits }),
      ...(idGenerator === undefined ? {} : { idGenerator }),
      ...(processing === undefined ? {} : { processing }),
      onEnd: (span) => (this.leads ? this.delivery : this.gathering)?.offerSpan(span),
    });
  }
}

function hasProcessors({ spanProcessors = [] }: CheckedOptions): boolean {
  return spanProcessors.length > 0;
}

/** No timer of telemetry keeps the process alive; what someone waits for must, or `await telemetry.shutdown()` could end a program halfway. */
function whileAlive(work: Promise<void>): Promise<void> {
  const hold = setInterval(() => {}, 2 ** 31 - 1);
  return work.finally(() => clearInterval(hold));
}
