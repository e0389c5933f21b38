import {
  type ContextManager,
  context,
  type MeterProvider,
  metrics,
  propagation,
  type TextMapPropagator,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { TelemetryError } from '../errors.ts';
import { delegateOf, globalProvider, registeredProvider } from './foreign-tracer-provider.ts';
import { OwnTracerProvider } from './tracer-provider.ts';

/** What a telemetry makes global. */
export interface Globals {
  readonly meterProvider: MeterProvider;
  /** `undefined`: another SDK makes the spans, or nobody. */
  readonly tracerProvider: TracerProvider | undefined;
  /** `undefined`: there is a global one already, which telemetry uses. */
  readonly contexts: ContextManager | undefined;
  readonly propagator: TextMapPropagator;
}

/**
 * Sets the process's global OpenTelemetry providers, context manager and propagator, all or none. Throws `ERR_ALREADY_REGISTERED` when one is
 * set. Returns what takes them off again, as far as they are still these.
 */
export function registerGlobally({ meterProvider, tracerProvider, contexts, propagator }: Globals): () => void {
  const undo: (() => void)[] = [];
  const takeOff = (): void => {
    for (const step of undo.splice(0)) step();
  };
  const set = (what: string, isSet: boolean, disable: () => void, there: () => string | undefined): void => {
    if (isSet) {
      undo.push(disable);
      return;
    }
    takeOff();
    throw new TelemetryError('ERR_ALREADY_REGISTERED', refusal(what, there()));
  };
  const spans = tracerProvider && delegateOf(tracerProvider);
  // Whoever makes the spans is here already, with what else is its own.
  const sdk = tracerProvider === undefined ? registeredProvider() : undefined;
  if (sdk !== undefined) throw new TelemetryError('ERR_ALREADY_REGISTERED', refusal('tracer provider', nameOf(sdk)));
  if (spans !== undefined && globalProvider() !== spans) {
    set(
      'tracer provider',
      trace.setGlobalTracerProvider(spans),
      () => trace.disable(),
      () => whose(globalProvider(), spans),
    );
  } else if (spans instanceof OwnTracerProvider) throw new TelemetryError('ERR_ALREADY_REGISTERED', refusal('', SAME));
  set(
    'meter provider',
    metrics.setGlobalMeterProvider(meterProvider),
    () => metrics.disable(),
    () => whose(metrics.getMeterProvider(), meterProvider),
  );
  set('propagator', propagation.setGlobalPropagator(propagator), () => propagation.disable(), SOMEONES);
  if (contexts !== undefined) {
    set('context manager', context.setGlobalContextManager(contexts), () => context.disable(), SOMEONES);
  }
  return () => {
    // Who has replaced one of them has taken all of them off.
    if (metrics.getMeterProvider() === meterProvider) takeOff();
  };
}

const SAME = 'same';
const SOMEONES = (): string => '';

/** The name of whose it is: `SAME`, a service in quotes, a class, '' if it has none; `undefined` when there is none. */
function whose(there: TracerProvider | MeterProvider | undefined, ours: TracerProvider | MeterProvider) {
  if (there === ours) return SAME;
  if (there instanceof OwnTracerProvider) return JSON.stringify(there.resource.attributes['service.name']);
  const name = there && nameOf(there);
  return name === 'NoopMeterProvider' ? undefined : name;
}

function nameOf(provider: object): string {
  const { name } = provider.constructor;
  return name === 'Object' ? '' : name;
}

function refusal(what: string, there: string | undefined): string {
  if (there === SAME) {
    return "This telemetry is the process's global OpenTelemetry already: call register() once, where the telemetry is made.";
  }
  if (there === undefined) {
    return (
      `OpenTelemetry's API refused a global ${what}, though there is none: another version of @opentelemetry/api was loaded first. ` +
      'Have one in the process: see npm ls @opentelemetry/api.'
    );
  }
  if (there.startsWith('"')) {
    return (
      `The process has a global OpenTelemetry ${what} already, that of the telemetry of the service ${there}. Register one, and make other services ` +
      'with its forService(); or end it first: its shutdown() takes it off.'
    );
  }
  return (
    `The process has a global OpenTelemetry ${what} already${there === '' ? '' : ` (${there})`}. To keep that SDK, leave register() out: adapters make ` +
    'their spans with its tracer where no exporter here takes spans, and metrics.setGlobalMeterProvider(telemetry.meterProvider) or ' +
    "metricProducer(telemetry) add the metrics. To have Telltale's, do not start the SDK."
  );
}
