import { createTelemetry } from '@telltale/core';
import { splunk } from '@telltale/exporter-splunk';

export const telemetry = createTelemetry({
  service: { name: 'shop', version: '1.4.0', environment: 'production' },
  exporters: [
    splunk({
      url: 'https://splunk.example.com:8088', // the token: SPLUNK_HEC_TOKEN
      index: { metrics: 'shop_metrics', spans: 'shop_traces', events: 'shop_events' },
    }),
  ],
});
