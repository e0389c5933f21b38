import {
  type Context,
  INVALID_SPAN_CONTEXT,
  isSpanContextValid,
  type Span,
  type SpanOptions,
  trace,
} from '@opentelemetry/api';
import type { AttributeValue } from './attributes.ts';
import type { CancelTimer } from './clock.ts';
import { TelemetryError, type TelemetryErrorCode } from './errors.ts';
import type { Exporter } from './export/exporter.ts';
import type { ExporterUsage } from './export/usage.ts';
import { frozenAttributes } from './metrics/attribute-rules.ts';
import type { Counter } from './metrics/counter.ts';
import type { Gauge } from './metrics/gauge.ts';
import type { Histogram, HistogramOptions } from './metrics/histogram.ts';
import type { InstrumentOptions } from './metrics/instrument.ts';
import type { Observable, ObservableCallback } from './metrics/observable.ts';
import type { CollectOptions } from './metrics/observable-callbacks.ts';
import type { Registry } from './metrics/registry.ts';
import type { MetricsSnapshot } from './metrics/snapshot.ts';
import type { Summary, SummaryOptions } from './metrics/summary.ts';
import type { UpDownCounter } from './metrics/up-down-counter.ts';
import { createMeterProvider, type TelemetryMeterProvider } from './opentelemetry/meter-provider.ts';
import { registerGlobally } from './opentelemetry/register.ts';
import type { TelemetryTracerProvider } from './opentelemetry/span-source.ts';
import type { BoundaryOperation, BoundaryOptions } from './operations/boundary.ts';
import type { BoundaryCalls } from './operations/boundary-calls.ts';
import type { OperationListener } from './operations/hooks.ts';
import type { JobOperation, JobOptions } from './operations/job.ts';
import { Jobs } from './operations/jobs.ts';
import type { Lock } from './operations/lock.ts';
import type { LockOptions } from './operations/lock-options.ts';
import type { OperationKind, OperationMoment } from './operations/operation-event.ts';
import { Operations } from './operations/operations.ts';
import type { QueueObserver } from './operations/queue.ts';
import type { RequestOperation, RequestStart } from './operations/request.ts';
import type { WorkerPool, WorkerPoolOptions } from './operations/worker-pool.ts';
import type { RepeatedWork } from './repeat.ts';
import type { Resource } from './resource.ts';
import { type Health, Runtime, SCOPE } from './runtime.ts';
import { settle } from './settle.ts';
import type { SpanStarter } from './spans/operation-span.ts';
import { runInSpan, traced } from './spans/run-in-span.ts';
import { checkAttributes, checkOptions, type ServiceOptions, type TelemetryOptions } from './telemetry-options.ts';

const MOMENTS: readonly OperationMoment[] = ['start', 'progress', 'chunk', 'error', 'stuck', 'end'];

/**
 * Starts telemetry for a service. Throws a `TelemetryError` for options that are wrong; whatever goes wrong later is counted,
 * told to `onError`, and never disturbs the service.
 */
export function createTelemetry(options: TelemetryOptions): Telemetry {
  const checked = checkOptions(options);
  const runtime = new Runtime(checked, attributesOf(checked.service));
  const telemetry = new Telemetry(runtime, runtime.resource, runtime.primary, {
    byOptions: new Map(),
    byResource: new Map(),
  });
  runtime.collectRuntimeMetrics(telemetry.meterProvider);
  return telemetry;
}

/** The telemetries of one process: the first, and those made by `forService`, whichever of them made them. */
interface Services {
  readonly byOptions: Map<string, Telemetry>;
  readonly byResource: Map<Resource, Telemetry>;
}

/** The fields by which a log line belongs to a span; OpenTelemetry's names for logs in other formats than its own. */
export interface LogFields {
  readonly trace_id?: string;
  readonly span_id?: string;
}

/** The telemetry of one service. Made by `createTelemetry`, or by `forService` for another service in the same process. */
export class Telemetry {
  /** The service. With `resourceDetectors`, its attributes are all there when `flush()` or the first export has come. */
  readonly resource: Resource;
  /** OpenTelemetry's way in: what its instrumentations record becomes this service's metrics and spans. */
  readonly meterProvider: TelemetryMeterProvider;
  readonly tracerProvider: TelemetryTracerProvider;
  /** Functions as jobs, the job that is under way, the job of a short-lived process. */
  readonly jobs: Jobs;
  private readonly runtime: Runtime;
  private readonly registry: Registry;
  private readonly spans: { readonly tracer: SpanStarter | undefined };
  private readonly operations: Operations;
  private readonly services: Services;

