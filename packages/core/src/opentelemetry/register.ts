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
import { GlobalContexts } from './context.ts';

/** Sets the process's global OpenTelemetry providers, all or none. Throws `ERR_ALREADY_REGISTERED` when one is set. */
export function registerGlobally(
  meterProvider: MeterProvider,
  tracerProvider: TracerProvider,
  contexts: ContextManager,
  propagator: TextMapPropagator,
): void {
  const undo: (() => void)[] = [];
  const set = (what: string, done: boolean, disable: () => void): void => {
    if (done) {
      undo.push(disable);
      return;
    }
    for (const step of undo) step();
    throw new TelemetryError(
      'ERR_ALREADY_REGISTERED',
      `The process has a global OpenTelemetry ${what} already. Register once, and keep either the OpenTelemetry SDK's or Telltale's.`,
    );
  };
  set('tracer provider', trace.setGlobalTracerProvider(tracerProvider), () => trace.disable());
  set('meter provider', metrics.setGlobalMeterProvider(meterProvider), () => metrics.disable());
  set('propagator', propagation.setGlobalPropagator(propagator), () => propagation.disable());
  if (contexts instanceof GlobalContexts) return;
  set('context manager', context.setGlobalContextManager(contexts), () => context.disable());
}
