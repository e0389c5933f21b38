import { metrics } from '@opentelemetry/api';
import { createTelemetry } from '@telltale/core';
import { prometheus } from '@telltale/exporter-prometheus';

// OpenTelemetry's SDK runs, started here or by `node --require …/register`, before or after this: the spans of all
// operations are its own, with its sampling, its resource and its exporters. Metrics and events are Telltale's.
export const telemetry = createTelemetry({
  service: { name: 'checkout' },
  exporters: [prometheus()], // takes no spans; `tracerProvider: provider` says so where others do
});

// What OpenTelemetry's instrumentations measure joins them, if the SDK has no metrics of its own.
metrics.setGlobalMeterProvider(telemetry.meterProvider);
