import { exporterSuite } from '@telltale/testing';
import { openRemoteWriteBackend } from '@telltale-internal/backends';
import { labelName } from '../labels.ts';
import { prometheusName } from '../names.ts';
import { remoteWrite } from './index.ts';

exporterSuite({
  name: 'Prometheus remote write',
  kind: 'push',
  signals: ['metrics'],
  network: true,
  partial: false,
  attributes: 'exact',
  metricName: ({ name, unit, type }) => {
    const { family, sample } = prometheusName(name, unit, type);
    if (type === 'histogram' || type === 'exponentialHistogram') return `${family}_bucket`;
    return type === 'summary' ? `${family}_sum` : sample;
  },
  attributeName: (key) => labelName(key),
  attributeValue: (value) => String(value).toWellFormed(),
  create: async () => {
    const backend = await openRemoteWriteBackend();
    return {
      exporter: remoteWrite({ url: backend.url }),
      received: backend.received,
      backend: backend.server.control({ partial: false }),
      close: backend.close,
    };
  },
});
