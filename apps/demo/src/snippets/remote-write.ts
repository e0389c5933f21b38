import { createTelemetry } from '@telltale/core';
import { remoteWrite } from '@telltale/exporter-prometheus/remote-write';

export const telemetry = createTelemetry({
  service: { name: 'checkout' },
  exporters: [
    remoteWrite({
      url: 'http://prometheus:9090/api/v1/write',
      interval: 15, // seconds, as a scrape
    }),
  ],
});
