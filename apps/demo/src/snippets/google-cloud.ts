import { createTelemetry } from '@telltale/core';
import { googleCloud } from '@telltale/exporter-google-cloud';

export const telemetry = createTelemetry({
  service: { name: 'shop', version: '1.4.0', environment: 'production' },
  exporters: [googleCloud()], // project and credentials of the machine, or of GOOGLE_APPLICATION_CREDENTIALS
});
