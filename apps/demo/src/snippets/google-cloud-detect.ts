import { createTelemetry } from '@telltale/core';
import { googleCloud } from '@telltale/exporter-google-cloud';
import { googleCloudDetectors } from '@telltale/google-cloud';

export const telemetry = createTelemetry({
  service: { name: 'checkout', version: '1.4.0', environment: 'production' },
  resourceDetectors: googleCloudDetectors(), // Compute Engine, GKE, Cloud Run and its jobs and functions, App Engine
  exporters: [googleCloud()],
});
