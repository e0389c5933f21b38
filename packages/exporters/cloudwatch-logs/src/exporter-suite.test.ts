import { exporterSuite } from '@telltale/testing';
import { awsTestOptions, openCloudWatchLogsBackend } from '@telltale-internal/backends';
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
        ...awsTestOptions(backend),
      }),
      received: backend.received,
      backend: backend.server,
      close: backend.close,
    };
  },
});
