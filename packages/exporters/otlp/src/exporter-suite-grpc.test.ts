import { exporterSuite } from '@telltale/testing';
import { openOtlpGrpcBackend } from '@telltale-internal/backends';
import { otlp } from './index.ts';

exporterSuite({
  name: 'otlp() with grpc',
  kind: 'push',
  signals: ['metrics', 'spans', 'events'],
  network: true,
  partial: true,
  attributes: 'exact',
  // Protocol buffers have valid Unicode only.
  attributeValue: (value) => (typeof value === 'string' ? value.toWellFormed() : value),
  create: async () => {
    const backend = await openOtlpGrpcBackend();
    return {
      exporter: otlp({ url: backend.url, protocol: 'grpc' }),
      backend,
      received: () => backend.received(),
      close: () => backend.close(),
    };
  },
});
