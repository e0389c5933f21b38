import type { MetricsSource } from '@telltale/core';
import { exporterSuite, type ReceivedSeries } from './index.ts';
import { jsonBackend, seriesOf } from './json-backend.test-support.ts';

exporterSuite({
  name: 'an exporter that sends over a network',
  kind: 'push',
  signals: ['metrics', 'spans', 'events'],
  network: true,
  partial: true,
  attributes: 'exact',
  create: jsonBackend,
});

exporterSuite({
  name: 'an exporter that serves, cleans attributes and leaves summaries out',
  kind: 'pull',
  signals: ['metrics'],
  network: false,
  partial: false,
  attributes: 'cleaned',
  leavesOut: ['summary'],
  metricName: ({ name }) => name.replaceAll('.', '_'),
  create: async () => {
    let source: MetricsSource | undefined;
    return {
      exporter: {
        name: 'served',
        start: (given) => {
          source = given;
        },
      },
      received: async () => ({ metrics: await scrape(source), spans: [], events: [] }),
    };
  },
});

async function scrape(source: MetricsSource | undefined): Promise<readonly ReceivedSeries[]> {
  const readers = (await source?.open()) ?? [];
  return readers
    .filter(({ type }) => type !== 'summary')
    .flatMap(({ name, read, ...metric }) =>
      seriesOf({ ...metric, name: name.replaceAll('.', '_'), points: [...read()] } as never),
    );
}
