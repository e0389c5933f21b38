import { exporterSuite } from '@telltale/testing';
import { awsTestOptions, openXrayBackend } from '@telltale-internal/backends';
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
        exporter: xray({ ...awsTestOptions(backend), through }),
        backend: backend.server,
        received: backend.received,
        close: backend.close,
      };
    },
  });
}
