import { Inject } from '@nestjs/common';
import type { HistogramOptions, InstrumentOptions, SummaryOptions } from '@telltale/core';
import { TelemetryModule } from '../telemetry-module.ts';
import { type Injectables, type InstrumentKind, wishFor } from './instrument-tokens.ts';
import { TELEMETRY } from './tokens.ts';

type InjectDecorator = ReturnType<typeof Inject>;

/** The application's `Telemetry`; on a parameter of the constructor or a property. */
export function InjectTelemetry(): InjectDecorator {
  return Inject(TELEMETRY);
}

/** A `Counter` of the application's telemetry; the same for all who ask for the name. */
export function InjectCounter(name: string, options?: InstrumentOptions): InjectDecorator {
  return injectInstrument('counter', name, options);
}

/** An `UpDownCounter` of the application's telemetry. */
export function InjectUpDownCounter(name: string, options?: InstrumentOptions): InjectDecorator {
  return injectInstrument('upDownCounter', name, options);
}

/** A `Gauge` of the application's telemetry. */
export function InjectGauge(name: string, options?: InstrumentOptions): InjectDecorator {
  return injectInstrument('gauge', name, options);
}

/** A `Histogram` of the application's telemetry. */
export function InjectHistogram(name: string, options?: HistogramOptions): InjectDecorator {
  return injectInstrument('histogram', name, options);
}

/** A `Summary` of the application's telemetry. */
export function InjectSummary(name: string, options?: SummaryOptions): InjectDecorator {
  return injectInstrument('summary', name, options);
}

function injectInstrument<Kind extends InstrumentKind>(
  kind: Kind,
  name: string,
  options: Injectables[Kind] | undefined,
): InjectDecorator {
  return Inject(wishFor(TelemetryModule, kind, name, options));
}
