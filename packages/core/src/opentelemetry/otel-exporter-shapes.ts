import type { ReadableSpan } from './readable-span.ts';
import type { SdkResourceMetrics } from './sdk-metrics.ts';

/** `ExportResultCode.SUCCESS` of the SDK; its only other one is FAILED. */
export const EXPORT_SUCCESS = 0;

/** What an exporter says became of an export. */
export interface OtelExportResult {
  readonly code: number;
  readonly error?: Error;
}

export type OtelResultCallback = (result: OtelExportResult) => void;

/** `PushMetricExporter` of the SDK 2.x and 3.x. Its selectors take an enum of the SDK, which `never` fits. */
export interface OtelMetricExporter {
  export(metrics: SdkResourceMetrics, resultCallback: OtelResultCallback): void;
  forceFlush(): Promise<void>;
  selectAggregationTemporality?(instrumentType: never): number;
  selectAggregation?(instrumentType: never): { readonly type: number };
  shutdown(): Promise<void>;
}

/** `SpanExporter` of the SDK 2.x and 3.x. */
export interface OtelSpanExporter {
  export(spans: ReadableSpan[], resultCallback: OtelResultCallback): void;
  forceFlush?(): Promise<void>;
  shutdown(): Promise<void>;
}

export type OtelExporter = OtelMetricExporter | OtelSpanExporter;
