export { type BinaryExposition, type Exposition, type PrometheusExporter, prometheus } from './exporter.ts';
export type { ScrapeHandler, ScrapeRequest, ScrapeResponse, Wrapped } from './handler.ts';
export type { MergeableRegistry } from './merged-registry.ts';
export type { Translation } from './names.ts';
export type { PrometheusOptions } from './options.ts';
