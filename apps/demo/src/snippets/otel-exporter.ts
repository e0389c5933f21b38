import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { createTelemetry, fromOtelExporter } from '@telltale/core';

export const telemetry = createTelemetry({
  service: { name: 'checkout' },
  exporters: [fromOtelExporter(new OTLPMetricExporter(), { interval: 15 /* s */ })],
});
