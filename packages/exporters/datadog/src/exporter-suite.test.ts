import type { AttributeValue, Metric, Signal } from '@telltale/core';
import { type BackendControl, type ExporterUnderTest, exporterSuite } from '@telltale/testing';
import { openDatadogBackend, openStatsdBackend } from '@telltale-internal/backends';
import { expect } from 'vitest';
import { datadog, dogstatsd } from './index.ts';

async function create(signal: Signal): Promise<ExporterUnderTest> {
  const backend = await openDatadogBackend();
  return {
    exporter: datadog({ apiKey: 'test-key', endpoint: backend.url, signals: [signal] }),
    backend: backend.server,
    received: async () => {
      expect(backend.server.complaints).toEqual([]);
      return backend.received();
    },
    close: backend.close,
  };
}

const spelling = {
  attributes: 'cleaned',
  /** Summaries have no series of their own name. */
  metricName: ({ name, type }: Metric) => (type === 'summary' ? `${name}.count` : name),
  attributeValue: (value: AttributeValue) =>
    String(value)
      .toLowerCase()
      .replaceAll(/[^a-z0-9_\-:./]+/g, '_'),
} as const;

exporterSuite({
  ...spelling,
  name: 'datadog, with metrics,',
  kind: 'push',
  signals: ['metrics'],
  network: true,
  partial: true,
  // Series replace what is there, values of distributions add up.
  bothRules: ['metrics'],
  create: () => create('metrics'),
});

exporterSuite({
  ...spelling,
  name: 'datadog, with events,',
  kind: 'push',
  signals: ['events'],
  network: true,
  // The intake of logs takes all or nothing.
  partial: false,
  create: async () => {
    const subject = await create('events');
    return { ...subject, ...(subject.backend !== undefined && { backend: takingAllOrNothing(subject.backend) }) };
  },
});

function takingAllOrNothing(server: BackendControl): BackendControl {
  return {
    answer: (...args) => server.answer(...args),
    stall: () => server.stall(),
    disconnect: (taken) => server.disconnect(taken),
    drip: () => server.drip?.(),
    poison: (text) => server.poison?.(text),
    down: async () => server.down?.(),
    requests: () => server.requests(),
  };
}

exporterSuite({
  ...spelling,
  name: 'dogstatsd',
  kind: 'push',
  signals: ['metrics', 'events'],
  // UDP has no answers.
  network: false,
  partial: false,
  create: async () => {
    const backend = await openStatsdBackend(0, { grammar: 'datadog' });
    return {
      exporter: dogstatsd({ port: backend.port }),
      received: async () => {
        const received = await backend.received();
        expect(backend.complaints).toEqual([]);
        return received;
      },
      close: backend.close,
    };
  },
});
