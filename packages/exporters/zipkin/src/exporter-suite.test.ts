import { exporterSuite } from '@telltale/testing';
import { openZipkinBackend } from '@telltale-internal/backends';
import { zipkin } from './index.ts';

exporterSuite({
  name: 'zipkin()',
  kind: 'push',
  signals: ['spans'],
  network: true,
  partial: false,
  attributes: 'exact',
  create: async () => {
    const backend = await openZipkinBackend();
    return {
      exporter: zipkin({ url: backend.url }),
      backend: backend.server.control({ partial: false }),
      received: () => backend.received(),
      close: () => backend.close(),
    };
  },
});
