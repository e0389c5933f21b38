import type { Metric } from '@telltale/core';
import { type ExporterUnderTest, exporterSuite, type Received, sampleSnapshot } from '@telltale/testing';
import { openStatsdBackend, type StatsdGrammar } from '@telltale-internal/backends';
import { expect } from 'vitest';
import { type StatsdOptions, statsd } from './index.ts';

async function create(grammar: StatsdGrammar, options: StatsdOptions = {}): Promise<ExporterUnderTest> {
  const backend = await openStatsdBackend(0, { grammar, maxDatagram: grammar === 'datadog' ? 8192 : 65_536 });
  return {
    exporter: statsd({ ...options, port: backend.port, dialect: grammar }),
    received: async () => {
      const received = await backend.received();
      expect(backend.complaints).toEqual([]);
      return received;
    },
    close: backend.close,
  };
}

/** Summaries have no line of their own name. */
function metricName({ name, type }: Metric): string {
  return type === 'summary' ? `${name}.count` : name;
}

// UDP and the TCP of StatsD have no answers: there is nothing that a backend could refuse with. What sockets tell is tested by `sending.test.ts`.
const shared = { kind: 'push', network: false, partial: false, attributes: 'cleaned' } as const;

exporterSuite({
  ...shared,
  name: 'statsd for the Datadog Agent',
  signals: ['metrics', 'events'],
  metricName,
  attributeValue: (value) =>
    String(value)
      .toLowerCase()
      .replaceAll(/[^a-z0-9_\-:./]+/g, '_'),
  create: () => create('datadog'),
});

for (const grammar of ['graphite', 'telegraf'] as const) {
  exporterSuite({
    ...shared,
    name: `statsd for ${grammar}`,
    signals: ['metrics'],
    metricName,
    create: () => create(grammar),
  });
}

/** Names have the attributes in them: `sample.orders.plan.pro` is `sample.orders` with `plan`. */
function takenApart(received: Received): Received {
  const names = sampleSnapshot().metrics.map(metricName);
  const metrics = received.metrics.map((series) => {
    const name = names.find((one) => `${series.name}.`.startsWith(`${one}.`)) ?? series.name;
    const parts = series.name.slice(name.length + 1).split('.');
    const pairs = parts.flatMap((part, i) => (i % 2 === 1 ? [[parts[i - 1] as string, part] as const] : []));
    return { ...series, name, attributes: Object.fromEntries(pairs) };
  });
  return { ...received, metrics };
}

exporterSuite({
  ...shared,
  name: "statsd for Etsy's daemon",
  signals: ['metrics'],
  metricName,
  create: async () => {
    const subject = await create('etsy');
    return { ...subject, received: async () => takenApart(await subject.received()) };
  },
});

exporterSuite({
  ...shared,
  name: 'statsd over TCP',
  signals: ['metrics', 'events'],
  metricName,
  create: () => create('datadog', { protocol: 'tcp' }),
});
