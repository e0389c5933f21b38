export type { ConfigReport } from './config/config-report.ts';
export type { Assumptions } from './cost/assumptions.ts';
export type { CostReport } from './cost/cost-report.ts';
export type { LabelCount, ScrapedMetric } from './cost/scraped-metric.ts';
export type {
  DoctorReport,
  ExporterReport,
  Finding,
  FrameworkReport,
  Observation,
} from './doctor/report.ts';
