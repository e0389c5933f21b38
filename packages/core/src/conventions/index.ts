export type { MetricConvention } from './metric-convention.ts';
