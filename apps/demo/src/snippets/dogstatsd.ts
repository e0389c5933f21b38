import { createTelemetry } from '@telltale/core';
import { dogstatsd } from '@telltale/exporter-datadog';

export const telemetry = createTelemetry({
  service: { name: 'shop', version: '1.4.0', environment: 'production' },
  exporters: [
    dogstatsd({
      interval: { metrics: 10 }, // as often as the Agent sends
      filter: { events: ({ outcome }) => outcome === 'failed' }, // each is an event of its own in Datadog
    }),
  ],
});
