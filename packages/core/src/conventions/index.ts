export { conventionOf } from './convention-of.ts';
export type { MetricConvention, MetricSubject } from './metric-convention.ts';
export { METRICS } from './metrics.ts';
