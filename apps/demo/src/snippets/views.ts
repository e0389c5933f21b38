import { createTelemetry } from '@telltale/core';
import { prometheus } from '@telltale/exporter-prometheus';

export const telemetry = createTelemetry({
  service: { name: 'checkout' },
  exporters: [prometheus()],
  metrics: {
    views: [
      // Two streams of one instrument: by route, and the shape of all together.
      { instrumentName: 'http.server.request.duration', attributes: { deny: ['url.scheme'] } },
      {
        instrumentName: 'http.server.request.duration',
        name: 'http.server.request.duration.all',
        attributes: { allow: [] },
        aggregation: { type: 'exponentialHistogram', options: { maxSize: 80 } },
      },
      // What a library records through OpenTelemetry's API.
      { meterName: 'some-library', instrumentType: 'observableGauge', aggregation: { type: 'drop' } },
      { instrumentName: 'db.*', instrumentUnit: 'ms', aggregationCardinalityLimit: 100 },
    ],
    exemplars: 'trace_based',
  },
});
