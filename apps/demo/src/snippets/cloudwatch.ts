import { createTelemetry } from '@telltale/core';
import { cloudwatch } from '@telltale/exporter-cloudwatch';

export const telemetry = createTelemetry({
  service: { name: 'shop', version: '1.4.0', environment: 'production' },
  exporters: [cloudwatch({ namespace: 'Shop', region: 'eu-west-1' })],
});
