// Numbers of the fields, from the .proto files of https://github.com/open-telemetry/opentelemetry-proto, version 1.

/** opentelemetry/proto/collector/{metrics,trace,logs}/v1/*_service.proto: `Export…ServiceRequest`. */
export const REQUEST = { resources: 1 } as const;

/** opentelemetry/proto/{metrics,trace,logs}/v1/*.proto: `ResourceMetrics`, `ResourceSpans`, `ResourceLogs`. */
export const PER_RESOURCE = { resource: 1, scopes: 2 } as const;

/** opentelemetry/proto/{metrics,trace,logs}/v1/*.proto: `ScopeMetrics`, `ScopeSpans`, `ScopeLogs`. */
export const PER_SCOPE = { scope: 1, items: 2, schemaUrl: 3 } as const;

/** opentelemetry/proto/resource/v1/resource.proto: `Resource`. */
export const RESOURCE = { attributes: 1 } as const;

/** opentelemetry/proto/common/v1/common.proto: `InstrumentationScope`. */
export const SCOPE = { name: 1, version: 2, attributes: 3 } as const;

/** opentelemetry/proto/common/v1/common.proto: `KeyValue`. */
export const KEY_VALUE = { key: 1, value: 2 } as const;

/** opentelemetry/proto/common/v1/common.proto: `AnyValue`. */
export const ANY_VALUE = { string: 1, bool: 2, int: 3, double: 4, array: 5 } as const;

/** opentelemetry/proto/common/v1/common.proto: `ArrayValue`. */
export const ARRAY_VALUE = { values: 1 } as const;

/** opentelemetry/proto/metrics/v1/metrics.proto: `Metric`. */
export const METRIC = {
  name: 1,
  description: 2,
  unit: 3,
  gauge: 5,
  sum: 7,
  histogram: 9,
  exponentialHistogram: 10,
  summary: 11,
} as const;

/** opentelemetry/proto/metrics/v1/metrics.proto: `Gauge`, `Sum`, `Histogram`, `ExponentialHistogram`, `Summary`. */
export const METRIC_DATA = { points: 1, temporality: 2, isMonotonic: 3 } as const;

/** opentelemetry/proto/metrics/v1/metrics.proto: `NumberDataPoint`. */
export const NUMBER_POINT = { startTime: 2, time: 3, asDouble: 4, exemplars: 5, attributes: 7 } as const;

/** opentelemetry/proto/metrics/v1/metrics.proto: `HistogramDataPoint`. */
export const HISTOGRAM_POINT = {
  startTime: 2,
  time: 3,
  count: 4,
  sum: 5,
  bucketCounts: 6,
  explicitBounds: 7,
  exemplars: 8,
  attributes: 9,
  min: 11,
  max: 12,
} as const;

/** opentelemetry/proto/metrics/v1/metrics.proto: `ExponentialHistogramDataPoint`. */
export const EXPONENTIAL_POINT = {
  attributes: 1,
  startTime: 2,
  time: 3,
  count: 4,
  sum: 5,
  scale: 6,
  zeroCount: 7,
  positive: 8,
  negative: 9,
  exemplars: 11,
  min: 12,
  max: 13,
  zeroThreshold: 14,
} as const;

/** opentelemetry/proto/metrics/v1/metrics.proto: `ExponentialHistogramDataPoint.Buckets`. */
export const BUCKETS = { offset: 1, counts: 2 } as const;

/** opentelemetry/proto/metrics/v1/metrics.proto: `SummaryDataPoint`. */
export const SUMMARY_POINT = { startTime: 2, time: 3, count: 4, sum: 5, quantiles: 6, attributes: 7 } as const;

/** opentelemetry/proto/metrics/v1/metrics.proto: `SummaryDataPoint.ValueAtQuantile`. */
export const QUANTILE = { quantile: 1, value: 2 } as const;

/** opentelemetry/proto/metrics/v1/metrics.proto: `Exemplar`. */
export const EXEMPLAR = { time: 2, asDouble: 3, spanId: 4, traceId: 5, filteredAttributes: 7 } as const;

/** opentelemetry/proto/trace/v1/trace.proto: `Span`. */
export const SPAN = {
  traceId: 1,
  spanId: 2,
  traceState: 3,
  parentSpanId: 4,
  name: 5,
  kind: 6,
  startTime: 7,
  endTime: 8,
  attributes: 9,
  droppedAttributes: 10,
  events: 11,
  droppedEvents: 12,
  links: 13,
  droppedLinks: 14,
  status: 15,
  flags: 16,
} as const;

/** opentelemetry/proto/trace/v1/trace.proto: `Span.Event`. */
export const SPAN_EVENT = { time: 1, name: 2, attributes: 3, droppedAttributes: 4 } as const;

/** opentelemetry/proto/trace/v1/trace.proto: `Span.Link`. */
export const LINK = { traceId: 1, spanId: 2, traceState: 3, attributes: 4, droppedAttributes: 5, flags: 6 } as const;

/** opentelemetry/proto/trace/v1/trace.proto: `Status`. */
export const STATUS = { message: 2, code: 3 } as const;

/** opentelemetry/proto/logs/v1/logs.proto: `LogRecord`. */
export const LOG_RECORD = {
  time: 1,
  severityNumber: 2,
  severityText: 3,
  body: 5,
  attributes: 6,
  traceId: 9,
  spanId: 10,
  observedTime: 11,
  eventName: 12,
} as const;

/** opentelemetry/proto/collector/{metrics,trace,logs}/v1/*_service.proto: `Export…ServiceResponse` and its `Export…PartialSuccess`. */
export const RESPONSE = { partialSuccess: 1 } as const;
export const PARTIAL_SUCCESS = { rejected: 1, message: 2 } as const;

/** google/rpc/status.proto: `Status`; google/protobuf/any.proto: `Any`; google/rpc/error_details.proto: `RetryInfo`; google/protobuf/duration.proto: `Duration`. */
export const RPC_STATUS = { message: 2, details: 3 } as const;
export const ANY = { typeUrl: 1, value: 2 } as const;
export const RETRY_INFO = { delay: 1 } as const;
export const DURATION = { seconds: 1, nanos: 2 } as const;
