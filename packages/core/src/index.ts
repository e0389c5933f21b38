export type { Attributes, AttributeValue, SeriesAttributes } from './attributes.ts';
export { checkKeys, nearestOf } from './check-keys.ts';
export type { CancelTimer, Clock } from './clock.ts';
export { checkPrices } from './cost/backend-prices.ts';
export type { CostLine } from './cost/bill.ts';
export { type CostEstimate, estimateCost, type UsageSource } from './cost/estimate-cost.ts';
export { type CostOptions, type ExporterCost, type PricedExporter, priceUsage } from './cost/exporter-cost.ts';
export type { Measure } from './cost/measures.ts';
export type { MetricShape } from './cost/metric-shape.ts';
export { type MonthlySignal, type MonthlyUsage, SECONDS_PER_MONTH } from './cost/monthly-usage.ts';
export {
  type BackendPrices,
  PRICES,
  PRICES_AS_OF,
  type Price,
  type PricedBackend,
  type PriceTier,
} from './cost/prices.ts';
export type { ErrorListener } from './diagnostics.ts';
export { messageOf, TelemetryError, type TelemetryErrorCode } from './errors.ts';
export { DELIVERY_OPTIONS } from './export/check-delivery.ts';
export { checkExporters } from './export/check-exporters.ts';
export type { CircuitState } from './export/circuit-breaker.ts';
export { type ConsoleExporterOptions, consoleExporter } from './export/console-exporter.ts';
export type {
  CircuitBreakerOptions,
  DeliverySettings,
  ExportBudget,
  ExportFilter,
  PriceOverrides,
} from './export/delivery-settings.ts';
export { downscale, sumOfBuckets } from './export/exponential-buckets.ts';
export {
  type Exportable,
  type ExportContext,
  ExportError,
  type ExportErrorOptions,
  type Exporter,
  type ExportResult,
} from './export/exporter.ts';
export type { ExporterHealth, SignalHealth } from './export/exporter-health.ts';
export type { FoldedAttribute } from './export/fold-budget.ts';
export { foldPoints } from './export/fold-points.ts';
export type {
  Gathering,
  GatheringHealth,
  GatheringHost,
  GatheringMember,
  GatheringRole,
} from './export/gathering.ts';
export { pointDifference, type SummableMetric, type SummablePoint } from './export/point-difference.ts';
export { EXPORT_METHODS, type Signal } from './export/signal.ts';
export type { Spool, SpoolEntry, SpooledEntry, SpoolHost, SpoolLane } from './export/spool.ts';
export type { ExporterUsage, SignalUsage } from './export/usage.ts';
export type { EnrichOptions, EnrichSource } from './http/enrichment.ts';
export type { HealthCheck } from './http/health-checks.ts';
export {
  type HealthEndpoint,
  type HealthEndpointOptions,
  type HealthRequest,
  type HealthResponse,
  type HealthStatus,
  healthEndpoint,
} from './http/health-endpoint.ts';
export { exchangeOf, HttpExchange, pathOf } from './http/http-exchange.ts';
export { type HttpServerOptions, HttpServerSettings } from './http/http-server-options.ts';
export { isLocalRequest, isLoopbackHost, type OriginatingRequest } from './http/local-request.ts';
export { observeUpgrades, type UpgradeOptions, type UpgradingServer } from './http/upgrades.ts';
export type { AttributeSelection } from './metrics/attribute-rules.ts';
export type { CardinalityOptions, Overflow } from './metrics/cardinality-budget.ts';
export type { BoundCounter, Counter } from './metrics/counter.ts';
export type { ExemplarFilter, ExemplarReservoir } from './metrics/exemplars.ts';
export type { BoundGauge, Gauge } from './metrics/gauge.ts';
export type { BoundHistogram, Histogram, HistogramOptions } from './metrics/histogram.ts';
export type { InstrumentOptions } from './metrics/instrument.ts';
export type { MetricsOptions } from './metrics/metrics-options.ts';
export type { Observable, ObservableCallback, Observer } from './metrics/observable.ts';
export type { CollectOptions } from './metrics/observable-callbacks.ts';
export type {
  CounterMetric,
  Exemplar,
  ExponentialBuckets,
  ExponentialHistogramMetric,
  ExponentialHistogramPoint,
  GaugeMetric,
  HistogramMetric,
  HistogramPoint,
  Metric,
  MetricDescriptor,
  MetricReader,
  MetricsSnapshot,
  MetricsSource,
  MetricType,
  NumberPoint,
  Point,
  SummaryMetric,
  SummaryPoint,
  Temporality,
  UpDownCounterMetric,
} from './metrics/snapshot.ts';
export type { InstrumentKind } from './metrics/stream-form.ts';
export type { BoundSummary, Summary, SummaryOptions } from './metrics/summary.ts';
export type { BoundUpDownCounter, UpDownCounter } from './metrics/up-down-counter.ts';
export type { AttributesProcessor, View, ViewAggregation, ViewAggregationType } from './metrics/view.ts';
export type { TelemetryMeterProvider } from './opentelemetry/meter-provider.ts';
export {
  type CollectionResult,
  type MetricProducer,
  type MetricProducerOptions,
  metricProducer,
  type ProducingTelemetry,
} from './opentelemetry/metric-producer.ts';
export { fromOtelExporter } from './opentelemetry/otel-exporter.ts';
export type { OtelExporterOptions } from './opentelemetry/otel-exporter-options.ts';
export type {
  OtelExportResult,
  OtelMetricExporter,
  OtelResultCallback,
  OtelSpanExporter,
} from './opentelemetry/otel-exporter-shapes.ts';
export type { PropagatorName } from './opentelemetry/propagators.ts';
export { type ReadableSpan, readableSpan, type TimedEvent } from './opentelemetry/readable-span.ts';
export type { SdkResourceMetrics, SdkScopeMetrics } from './opentelemetry/sdk-metrics.ts';
export type { SdkResource } from './opentelemetry/sdk-resource.ts';
export type { SpanProcessor } from './opentelemetry/span-processors.ts';
export type { TelemetryTracerProvider } from './opentelemetry/span-source.ts';
export type { TemporalitySelector } from './opentelemetry/temporality-selection.ts';
export type { BoundaryOperation, BoundaryOptions, BoundaryProtocol } from './operations/boundary.ts';
export type { BoundaryCalls } from './operations/boundary-calls.ts';
export type { Held } from './operations/held-lock.ts';
export type { OperationListener } from './operations/hooks.ts';
export type { JobOperation, JobOptions } from './operations/job.ts';
export type { Jobs, WrapOptions } from './operations/jobs.ts';
export type { AcquireOptions, Lock } from './operations/lock.ts';
export type { LockMode, LockOptions } from './operations/lock-options.ts';
export { errorType } from './operations/operation.ts';
export type { OperationEvent, OperationKind, OperationMoment, Outcome } from './operations/operation-event.ts';
export type { PoolWorker, WorkTime } from './operations/pool-worker.ts';
export type { QueueObserver, QueueSample } from './operations/queue.ts';
export type { RequestEnd, RequestOperation, RequestStart } from './operations/request.ts';
export type { TaskOperation } from './operations/task.ts';
export type { WorkerPool, WorkerPoolOptions, WorkerPoolReading } from './operations/worker-pool.ts';
export { Pace } from './pace.ts';
export type { RepeatedWork } from './repeat.ts';
export type { InstrumentationScope, Resource } from './resource.ts';
export type { ResourceDetector } from './resource-detection.ts';
export type { Health } from './runtime.ts';
export type { RuntimeOptions } from './runtime-metrics/runtime-options.ts';
export { scopeKey } from './scope-key.ts';
export type { FinishedSpan, SpanEvent } from './spans/finished-span.ts';
export type { SpanSampler, SpanSamplingResult } from './spans/given-sampler.ts';
export type { IdGenerator } from './spans/id-generator.ts';
export type { OperationSpan } from './spans/operation-span.ts';
export type { SamplingOptions, SpanSamplingOptions } from './spans/sampler.ts';
export type { SpanLimits } from './spans/span-limits.ts';
export { createTelemetry, type LogFields, type Telemetry } from './telemetry.ts';
export type { ServiceOptions, ShutdownOptions, TelemetryOptions } from './telemetry-options.ts';
