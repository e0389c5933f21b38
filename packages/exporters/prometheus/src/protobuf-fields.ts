// Field numbers and types of io/prometheus/client/metrics.proto (github.com/prometheus/client_model).
export const FAMILY = { name: 1, help: 2, type: 3, metric: 4, unit: 5 } as const;
export const METRIC = { label: 1, gauge: 2, counter: 3, summary: 4, untyped: 5, histogram: 7 } as const;
export const LABEL = { name: 1, value: 2 } as const;
export const GAUGE = { value: 1 } as const;
export const COUNTER = { value: 1, exemplar: 2, created: 3 } as const;
export const SUMMARY = { count: 1, sum: 2, quantile: 3, created: 4 } as const;
export const QUANTILE = { quantile: 1, value: 2 } as const;
export const HISTOGRAM = {
  count: 1,
  sum: 2,
  bucket: 3,
  schema: 5,
  zeroThreshold: 6,
  zeroCount: 7,
  negativeSpan: 9,
  negativeDelta: 10,
  positiveSpan: 12,
  positiveDelta: 13,
  created: 15,
  exemplar: 16,
} as const;
export const BUCKET = { count: 1, bound: 2, exemplar: 3 } as const;
export const SPAN = { offset: 1, length: 2 } as const;
export const EXEMPLAR = { label: 1, value: 2, time: 3 } as const;
/** google/protobuf/timestamp.proto */
export const TIMESTAMP = { seconds: 1, nanos: 2 } as const;
export const TYPES = { counter: 0, gauge: 1, summary: 2, unknown: 3, histogram: 4 } as const;
