import type {
  Observable as ApiObservable,
  BatchObservableCallback,
  BatchObservableResult,
  Meter,
  MeterOptions,
  MeterProvider,
  MetricOptions,
} from '@opentelemetry/api';
import type { Attributes } from '../attributes.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { TelemetryError } from '../errors.ts';
import { NOOP_INSTRUMENT } from '../metrics/noop.ts';
import { ObservableInstrument, type ObservableType } from '../metrics/observable.ts';
import type { ObservableCallbacks } from '../metrics/observable-callbacks.ts';
import type { Registry } from '../metrics/registry.ts';
import type { InstrumentationScope } from '../resource.ts';

/** What the specification has histograms without advice use. */
const DEFAULT_BUCKETS = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000];

/** OpenTelemetry's way in: what is recorded through its API becomes series of `registry`. No method throws; what cannot be made does nothing. */
export function createMeterProvider(
  registry: Registry,
  callbacks: ObservableCallbacks,
  diagnostics: Diagnostics,
): MeterProvider {
  const meters = new Map<string, Meter>();
  return {
    getMeter(name: string, version?: string, options?: MeterOptions): Meter {
      const key = JSON.stringify([name, version, options?.schemaUrl]);
      let meter = meters.get(key);
      if (meter === undefined) {
        const scope = Object.freeze({
          name,
          ...(version && { version }),
          ...(options?.schemaUrl && { schemaUrl: options.schemaUrl }),
        });
        meter = createMeter(registry, scope, callbacks, diagnostics);
        meters.set(key, meter);
      }
      return meter;
    },
  };
}

function createMeter(
  registry: Registry,
  scope: InstrumentationScope,
  callbacks: ObservableCallbacks,
  diagnostics: Diagnostics,
): Meter {
  /**
   * The API never throws, so a conflict is told and the instrument does nothing. Our instruments have the API's methods; its attributes
   * may hold more than ours, which the index turns into text or leaves out.
   */
  const guarded = <I>(make: () => unknown): I => {
    try {
      return make() as I;
    } catch (error) {
      if (error instanceof TelemetryError) diagnostics.report(error);
      return NOOP_INSTRUMENT as unknown as I;
    }
  };
  const observable = (type: ObservableType, name: string, options?: MetricOptions): ApiObservable =>
    guarded(() => registry.observable(type, scope, name, plain(options)));
  return {
    createCounter: (name, options) => guarded(() => registry.counter(scope, name, plain(options))),
    createUpDownCounter: (name, options) => guarded(() => registry.upDownCounter(scope, name, plain(options))),
    createGauge: (name, options) => guarded(() => registry.gauge(scope, name, plain(options))),
    createHistogram: (name, options) =>
      guarded(() => {
        const { explicitBucketBoundaries: advised = DEFAULT_BUCKETS } = options?.advice ?? {};
        // As the specification's SDK takes them: in any order, with or without infinities; none at all means one bucket.
        const buckets = [...new Set(advised.filter(Number.isFinite))].sort((a, b) => a - b);
        return registry.histogram(scope, name, { ...plain(options), buckets });
      }),
    createObservableCounter: (name, options) => observable('counter', name, options),
    createObservableUpDownCounter: (name, options) => observable('upDownCounter', name, options),
    createObservableGauge: (name, options) => observable('gauge', name, options),
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

/** Those that are ours and not switched off. */
function ownOf(observables: readonly ApiObservable[]): ObservableInstrument[] {
  return observables.filter((one) => one instanceof ObservableInstrument);
}

function plain(options: MetricOptions | undefined): { unit?: string; description?: string } {
  return {
    ...(options?.unit && { unit: options.unit }),
    ...(options?.description && { description: options.description }),
  };
}
