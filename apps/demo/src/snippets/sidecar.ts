import { createTelemetry } from '@telltale/core';
import { otlp } from '@telltale/exporter-otlp';

export const telemetry = createTelemetry({
  service: { name: 'checkout' },
  exporters: [otlp({ interval: { metrics: 5 } })], // to http://localhost:4318, where the sidecar is
});
