import { exporterSuite } from '@telltale/testing';
import { openSplunkBackend } from '@telltale-internal/backends';
import { splunk } from './index.ts';

exporterSuite({
  name: 'Splunk',
  kind: 'push',
  signals: ['metrics', 'spans', 'events'],
  network: true,
  partial: true,
  attributes: 'cleaned',
  metricName: ({ name, type }) => (/histogram|summary/i.test(type) ? `${name}.count` : name),
  attributeValue: String,
  create: async () => {
    const backend = await openSplunkBackend();
    const exporter = splunk({ url: backend.url, token: backend.token });
    return { exporter, backend: backend.server, received: () => backend.received(), close: () => backend.close() };
  },
});
