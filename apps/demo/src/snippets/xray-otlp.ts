import { createTelemetry } from '@telltale/core';
import { xray } from '@telltale/exporter-xray';

export const telemetry = createTelemetry({
  service: { name: 'shop', version: '1.4.0', environment: 'production' },
  exporters: [xray({ region: 'eu-west-1', through: 'otlp' })],
  propagators: ['xray', 'tracecontext', 'baggage'],
});
