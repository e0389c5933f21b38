/** The SDK's `MeterProvider`, made of a telemetry and one `metricProducer` for each of its readers. */
import type { Meter as ApiMeter } from '@opentelemetry/api';
import type { IMetricReader, InstrumentType, MeterProviderOptions } from '@opentelemetry/sdk-metrics';
import { createTelemetry, type MetricProducer, metricProducer, type Telemetry, type View } from '@telltale/core';
import { type GivenResource, QUIET, serviceOf } from './service.ts';

const INSTRUMENT_TYPES = [
  'COUNTER',
  'GAUGE',
  'HISTOGRAM',
  'UP_DOWN_COUNTER',
  'OBSERVABLE_COUNTER',
  'OBSERVABLE_GAUGE',
  'OBSERVABLE_UP_DOWN_COUNTER',
] as const;
/** `AggregationType.DEFAULT` and the limit of the SDK: what a reader without a wish says. */
const DEFAULT_AGGREGATION = 0;
const DEFAULT_LIMIT = 2000;

export class MeterProvider {
  private readonly telemetry: Telemetry;

  constructor({ resource, views = [], readers = [], sdkMetricsEnabled = false }: MeterProviderOptions = {}) {
    this.telemetry = createTelemetry({
      ...QUIET,
      service: serviceOf(resource),
      signals: { spans: false },
      metrics: {
        // What Telltale says of itself; the tests count metrics.
        disable: ['telltale.*'],
        views: [...(views as readonly View[]), ...readers.flatMap(wishesOf)],
      },
    });
    for (const reader of readers) {
      const producer = metricProducer(this.telemetry, {
        temporality: (type) => reader.selectAggregationTemporality(type as InstrumentType),
      });
      reader.setMetricProducer(resource === undefined ? producer : asGiven(producer, resource));
      // The SDK's reader tells of itself through our instruments.
      if (sdkMetricsEnabled) (reader as ReaderOfItself)._setSelfObsMeterProvider?.(this);
    }
  }

  getMeter(...args: Parameters<Telemetry['meterProvider']['getMeter']>): ApiMeter {
    return this.telemetry.meterProvider.getMeter(...args);
  }

  // Not the readers': a `metricProducer` answers whoever asks, and those who ask are the service's own.
  forceFlush(): Promise<void> {
    return this.telemetry.meterProvider.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.telemetry.meterProvider.shutdown();
  }
}

interface ReaderOfItself extends IMetricReader {
  _setSelfObsMeterProvider?(provider: MeterProvider): void;
}

/** A telemetry's resource says besides which instance it is, and that the SDK is Telltale. The tests compare whole ones. */
function asGiven(producer: MetricProducer, given: GivenResource): MetricProducer {
  return {
    async collect(options) {
      const { resourceMetrics, errors } = await producer.collect(options);
      const { resource } = resourceMetrics;
      const { 'service.instance.id': _, ...attributes } = resource.attributes;
      for (const key of Object.keys(attributes).filter((one) => one.startsWith('telemetry.sdk.'))) {
        if (given.attributes[key] === undefined) delete attributes[key];
        else attributes[key] = given.attributes[key] as string;
      }
      const shown = Object.create(resource, { attributes: { value: attributes, enumerable: true } });
      return { resourceMetrics: { ...resourceMetrics, resource: shown }, errors };
    },
  };
}

/** Ours is a plain object; the API's own, which does nothing, is of a class. */
export const Meter = {
  [Symbol.hasInstance]: (value: unknown): boolean =>
    typeof (value as Partial<ApiMeter> | null)?.createCounter === 'function' &&
    Object.getPrototypeOf(value) === Object.prototype,
};

/** With the SDK a reader can wish for aggregations and limits; with Telltale a service says the same in views. */
function wishesOf(reader: IMetricReader): readonly View[] {
  return INSTRUMENT_TYPES.flatMap((type) => {
    const aggregation = reader.selectAggregation?.(type as InstrumentType);
    const limit = reader.selectCardinalityLimit?.(type as InstrumentType) ?? DEFAULT_LIMIT;
    const view = {
      instrumentType: type,
      ...(aggregation && aggregation.type !== DEFAULT_AGGREGATION && { aggregation }),
      ...(limit !== DEFAULT_LIMIT && { aggregationCardinalityLimit: limit }),
    };
    return Object.keys(view).length === 1 ? [] : [view as View];
  });
}
