import { createTelemetry } from '@telltale/core';
import { statsd } from '@telltale/exporter-statsd';

export const telemetry = createTelemetry({
  service: { name: 'shop' },
  exporters: [
    statsd({
      host: 'statsd.internal',
      interval: 10, // as often as the daemon flushes
      prefix: 'shop.', // before all names
      tags: { host: 'web-1' }, // keeps the gauges of several processes apart
    }),
  ],
});
