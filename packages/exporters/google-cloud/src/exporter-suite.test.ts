import { exporterSuite } from '@telltale/testing';
import { openGoogleCloudBackend } from '@telltale-internal/backends';
import { googleCloud } from './index.ts';

exporterSuite({
  name: 'Google Cloud',
  kind: 'push',
  signals: ['metrics', 'spans'],
  network: true,
  partial: true,
  attributes: 'cleaned',
  metricName: ({ name }) => `workload.googleapis.com/${name}`,
  create: async () => {
    const backend = await openGoogleCloudBackend();
    const exporter = googleCloud({
      projectId: 'shop-1',
      getAccessToken: async () => 'token',
      endpoint: backend.url,
      tracesEndpoint: backend.tracesUrl,
    });
    return { exporter, backend: backend.server, received: () => backend.received(), close: () => backend.close() };
  },
});
