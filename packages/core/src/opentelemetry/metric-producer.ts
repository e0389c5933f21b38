import { checkKeys } from '../check-keys.ts';
import { TelemetryError } from '../errors.ts';
import { DeltaTracker } from '../export/delta.ts';
import type { CollectOptions } from '../metrics/observable-callbacks.ts';
import type { Metric, MetricsSnapshot, Temporality } from '../metrics/snapshot.ts';
import type { Resource } from '../resource.ts';
import type { Health } from '../runtime.ts';
import { scopeMetricsOf } from './metric-data.ts';
import type { SdkResourceMetrics, SdkScopeMetrics } from './sdk-metrics.ts';
import { sdkResource } from './sdk-resource.ts';
import { TemporalitySelection, type TemporalitySelector } from './temporality-selection.ts';

export interface MetricProducerOptions {
  /**
   * Of counters, histograms and up-down counters; default `cumulative`. `delta`: what came since the last `collect` of this producer, up-down
   * counters stay totals. A function says it for each type of instrument: that of the exporter, `(type) => exporter.selectAggregationTemporality(type)`.
   */
  readonly temporality?: Temporality | TemporalitySelector;
}

/** What `collect` of a producer gives. */
export interface CollectionResult {
  resourceMetrics: SdkResourceMetrics;
  /** What callbacks of observable instruments threw; their series are left out. */
  errors: unknown[];
}

/** `MetricProducer` of `@opentelemetry/sdk-metrics` 2.x and 3.x. */
export interface MetricProducer {
  /** Never rejects. `timeoutMillis`: what asynchronous callbacks may take, if less than 5 s. */
  collect(options?: { timeoutMillis?: number }): Promise<CollectionResult>;
}

/** What a producer reads: a `Telemetry`. */
export interface ProducingTelemetry {
  readonly resource: Resource;
  collect(options?: CollectOptions): Promise<MetricsSnapshot>;
  health(): Pick<Health, 'gather'>;
}

/** `'delta'` as all of OpenTelemetry means it: an up-down counter is a size, not what came to it. */
const DELTA: TemporalitySelector = (type: string) => (type.includes('UP_DOWN') ? 'cumulative' : 'delta');

/**
 * Hands this telemetry's metrics, of all its services, to readers of OpenTelemetry's SDK 2.x and 3.x: as one of their `metricProducers`, or as
 * the only one by `setMetricProducer`. One producer for each reader. With `gather`, the process that exports for all gives the metrics of all, and
 * the others none.
 */
export function metricProducer(telemetry: ProducingTelemetry, options: MetricProducerOptions = {}): MetricProducer {
  if (typeof telemetry?.collect !== 'function') {
    throw new TelemetryError('ERR_OPTION', 'metricProducer() takes a telemetry, as createTelemetry() gives it.');
  }
  checkKeys('metricProducer', options, ['temporality']);
  const { temporality } = options;
  const selection = new TemporalitySelection('metricProducer()', temporality === 'delta' ? DELTA : temporality);
  if (selection.any && telemetry.health().gather !== undefined) {
    throw new TelemetryError(
      'ERR_OPTION',
      'metricProducer() cannot make differences with `gather`: when another process takes over, nobody knows which were exported. Choose "cumulative", or run the exporter by fromOtelExporter().',
    );
  }
  return new Producer(telemetry, selection);
}

class Producer implements MetricProducer {
  private readonly telemetry: ProducingTelemetry;
  private readonly tracker: DeltaTracker | undefined;
  private last: Promise<unknown> = Promise.resolve();

  constructor(telemetry: ProducingTelemetry, selection: TemporalitySelection) {
    this.telemetry = telemetry;
    this.tracker = selection.any ? new DeltaTracker(undefined, selection.isDelta) : undefined;
  }

  /** One at a time: a difference from totals that were read before those of the last one would be taken for a reset. */
  collect(options?: { timeoutMillis?: number }): Promise<CollectionResult> {
    const result = this.last.then(() => this.read(options?.timeoutMillis));
    this.last = result;
    return result;
  }

  private async read(timeoutMillis: number | undefined): Promise<CollectionResult> {
    const { resource } = this.telemetry;
    const errors: unknown[] = [];
    const timeout = timeoutMillis === undefined ? {} : { timeout: timeoutMillis / 1000 };
    const options = { ...timeout, onFailure: (error: unknown) => errors.push(error) };
    let scopeMetrics: SdkScopeMetrics[] = [];
    try {
      if (this.exports()) scopeMetrics = await scopeMetricsOf(await this.metrics(options), resource);
    } catch (error) {
      errors.push(error);
    }
    return { resourceMetrics: { resource: sdkResource(resource), scopeMetrics }, errors };
  }

  /** Of a group of processes one exports for all: two would send everything twice. */
  private exports(): boolean {
    const { gather } = this.telemetry.health();
    return gather === undefined || gather.role === 'gatherer';
  }

  /** What was read counts as delivered: a reader does not say what became of it. */
  private async metrics(options: CollectOptions): Promise<readonly Metric[]> {
    const totals = await this.telemetry.collect(options);
    if (this.tracker === undefined) return totals.metrics;
    const { metrics } = this.tracker.difference(totals);
    this.tracker.acknowledge();
    return metrics;
  }
}