  constructor(runtime: Runtime, resource: Resource, registry: Registry, services: Services) {
    this.runtime = runtime;
    this.resource = resource;
    this.registry = registry;
    this.services = services;
    services.byResource.set(resource, this);
    const spans = runtime.spans.starter(SCOPE, resource);
    this.spans = spans;
    this.tracerProvider = runtime.spans.provider(resource);
    this.meterProvider = createMeterProvider(registry, runtime.callbacks, runtime.diagnostics, {
      flush: () => runtime.flush(),
      shutdown: () => runtime.shutdown(),
      ended: () => runtime.ended,
    });
    this.operations = new Operations(
      {
        clock: runtime.clock,
        diagnostics: runtime.diagnostics,
        contexts: runtime.contexts,
        hooks: runtime.hooks,
        activity: runtime.activity,
        jobs: runtime.jobs,
        resource,
        attributes: runtime.options.attributes,
        // Asked for each operation: another SDK may be registered later.
        get tracer() {
          return spans.tracer;
        },
        inject: (context, carrier) => runtime.inject(context, carrier),
        extract: (carrier, active) => runtime.extract(carrier, active),
      },
      registry,
      SCOPE,
      runtime.options.disabledKinds,
    );
    this.jobs = new Jobs({
      diagnostics: runtime.diagnostics,
      observed: this.operations.observes('job'),
      start: (name, given) => this.operations.job(name, given),
      activeContext: () => runtime.contexts.active(),
      shutdown: () => runtime.shutdown(),
    });
  }

  /** A sum that only grows. */
  counter(name: string, options?: InstrumentOptions): Counter {
    return this.registry.counter(SCOPE, name, options);
  }

  /** A sum that can fall. */
  upDownCounter(name: string, options?: InstrumentOptions): UpDownCounter {
    return this.registry.upDownCounter(SCOPE, name, options);
  }

  /** A value that is set. */
  gauge(name: string, options?: InstrumentOptions): Gauge {
    return this.registry.gauge(SCOPE, name, options);
  }

  /** A distribution; without `buckets`, in base-2 exponential buckets. */
  histogram(name: string, options?: HistogramOptions): Histogram {
    return this.registry.histogram(SCOPE, name, options);
  }

  /** Quantiles over a sliding window. */
  summary(name: string, options?: SummaryOptions): Summary {
    return this.registry.summary(SCOPE, name, options);
  }

  /** A sum that only grows and that someone else keeps: `callback` reports the totals whenever metrics are read. */
  observableCounter(name: string, options?: InstrumentOptions, callback?: ObservableCallback): Observable {
    return this.registry.observable('counter', SCOPE, name, options, callback);
  }

  /** A sum that can fall and that someone else keeps. */
  observableUpDownCounter(name: string, options?: InstrumentOptions, callback?: ObservableCallback): Observable {
    return this.registry.observable('upDownCounter', SCOPE, name, options, callback);
  }

  /** A value that is asked for whenever metrics are read. */
  observableGauge(name: string, options?: InstrumentOptions, callback?: ObservableCallback): Observable {
    return this.registry.observable('gauge', SCOPE, name, options, callback);
  }

  /** Runs `work` in a span. A throw or rejection marks the span as failed and goes on to the caller. */
  span<T>(name: string, work: (span: Span) => T): T;
  span<T>(name: string, options: SpanOptions, work: (span: Span) => T): T;
  span<T>(name: string, ...rest: [(span: Span) => T] | [SpanOptions, (span: Span) => T]): T {
    const [options, work] = rest.length === 1 ? [undefined, rest[0]] : rest;
    const { tracer } = this.spans;
    return tracer === undefined ? work(NO_SPAN) : runInSpan(tracer, this.runtime.contexts, name, options, work);
  }

  /** A function like `fn`, synchronous or not, each call of which is a span. */
  traced<This, Args extends unknown[], Result>(
    name: string,
    fn: (this: This, ...args: Args) => Result,
  ): (this: This, ...args: Args) => Result {
    return this.runtime.spans.isOff ? fn : traced(this.spans, this.runtime.contexts, name, fn);
  }

  /** Starts a request being served. For adapters: call `end` on what it gives. With `work`, the request ends with it, as status 200 or 500. */
  request(start: RequestStart): RequestOperation;
  request<T>(start: RequestStart & { readonly route?: string }, work: (request: RequestOperation) => T): T;
  request<T>(
    start: RequestStart & { readonly route?: string },
    work?: (request: RequestOperation) => T,
  ): RequestOperation | T {
    const request = this.operations.request(start);
    if (work === undefined) return request;
    const route = start.route === undefined ? {} : { route: start.route };
    return settle(
      () => request.run(() => work(request)),
      (failed, error) => request.end(failed ? { status: 500, error, ...route } : { status: 200, ...route }),
    );
  }

