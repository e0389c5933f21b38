import { createTelemetry } from '@telltale/core';
import { azureMonitor } from '@telltale/exporter-azure-monitor';

export const telemetry = createTelemetry({
  service: { name: 'shop', version: '1.4.0', environment: 'production' },
  exporters: [azureMonitor()], // by APPLICATIONINSIGHTS_CONNECTION_STRING
});
