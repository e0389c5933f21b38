import { createTelemetry } from '@telltale/core';
import { otlp } from '@telltale/exporter-otlp';

export const telemetry = createTelemetry({
  service: { name: 'checkout', version: '1.4.0' },
  exporters: [otlp({ url: 'http://otel-collector:4318' })], // metrics, spans, and events as logs
});
