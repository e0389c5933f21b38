export { type DynatraceOptions, dynatrace } from './dynatrace.ts';
export { encodeLogs } from './encode-logs.ts';
export { encodeMetrics } from './encode-metrics.ts';
export { encodeTraces } from './encode-traces.ts';
export { type GrafanaCloudOptions, grafanaCloud } from './grafana-cloud.ts';
export { type HoneycombOptions, honeycomb } from './honeycomb.ts';
export { type JaegerOptions, jaeger } from './jaeger.ts';
export { jsonLogs } from './json-logs.ts';
export { jsonMetrics } from './json-metrics.ts';
export { jsonTraces } from './json-traces.ts';
export { type LightstepOptions, lightstep } from './lightstep.ts';
export { otlp, otlpFor } from './otlp.ts';
export type {
  OtlpAttributes,
  OtlpLimits,
  OtlpOptions,
  OtlpProtocol,
  OtlpRequest,
  OtlpShape,
} from './otlp-options.ts';
