import { exporterSuite } from '@telltale/testing';
import { openOtlpBackend } from '@telltale-internal/backends';
import { newrelic } from './index.ts';

const licenseKey = 'a-license-key';

exporterSuite({
  name: 'newrelic()',
  kind: 'push',
  signals: ['metrics', 'spans', 'events'],
  network: true,
  partial: true,
  attributes: 'exact',
  attributeValue: (value) => (typeof value === 'string' ? value.toWellFormed() : value),
  create: async () => {
    const backend = await openOtlpBackend({
      headers: { 'api-key': licenseKey },
      temporality: 'delta',
      maxBytes: 1_000_000,
    });
    return {
      exporter: newrelic({ licenseKey, url: backend.url }),
      backend: backend.server,
      received: () => backend.received(),
      close: () => backend.close(),
    };
  },
});