  /** Runs `work` as a job, or, without it, starts one: call `end` on what it gives. */
  job(name: string, options?: JobOptions): JobOperation;
  job<T>(name: string, work: (job: JobOperation) => T): T;
  job<T>(name: string, options: JobOptions, work: (job: JobOperation) => T): T;
  job<T>(name: string, ...[first, second]: readonly unknown[]): JobOperation | T {
    const given = typeof first === 'function' ? first : second;
    const work = typeof given === 'function' ? (given as (job: JobOperation) => T) : undefined;
    const options = typeof first === 'object' && first !== null ? (first as JobOptions) : {};
    return work === undefined ? this.operations.job(name, options) : this.jobs.run(name, options, work);
  }

  /** Runs `work` as a call of another service, or, without it, starts one: call `end` on what it gives. */
  boundary(options: BoundaryOptions): BoundaryOperation;
  boundary<T>(options: BoundaryOptions, work: (call: BoundaryOperation) => T): T;
  boundary<T>(options: BoundaryOptions, work?: (call: BoundaryOperation) => T): BoundaryOperation | T {
    const call = this.operations.boundary(options);
    return work === undefined ? call : call.perform(work);
  }

  /** For adapters: the calls of one kind, to be held, where they are too short or too many for an operation each. */
  boundaryCalls(options: BoundaryOptions): BoundaryCalls {
    return this.operations.boundaryCalls(options);
  }

  /** Observes a pool of workers. Throws for a size that is no whole number above 0. */
  workerPool(name: string, options: WorkerPoolOptions): WorkerPool {
    return this.operations.workerPool(name, options);
  }

  /**
   * Observes a mutex, semaphore or Web Lock: who asks for a name again gets the same. Throws `ERR_OPTION` for options that are wrong, or differ
   * from those it was made with.
   */
  lock(name: string, options?: LockOptions): Lock {
    return this.operations.lock(name, options, (seconds, work) => this.runtime.every(seconds, work));
  }

  /** Observes a queue: what happens outside of its jobs. */
  queue(name: string): QueueObserver {
    return this.operations.queue(name);
  }

  /** Whether operations of this kind are observed; adapters that find they are not can leave everything as it is. */
  observes(kind: OperationKind): boolean {
    return this.operations.observes(kind);
  }

  /** The telemetry of another logical service in this process: the same API, its own `service.*` and `boundary.from`. */
  forService(name: string, options: Omit<ServiceOptions, 'name'> = {}): Telemetry {
    const key = JSON.stringify([name, options.version, options.environment, options.instanceId, options.attributes]);
    let telemetry = this.services.byOptions.get(key);
    if (telemetry === undefined) {
      const { environment, instanceId } = this.runtime.options.service;
      const inherited = {
        ...(environment && { environment }),
        instanceId: instanceId ?? instanceOf(this.runtime.resource),
      };
      const { service } = checkOptions({ service: { ...inherited, ...options, name } });
      const resource = this.runtime.resourceOf(attributesOf(service));
      telemetry = new Telemetry(this.runtime, resource, this.runtime.registry(resource), this.services);
      this.services.byOptions.set(key, telemetry);
    }
    return telemetry;
  }

  /** The telemetry of the service whose operation or span is active here, as far as it is one of this process's; this one everywhere else. */
  activeService(): Telemetry {
    const { spans, contexts } = this.runtime;
    const active = contexts.active();
    const resource = spans.serviceOf(trace.getSpan(active), active);
    return (resource && this.services.byResource.get(resource)) ?? this;
  }

  /**
   * The ids of the active span, for log lines: `{ trace_id, span_id }`, or nothing outside of spans. A new object each time; needs no `this`,
   * so it can be handed on as it is.
   */
  readonly logFields = (): LogFields => {
    const span = trace.getSpanContext(this.runtime.contexts.active());
    return span === undefined || !isSpanContextValid(span) ? {} : { trace_id: span.traceId, span_id: span.spanId };
  };

  /** For adapters: seconds since an arbitrary moment, never going back, to measure durations with. */
  monotonic(): number {
    return this.runtime.clock.monotonic();
  }

  /** For adapters: counts something that went wrong while recording in `health().problems`, and tells `onError` of it once per subject. */
  problem(subject: string, message: () => string, code: TelemetryErrorCode = 'ERR_ADAPTER'): void {
    this.runtime.diagnostics.problem(code, subject, message);
  }

  /**
   * For adapters: calls `work` every so many seconds, first after a random part of that, outside of any trace, until telemetry ends or the
   * returned function is called. Never twice at a time: when the next call is due and one still runs, its signal fires instead. What it throws
   * is counted and told once. Never keeps the process alive.
   */
  every(seconds: number, work: RepeatedWork): CancelTimer {
    return this.runtime.every(seconds, work);
  }

  /** Calls `listener` at a moment of every operation's life. What it throws is caught. Returns the function that takes it off again. */
  on(moment: OperationMoment, listener: OperationListener): () => void {
    if (!MOMENTS.includes(moment)) {
      throw new TelemetryError(
        'ERR_OPTION',
        `There is no moment "${String(moment)}"; listen for ${MOMENTS.join(', ')}.`,
      );
    }
    return this.runtime.hooks.on(moment, listener);
  }

