import { exporterSuite } from '@telltale/testing';
import { AWS_TEST_CREDENTIALS, AWS_TEST_REGION, openXrayBackend } from '@telltale-internal/backends';
import { xray } from './index.ts';

for (const through of ['segments', 'otlp'] as const) {
  exporterSuite({
    name: `xray({ through: '${through}' })`,
    kind: 'push',
    signals: ['spans'],
    network: true,
    partial: true,
    attributes: 'cleaned',
    create: async () => {
      const backend = await openXrayBackend();
      return {
        exporter: xray({ region: AWS_TEST_REGION, credentials: AWS_TEST_CREDENTIALS, endpoint: backend.url, through }),
        backend: backend.server,
        received: backend.received,
        close: backend.close,
      };
    },
  });
}
