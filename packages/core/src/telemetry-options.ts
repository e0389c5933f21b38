import { constants } from 'node:os';
import type { TextMapPropagator } from '@opentelemetry/api';
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
import type { OperationKind } from './operations/operation-event.ts';
import { Sampler, type SamplingOptions } from './spans/sampler.ts';
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
  /** On every series, span and event. */
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly exporters?: readonly Exporter[];
  /** Switches signals off. Spans are on by default when an exporter takes spans, the others always. */
  readonly signals?: Readonly<Partial<Record<Signal, boolean>>>;
  /** Kinds of operations that are not observed. */
  readonly operations?: { readonly disable?: readonly OperationKind[] };
  readonly sampling?: SamplingOptions;
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
  /** Default: the system's. */
  readonly clock?: Clock;
}

/** Options with their defaults. */
export interface CheckedOptions extends Omit<TelemetryOptions, 'attributes' | 'shutdown'> {
  readonly attributes: SeriesAttributes;
  readonly exporters: readonly Exporter[];
  readonly clock: Clock;
  readonly propagators: readonly (PropagatorName | TextMapPropagator)[];
  readonly disabledKinds: readonly OperationKind[];
  readonly shutdownTimeout: number;
  readonly shutdownSignals: readonly NodeJS.Signals[];
}

const KNOWN = [
  'service',
  'attributes',
  'exporters',
  'signals',
  'operations',
  'sampling',
  'spanLimits',
  'cardinality',
  'metrics',
  'shutdown',
  'propagators',
  'onError',
  'gather',
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
  checkKeys('signals', options.signals ?? {}, ['metrics', 'spans', 'events']);
  checkKeys('operations', options.operations ?? {}, ['disable']);
  checkKeys('cardinality', options.cardinality ?? {}, ['perInstrument', 'total', 'expireAfter']);
  checkKeys('sampling', options.sampling ?? {}, ['ratio', 'keep']);
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
  new Sampler(options.sampling);
  spanLimits(options.spanLimits);
  return {
    ...options,
    attributes: checkAttributes('attributes', options.attributes ?? {}),
    exporters: options.exporters ?? [],
    clock: options.clock ?? new SystemClock(),
    propagators: checkPropagators(options.propagators ?? DEFAULT_PROPAGATORS),
    disabledKinds,
    shutdownTimeout: timeout,
    shutdownSignals: signals === false ? [] : signals,
  };
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
