import { createTelemetry } from '@telltale/core';
import { cloudwatchLogs } from '@telltale/exporter-cloudwatch-logs';

export const telemetry = createTelemetry({
  service: { name: 'shop', version: '1.4.0', environment: 'production' },
  exporters: [cloudwatchLogs({ logGroup: '/shop/events', retentionInDays: 30, region: 'eu-west-1' })],
  signals: { spans: true }, // for trace ids in the lines, also where no exporter takes spans
});