  /**
   * The active context with the headers' trace and baggage, to be passed as `parent` or run with `withContext`. Keys are in lower case, as
   * node:http has them; what is malformed is ignored. Works while spans are off, too.
   */
  extract(carrier: Readonly<Record<string, unknown>>): Context {
    return this.runtime.extract(carrier);
  }

  /** Writes trace context and baggage of the active, or the given, context into outgoing headers; nothing while spans are off. */
  inject(carrier: Record<string, unknown>, context: Context = this.runtime.contexts.active()): void {
    if (this.spans.tracer !== undefined) this.runtime.inject(context, carrier);
  }

  /** For adapters: the headers in which `inject` may write. */
  injects(): readonly string[] {
    return this.spans.tracer === undefined ? [] : this.runtime.spans.carriage.fields();
  }

  /** The context that is active here. */
  activeContext(): Context {
    return this.runtime.contexts.active();
  }

  /** Calls `work` with `context` as the active one. */
  withContext<T>(context: Context, work: () => T): T {
    return this.runtime.contexts.with(context, work);
  }

  /** All series of all services of the process now, as plain frozen data. */
  snapshot(): MetricsSnapshot {
    return this.runtime.snapshot();
  }

  /**
   * All series of all services of the process, after the callbacks of observable instruments have run, asynchronous ones too: what an export
   * sees. Rejects only with `gather`, when the metrics of the group cannot be had.
   */
  collect(options?: CollectOptions): Promise<MetricsSnapshot> {
    return this.runtime.collect(options);
  }

  /** How telemetry itself is doing: exporters, budget of series, problems. */
  health(): Health {
    return this.runtime.health();
  }

  /** What each exporter has used of its backend so far, and what it is handed now: what `estimateCost` puts prices to. */
  usage(): readonly ExporterUsage[] {
    return this.runtime.usage();
  }

  /**
   * An exporter that comes later, such as a dashboard: started at once, run as those given to `createTelemetry`, shown in `health()`. `collect` gives
   * what its `exportMetrics` is handed instead of all metrics. It does not turn spans on: they come while an exporter of the options takes them, or
   * with `signals: { spans: true }`. Returns what takes it off again, within `shutdown.timeout`; that never rejects. Throws `ERR_EXPORTER` for one that cannot work,
   * or whose name is taken; after the end of telemetry it does nothing.
   */
  addExporter(
    exporter: Exporter,
    { collect }: { readonly collect?: () => Promise<MetricsSnapshot> } = {},
  ): () => Promise<void> {
    return this.runtime.addExporter(exporter, collect);
  }

  /** Whether the end has begun, by `shutdown()` or by one of the signals of `shutdown.signals`: time to take no new work. */
  get isEnding(): boolean {
    return this.runtime.isEnding;
  }

  /** Delivers what was recorded so far. Never rejects. */
  flush(): Promise<void> {
    return this.runtime.flush();
  }

  /** Delivers what was recorded and ends: exporters are closed, timers stopped. Within `shutdown.timeout`; never rejects. */
  shutdown(): Promise<void> {
    return this.runtime.shutdown();
  }

  /**
   * Makes these the process's global OpenTelemetry providers, with context manager and propagators, until telemetry ends. All or none: throws
   * `ERR_ALREADY_REGISTERED` when there are others.
   */
  register(): void {
    const { spans, propagation } = this.runtime;
    const { isOwn, provider, contexts } = spans.registered;
    const tracerProvider = isOwn ? this.tracerProvider : provider;
    const { meterProvider } = this;
    this.runtime.atEnd(registerGlobally({ meterProvider, tracerProvider, contexts, propagator: propagation }));
  }
}

/** What `span` hands out when spans are off. */
const NO_SPAN: Span = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);

function attributesOf({ name, version, environment, instanceId, attributes }: ServiceOptions): Resource['attributes'] {
  const entries: [string, AttributeValue | undefined][] = [
    ...Object.entries(checkAttributes('service.attributes', attributes ?? {})),
    ['service.name', name],
    ['service.version', version],
    ['deployment.environment.name', environment],
    // The global one: importing node:crypto would take a tenth of what all of Telltale takes.
    ['service.instance.id', instanceId ?? crypto.randomUUID()],
    ['telemetry.sdk.name', 'telltale'],
    ['telemetry.sdk.language', 'nodejs'],
    ['telemetry.sdk.version', SCOPE.version],
  ];
  const known = entries.filter((entry): entry is [string, AttributeValue] => entry[1] !== undefined);
  return frozenAttributes(new Map(known));
}

function instanceOf(resource: Resource): string {
  return String(resource.attributes['service.instance.id']);
}
