import { exporterSuite } from '@telltale/testing';
import { openOtlpBackend } from '@telltale-internal/backends';
import { otlp } from './index.ts';

for (const protocol of ['http/protobuf', 'http/json'] as const) {
  exporterSuite({
    name: `otlp() with ${protocol}`,
    kind: 'push',
    signals: ['metrics', 'spans', 'events'],
    network: true,
    partial: true,
    attributes: 'exact',
    // Protocol buffers and JSON have valid Unicode only.
    attributeValue: (value) => (typeof value === 'string' ? value.toWellFormed() : value),
    create: async () => {
      const backend = await openOtlpBackend();
      return {
        exporter: otlp({ url: backend.url, protocol }),
        backend: backend.server,
        received: () => backend.received(),
        close: () => backend.close(),
      };
    },
  });
}
