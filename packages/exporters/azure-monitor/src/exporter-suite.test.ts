import { exporterSuite } from '@telltale/testing';
import { openAzureMonitorBackend } from '@telltale-internal/backends';
import { azureMonitor } from './index.ts';

exporterSuite({
  name: 'azureMonitor()',
  kind: 'push',
  signals: ['metrics', 'spans', 'events'],
  network: true,
  partial: true,
  attributes: 'exact',
  attributeValue: String,
  create: async () => {
    const backend = await openAzureMonitorBackend();
    return {
      exporter: azureMonitor({ connectionString: backend.connectionString }),
      backend: backend.server,
      received: backend.received,
      close: backend.close,
    };
  },
});
