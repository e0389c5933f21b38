import { FUNCTION_METRICS, NATIVE_METRICS } from './adapter-metrics.ts';
import { BOUNDARY_METRICS } from './boundary-metrics.ts';
import { JOB_METRICS } from './job-metrics.ts';
import { LOCK_METRICS } from './lock-metrics.ts';
import type { MetricConvention } from './metric-convention.ts';
import { POOL_METRICS } from './pool-metrics.ts';
import { QUEUE_METRICS } from './queue-metrics.ts';
import { REQUEST_METRICS } from './request-metrics.ts';
import { RUNTIME_METRICS } from './runtime-metrics.ts';
import { TELEMETRY_METRICS } from './telemetry-metrics.ts';

/** All of Telltale's own metrics, each once, frozen. */
export const METRICS: readonly MetricConvention[] = Object.freeze([
  ...REQUEST_METRICS,
  ...JOB_METRICS,
  ...QUEUE_METRICS,
  ...POOL_METRICS,
  ...BOUNDARY_METRICS,
  ...LOCK_METRICS,
  ...NATIVE_METRICS,
  ...FUNCTION_METRICS,
  ...RUNTIME_METRICS,
  ...TELEMETRY_METRICS,
]);
