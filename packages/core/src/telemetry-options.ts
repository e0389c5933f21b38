import { constants } from 'node:os';
import type { TextMapPropagator, TracerProvider } from '@opentelemetry/api';
import type { AttributeValue, SeriesAttributes } from './attributes.ts';
import { checkKeys } from './check-keys.ts';
import { type Clock, SystemClock } from './clock.ts';
import type { ErrorListener } from './diagnostics.ts';
import { TelemetryError } from './errors.ts';
import type { Exporter } from './export/exporter.ts';
import type { Gathering } from './export/gathering.ts';
import type { Signal } from './export/signal.ts';
import { frozenAttributes } from './metrics/attribute-rules.ts';
import type { CardinalityOptions } from './metrics/cardinality-budget.ts';
import type { MetricsOptions } from './metrics/metrics-options.ts';
import { checkPropagators, DEFAULT_PROPAGATORS, type PropagatorName } from './opentelemetry/propagators.ts';
import { checkSpanProcessors, type SpanProcessor } from './opentelemetry/span-processors.ts';
import type { OperationKind } from './operations/operation-event.ts';
import { checkDetectors, type ResourceDetector } from './resource-detection.ts';
import {
  type CheckedRuntimeOptions,
  checkRuntimeOptions,
  type RuntimeOptions,
} from './runtime-metrics/runtime-options.ts';
import { checkIdGenerator, type IdGenerator } from './spans/id-generator.ts';
import { checkSampling, type SpanSamplingOptions } from './spans/sampler.ts';
import { type SpanLimits, spanLimits } from './spans/span-limits.ts';

