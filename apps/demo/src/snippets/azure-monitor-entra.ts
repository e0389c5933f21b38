import { createTelemetry } from '@telltale/core';
import { azureMonitor } from '@telltale/exporter-azure-monitor';

export const telemetry = createTelemetry({
  service: { name: 'shop' },
  // The identity of the App Service, container app, VM or AKS pod that this runs on.
  exporters: [azureMonitor({ managedIdentity: true })],
});
