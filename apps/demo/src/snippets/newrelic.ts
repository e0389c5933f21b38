import { createTelemetry } from '@telltale/core';
import { newrelic } from '@telltale/exporter-newrelic';

export const telemetry = createTelemetry({
  service: { name: 'checkout', version: '1.4.0' },
  exporters: [newrelic({ licenseKey: process.env.NEW_RELIC_LICENSE_KEY ?? '', region: 'eu' })],
});
