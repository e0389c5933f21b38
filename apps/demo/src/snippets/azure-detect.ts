import { azureDetectors } from '@telltale/azure';
import { createTelemetry } from '@telltale/core';
import { azureMonitor } from '@telltale/exporter-azure-monitor';

export const telemetry = createTelemetry({
  service: { name: 'checkout', version: '1.4.0', environment: 'production' },
  resourceDetectors: azureDetectors(), // virtual machines, AKS, Container Apps, Functions, App Service
  exporters: [azureMonitor()], // by APPLICATIONINSIGHTS_CONNECTION_STRING
});
