import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { contextOf } from '@telltale/testing';
import { demoMinute, openSplunkBackend, type SplunkEvent } from '@telltale-internal/backends';
import { expect, it, onTestFinished } from 'vitest';
import { splunkUnderTest } from './backend.test-support.ts';

it('sends the recorded minute of demo traffic', async () => {
  const { exporter, backend } = await splunkUnderTest({ host: 'host-1' });
  const { snapshot, spans, events } = demoMinute({ temporality: 'delta' });
  await exporter.exportMetrics?.(snapshot, contextOf());
  await exporter.exportSpans?.(spans, contextOf());
  await exporter.exportEvents?.(events, contextOf());
  const lines = backend.events().map((event) => JSON.stringify(event));
  await expect(`[\n${lines.join(',\n')}\n]\n`).toMatchFileSnapshot('__golden__/minute.json');
  expect(backend.server.complaints).toEqual([]);
});

it('counts of the recorded minute what was recorded', async () => {
  const { exporter, backend } = await splunkUnderTest();
  const { snapshot } = demoMinute({ temporality: 'delta' });
  expect(await exporter.exportMetrics?.(snapshot, contextOf())).toMatchObject({ rejected: 0 });
  const recorded = new Map<string, number>();
  for (const { name, points } of snapshot.metrics) {
    const sum = points.reduce((total, point) => total + ('value' in point ? point.value : point.count), 0);
    recorded.set(name, (recorded.get(name) ?? 0) + sum);
  }
  const totals = backend.totals();
  for (const [name, value] of recorded) expect([name, totals.get(name)]).toEqual([name, expect.closeTo(value, 6)]);
});

interface SplunkLogger {
  eventFormatter: (message: unknown) => unknown;
  error: (error: Error) => void;
  send(context: object, done: (error: Error | null) => void): void;
}

it("writes what Splunk's own logger writes of the same spans and events", async () => {
  const backend = await openSplunkBackend();
  onTestFinished(() => backend.close());
  const require = createRequire(import.meta.url);
  const { Logger } = require('splunk-logging') as {
    readonly Logger: new (config: object) => SplunkLogger;
  };
  const logger = new Logger({ token: backend.token, url: backend.url, maxRetries: 0 });
  logger.eventFormatter = (message) => message;
  const failures: Error[] = [];
  logger.error = (error) => void failures.push(error);
  const golden = JSON.parse(
    readFileSync(join(import.meta.dirname, '__golden__/minute.json'), 'utf8'),
  ) as readonly SplunkEvent[];
  const records = golden.filter(({ event }) => event !== 'metric');
  for (const { event, ...metadata } of records) {
    await new Promise((resolve) => logger.send({ message: event, metadata }, resolve));
  }
  expect(failures).toEqual([]);
  expect(records.length).toBeGreaterThan(10);
  // The logger writes the time as text.
  expect(backend.events().map((event) => ({ ...event, time: Number(event.time) }))).toEqual(records);
});
