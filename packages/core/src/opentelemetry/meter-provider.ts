import {
  type Observable as ApiObservable,
  type BatchObservableCallback,
  type BatchObservableResult,
  createNoopMeter,
  type Meter,
  type MeterOptions,
  type MeterProvider,
  type MetricOptions,
  ValueType,
} from '@opentelemetry/api';
import type { Attributes } from '../attributes.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { TelemetryError } from '../errors.ts';
import { NOOP_INSTRUMENT } from '../metrics/noop.ts';
import { ObservableInstrument } from '../metrics/observable.ts';
import type { ObservableCallbacks } from '../metrics/observable-callbacks.ts';
import type { Registry } from '../metrics/registry.ts';
import { DEFAULT_BOUNDARIES, type InstrumentKind, type StreamForm } from '../metrics/stream-form.ts';
import type { InstrumentationScope } from '../resource.ts';
import { scopeKey } from '../scope-key.ts';
import { scopeOf } from './scope.ts';

/** OpenTelemetry's `MeterProvider`, with the two methods that its SDK's has beside. */
export interface TelemetryMeterProvider extends MeterProvider {
  /** As `telemetry.flush()`. */
  forceFlush(): Promise<void>;
  /** As `telemetry.shutdown()`. Meters that are asked for afterwards do nothing. */
  shutdown(): Promise<void>;
}

/** What the provider needs of its telemetry's life. */
export interface ProviderLife {
  flush(): Promise<void>;
  shutdown(): Promise<void>;
  ended(): boolean;
}

/** OpenTelemetry's way in: what is recorded through its API becomes series of `registry`. No method throws; what cannot be made does nothing. */
export function createMeterProvider(
  registry: Registry,
  callbacks: ObservableCallbacks,
  diagnostics: Diagnostics,
  life: ProviderLife,
): TelemetryMeterProvider {
  const meters = new Map<string, Meter>();
  return {
    getMeter(name: string, version?: string, options?: MeterOptions): Meter {
      if (life.ended()) return createNoopMeter();
      const scope = scopeOf(name, version, options);
      const key = scopeKey(scope);
      let meter = meters.get(key);
      if (meter === undefined) {
        if (scope.name === '') {
          diagnostics.problem(
            'ERR_OPTION',
            'meter without a name',
            () =>
              'A meter was asked for without a name; name the library that records with it: getMeter("my-library").',
          );
        }
        meter = createMeter(registry, scope, callbacks, diagnostics);
        meters.set(key, meter);
      }
      return meter;
    },
    forceFlush: async () => {
      if (!life.ended()) await life.flush();
    },
    shutdown: () => life.shutdown(),
  };
}

function createMeter(
  registry: Registry,
  scope: InstrumentationScope,
  callbacks: ObservableCallbacks,
  diagnostics: Diagnostics,
): Meter {
  /**
   * The API never throws: what cannot be made is told and does nothing. Our instruments have the API's methods; its attributes may hold more
   * than ours, which the index turns into text or leaves out.
   */
  const make = <I>(kind: InstrumentKind, form: StreamForm, name: string, options: MetricOptions | undefined): I => {
    try {
      return registry.adopt({
        kind,
        form,
        scope,
        name,
        options: { unit: textOf(options?.unit), description: textOf(options?.description) },
        ...(options?.valueType === ValueType.INT && { valueType: 'int' }),
      });
    } catch (error) {
      if (error instanceof TelemetryError)
        diagnostics.problem(error.code, `${scope.name} ${textOf(name)}`, () => error.message);
      return NOOP_INSTRUMENT as unknown as I;
    }
  };
  return {
    createCounter: (name, options) => make('counter', { type: 'counter' }, name, options),
    createUpDownCounter: (name, options) => make('upDownCounter', { type: 'upDownCounter' }, name, options),
    createGauge: (name, options) => make('gauge', { type: 'gauge' }, name, options),
    createHistogram: (name, options) => {
      const boundaries = advisedBoundaries(name, options, diagnostics);
      return make('histogram', { type: 'histogram', boundaries, minMax: true }, name, options);
    },
    createObservableCounter: (name, options) => make('observableCounter', { type: 'counter' }, name, options),
    createObservableUpDownCounter: (name, options) =>
      make('observableUpDownCounter', { type: 'upDownCounter' }, name, options),
    createObservableGauge: (name, options) => make('observableGauge', { type: 'gauge' }, name, options),
    addBatchObservableCallback(callback: BatchObservableCallback, observables: ApiObservable[]): void {
      const own = ownOf(observables);
      if (own.length === 0) return;
      callbacks.add(own, callback, (report) => {
        const result: BatchObservableResult = {
          observe(instrument, value, attributes) {
            const known = own.find((one) => one === (instrument as unknown));
            if (known !== undefined) report(known, value, attributes as Attributes | undefined);
          },
        };
        return callback(result);
      });
    },
    removeBatchObservableCallback(callback: BatchObservableCallback, observables: ApiObservable[]): void {
      callbacks.remove(ownOf(observables), callback);
    },
  };
}

/** As the specification's SDKs take them: in any order, with or without infinities; none at all means one bucket. What is no number is told. */
function advisedBoundaries(
  name: string,
  options: MetricOptions | undefined,
  diagnostics: Diagnostics,
): readonly number[] {
  const advised: unknown = options?.advice?.explicitBucketBoundaries;
  if (advised === undefined || advised === null) return DEFAULT_BOUNDARIES;
  if (!Array.isArray(advised) || advised.some((bound) => typeof bound !== 'number' || Number.isNaN(bound))) {
    diagnostics.problem(
      'ERR_METRIC_OPTION',
      `advice ${textOf(name)}`,
      () =>
        `The explicitBucketBoundaries advised for "${textOf(name)}" are not all numbers; OpenTelemetry's default is used instead.`,
    );
    return DEFAULT_BOUNDARIES;
  }
  return [...new Set((advised as number[]).filter(Number.isFinite))].sort((a, b) => a - b);
}

/** Those that are ours and not switched off. */
function ownOf(observables: readonly ApiObservable[]): ObservableInstrument[] {
  return observables.filter((one) => one instanceof ObservableInstrument);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