/** Which service it is; becomes OpenTelemetry's resource attributes `service.*` and `deployment.environment.name`. */
export interface ServiceOptions {
  readonly name: string;
  readonly version?: string;
  readonly environment?: string;
  /** Default: a random one for this process. */
  readonly instanceId?: string;
  /** Further resource attributes: `{ 'k8s.pod.name': … }`. */
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

export interface ShutdownOptions {
  /** Seconds that `shutdown()` may take, and that work in flight is waited for after a signal; default 10. */
  readonly timeout?: number;
  /**
   * Signals at which what was recorded is delivered; default `['SIGTERM', 'SIGINT']`, `false` for none. Where nobody else listens for the
   * signal, the process then ends with exit code 0 once its operations have; where the service listens, it decides when to end.
   */
  readonly signals?: readonly NodeJS.Signals[] | false;
}

export interface TelemetryOptions {
  readonly service: ServiceOptions;
  /**
   * Find out where the service runs: those of `@telltale/aws`, `@telltale/google-cloud`, `@telltale/azure`, or OpenTelemetry's own. What they find
   * becomes attributes of the resource; what `service` says is stronger. Nothing waits for them but exporters, 1 s at most.
   */
  readonly resourceDetectors?: readonly ResourceDetector[];
  /** On every series, span and event. */
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly exporters?: readonly Exporter[];
  /** Switches signals off. Spans are on by default when an exporter takes spans, the others always. */
  readonly signals?: Readonly<Partial<Record<Signal, boolean>>>;
  /** Kinds of operations that are not observed. */
  readonly operations?: { readonly disable?: readonly OperationKind[] };
  readonly sampling?: SpanSamplingOptions;
  /**
   * Span processors of the OpenTelemetry SDK, 2.x or 3.x: called as there, each one guarded, before exporters get a span. They are handed spans
   * that are recorded without being sampled, too.
   */
  readonly spanProcessors?: readonly SpanProcessor[];
  /** Makes the ids of traces and spans, as the OpenTelemetry SDK's; default: random ones. */
  readonly idGenerator?: IdGenerator;
  /**
   * That of an OpenTelemetry SDK, which then makes, samples and exports all spans; it stays the service's to end. Default: the one that is registered
   * with OpenTelemetry's API, also later, if nothing here takes spans.
   */
  readonly tracerProvider?: TracerProvider;
  readonly spanLimits?: Partial<SpanLimits>;
  readonly cardinality?: CardinalityOptions;
  readonly metrics?: MetricsOptions;
  readonly shutdown?: ShutdownOptions;
  /**
   * Formats of the trace context and baggage that come in and go out: those that OTEL_PROPAGATORS has names for, and objects; default
   * `['tracecontext', 'baggage']`, `[]` for none. All are written; where several are found, the last of this list counts.
   */
  readonly propagators?: readonly (PropagatorName | TextMapPropagator)[];
  /** Told about problems; default: `process.emitWarning`. */
  readonly onError?: ErrorListener;
  /** Makes the processes and threads of a service one telemetry: `gather()` of `@telltale/gather`. */
  readonly gather?: Gathering;
  /** Metrics of event loop, garbage collection, process and machine, through OpenTelemetry's libraries, which are loaded for it; default none. */
  readonly runtime?: boolean | RuntimeOptions;
  /** Default: the system's. */
  readonly clock?: Clock;
}

/** Options with their defaults. */
export interface CheckedOptions extends Omit<TelemetryOptions, 'attributes' | 'shutdown' | 'runtime'> {
  readonly attributes: SeriesAttributes;
  readonly exporters: readonly Exporter[];
  readonly clock: Clock;
  readonly propagators: readonly (PropagatorName | TextMapPropagator)[];
  readonly runtime: CheckedRuntimeOptions | undefined;
  readonly disabledKinds: readonly OperationKind[];
  readonly shutdownTimeout: number;
  readonly shutdownSignals: readonly NodeJS.Signals[];
}

const KNOWN = [
  'service',
  'resourceDetectors',
  'attributes',
  'exporters',
  'signals',
  'operations',
  'sampling',
  'spanLimits',
  'spanProcessors',
  'idGenerator',
  'tracerProvider',
  'cardinality',
  'metrics',
  'shutdown',
  'propagators',
  'onError',
  'gather',
  'runtime',
  'clock',
];
const KINDS: readonly OperationKind[] = ['request', 'job', 'task', 'boundary', 'lock'];
const DEFAULT_SHUTDOWN_TIMEOUT = 10;
const DEFAULT_SHUTDOWN_SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT'];

/** Throws `ERR_OPTION` for what is wrong, naming it and the mend. */
export function checkOptions(options: TelemetryOptions): CheckedOptions {
  if (typeof options !== 'object' || options === null) {
    throw new TelemetryError(
      'ERR_OPTION',
      "createTelemetry needs options; at least { service: { name: 'checkout' } }.",
    );
  }
  checkKeys('', options, KNOWN);
  checkService(options.service);
  if (options.resourceDetectors !== undefined) checkDetectors(options.resourceDetectors);
  checkKeys('signals', options.signals ?? {}, ['metrics', 'spans', 'events']);
  checkKeys('operations', options.operations ?? {}, ['disable']);
  checkKeys('cardinality', options.cardinality ?? {}, ['perInstrument', 'total', 'expireAfter']);
  checkKeys('sampling', options.sampling ?? {}, ['ratio', 'keep', 'sampler']);
  checkKeys('sampling.keep', options.sampling?.keep ?? {}, ['errors', 'slowerThan']);
  checkKeys('shutdown', options.shutdown ?? {}, ['timeout', 'signals']);
  if (options.exporters !== undefined && !Array.isArray(options.exporters)) {
    throw new TelemetryError('ERR_OPTION', '"exporters" is not an array; write exporters: [prometheus()].');
  }
  const disabledKinds = options.operations?.disable ?? [];
  for (const kind of disabledKinds) {
    if (!KINDS.includes(kind)) {
      throw new TelemetryError('ERR_OPTION', `"operations.disable" has "${kind}"; the kinds are ${KINDS.join(', ')}.`);
    }
  }
  const { timeout = DEFAULT_SHUTDOWN_TIMEOUT, signals = DEFAULT_SHUTDOWN_SIGNALS } = options.shutdown ?? {};
  if (signals !== false) checkSignals(signals);
  if (options.onError !== undefined && typeof options.onError !== 'function') {
    throw new TelemetryError(
      'ERR_OPTION',
      `"onError" is of type ${typeof options.onError}; give a function, such as (error) => log.warn(error).`,
    );
  }
  if (options.gather !== undefined && typeof (options.gather as Partial<Gathering> | null)?.join !== 'function') {
    throw new TelemetryError(
      'ERR_OPTION',
      `"gather" is ${options.gather === null ? 'null' : `of type ${typeof options.gather}`}; give what gather() of @telltale/gather makes, or leave it out.`,
    );
  }
  if (!(timeout > 0)) throw new TelemetryError('ERR_OPTION', `"shutdown.timeout" is ${timeout}; give seconds above 0.`);
  // Also where spans are off, so that a mistake does not show only when they are switched on.
  checkSampling(options.sampling);
  spanLimits(options.spanLimits);
  if (options.spanProcessors !== undefined) checkSpanProcessors(options.spanProcessors);
  if (options.idGenerator !== undefined) checkIdGenerator(options.idGenerator);
  if (options.tracerProvider !== undefined) checkTracerProvider(options);
  return {
    ...options,
    attributes: checkAttributes('attributes', options.attributes ?? {}),
    exporters: options.exporters ?? [],
    clock: options.clock ?? new SystemClock(),
    propagators: checkPropagators(options.propagators ?? DEFAULT_PROPAGATORS),
    runtime: checkRuntimeOptions(options.runtime),
    disabledKinds,
    shutdownTimeout: timeout,
    shutdownSignals: signals === false ? [] : signals,
  };
}

/** Whose SDK makes the spans, decides all about them. */
function checkTracerProvider(options: TelemetryOptions): void {
  const { tracerProvider } = options;
  if (typeof (tracerProvider as Partial<TracerProvider> | null)?.getTracer !== 'function') {
    throw new TelemetryError(
      'ERR_OPTION',
      `"tracerProvider" is ${tracerProvider === null ? 'null' : `of type ${typeof tracerProvider}`} without getTracer; give the SDK's, such as new NodeTracerProvider(…), or leave it out.`,
    );
  }
  const ours = (['sampling', 'spanLimits', 'spanProcessors', 'idGenerator'] as const).find(
    (key) => options[key] !== undefined,
  );
  if (ours === undefined) return;
  throw new TelemetryError(
    'ERR_OPTION',
    `"tracerProvider" and "${ours}" are both given; that SDK makes the spans, so give it there, or leave "tracerProvider" out.`,
  );
}

/** Those that a process can listen for. */
function checkSignals(signals: unknown): void {
  const wrong = Array.isArray(signals)
    ? signals.find(
        (signal) => !Object.hasOwn(constants.signals, signal) || signal === 'SIGKILL' || signal === 'SIGSTOP',
      )
    : signals;
  if (wrong === undefined && Array.isArray(signals)) return;
  throw new TelemetryError(
    'ERR_OPTION',
    `"shutdown.signals" ${Array.isArray(signals) ? 'has' : 'is'} ${JSON.stringify(wrong)}; give an array of signals that a process can listen for, such as ['SIGTERM', 'SIGINT'], or false for none.`,
  );
}

function checkService(service: ServiceOptions | undefined): void {
  if (typeof service?.name !== 'string' || service.name.trim() === '') {
    throw new TelemetryError(
      'ERR_OPTION',
      '"service.name" is missing; say which service this is: { service: { name: \'checkout\' } }.',
    );
  }
  checkKeys('service', service, ['name', 'version', 'environment', 'instanceId', 'attributes']);
}

/** Frozen; throws for a value that is no string, number or boolean. */
export function checkAttributes(path: string, attributes: Readonly<Record<string, unknown>>): SeriesAttributes {
  for (const [key, value] of Object.entries(attributes)) {
    if (!['string', 'number', 'boolean'].includes(typeof value)) {
      throw new TelemetryError(
        'ERR_OPTION',
        `"${path}.${key}" is of type ${typeof value}; use a string, a number or a boolean.`,
      );
    }
  }
  return frozenAttributes(Object.entries(attributes) as [string, AttributeValue][]);
}
