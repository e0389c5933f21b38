import { createTelemetry } from '@telltale/core';
import { datadog } from '@telltale/exporter-datadog';

export const telemetry = createTelemetry({
  service: { name: 'shop', version: '1.4.0', environment: 'production' },
  exporters: [datadog({ site: 'datadoghq.eu' })], // with the key of DD_API_KEY
});
