import type { Metric } from '@telltale/core';
import { exporterSuite } from '@telltale/testing';
import { openRemoteWriteBackend } from '@telltale-internal/backends';
import { labelName } from '../labels.ts';
import { prometheusName } from '../names.ts';
import { type RemoteWriteProtocol, remoteWrite } from './index.ts';

function suite(speaks: RemoteWriteProtocol, exponential: (family: string) => string): void {
  const partial = speaks === '2.0';
  exporterSuite({
    name: `Prometheus remote write ${speaks}`,
    kind: 'push',
    signals: ['metrics'],
    network: true,
    partial,
    attributes: 'exact',
    metricName: ({ name, unit, type }: Metric) => {
      const { family, sample } = prometheusName(name, unit, type);
      if (type === 'exponentialHistogram') return exponential(family);
      if (type === 'histogram') return `${family}_bucket`;
      return type === 'summary' ? `${family}_sum` : sample;
    },
    attributeName: (key) => labelName(key),
    attributeValue: (value) => String(value).toWellFormed(),
    create: async () => {
      const backend = await openRemoteWriteBackend(0, { speaks });
      return {
        exporter: remoteWrite({ url: backend.url, ...(!partial && { protocol: speaks }) }),
        received: backend.received,
        backend: backend.server.control({ partial }),
        close: backend.close,
      };
    },
  });
}

suite('2.0', (family) => family);
suite('1.0', (family) => `${family}_bucket`);
