import { exporterSuite } from '@telltale/testing';
import { AWS_TEST_CREDENTIALS, AWS_TEST_REGION, openCloudWatchLogsBackend } from '@telltale-internal/backends';
import { cloudwatchLogs } from './index.ts';

exporterSuite({
  name: 'cloudwatchLogs()',
  kind: 'push',
  signals: ['events'],
  network: true,
  partial: true,
  attributes: 'exact',
  create: async () => {
    const backend = await openCloudWatchLogsBackend();
    backend.groups.set('/shop/events', { streams: new Map([['one', []]]) });
    return {
      exporter: cloudwatchLogs({
        logGroup: '/shop/events',
        logStream: 'one',
        region: AWS_TEST_REGION,
        credentials: AWS_TEST_CREDENTIALS,
        endpoint: backend.url,
      }),
      received: backend.received,
      backend: backend.server,
      close: backend.close,
    };
  },
});
