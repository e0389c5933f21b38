import { createTelemetry } from '@telltale/core';
import { contextOf, ManualClock, sampleEvents } from '@telltale/testing';
import { expect, it, onTestFinished, vi } from 'vitest';
import { splunkUnderTest } from './backend.test-support.ts';
import { type SplunkOptions, splunk } from './index.ts';

const good = { url: 'https://splunk:8088', token: 'abc' };
const wrong: readonly (readonly [given: object, sentence: RegExp])[] = [
  [{ ...good, Url: 'x' }, /Unknown option "splunk\.Url"; did you mean "url"\?/],
  [{ token: 'abc' }, /"splunk\.url" is missing; give the address of the HTTP Event Collector, such as https/],
  [{ ...good, url: 'splunk:8088' }, /"splunk\.url" is "splunk:8088"/],
  [{ url: good.url }, /"splunk\.token" is missing; give the token .* or set SPLUNK_HEC_TOKEN/],
  [{ ...good, token: 'a b\n' }, /"splunk\.token" is no token; /],
  [{ ...good, index: { metric: 'm' } }, /"splunk\.index" is .*; give a text, or \{ metrics: …/],
  [{ ...good, sourcetype: 5 }, /"splunk\.sourcetype" is 5/],
  [{ ...good, source: '' }, /"splunk\.source" is ""; give a text/],
  [{ ...good, quantiles: [50] }, /give an array of numbers from 0 to 1/],
  [{ ...good, buckets: 'yes' }, /give true or false/],
  [{ ...good, resourceAttributes: 'a' }, /give an array of names/],
];

for (const [given, sentence] of wrong) {
  it(`refuses ${JSON.stringify(given)} at once, with what to write`, () => {
    vi.stubEnv('SPLUNK_HEC_URL', undefined);
    vi.stubEnv('SPLUNK_HEC_TOKEN', undefined);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(() => splunk(given as SplunkOptions)).toThrow(sentence);
  });
}

it('shows no token in its sentences', () => {
  expect(() => splunk({ ...good, token: 'my secret' })).toThrow(expect.not.stringContaining('secret'));
});

it('reads address and token from the environment', async () => {
  const { backend } = await splunkUnderTest();
  vi.stubEnv('SPLUNK_HEC_URL', `${backend.url}/services/collector/event`);
  vi.stubEnv('SPLUNK_HEC_TOKEN', backend.token);
  onTestFinished(() => void vi.unstubAllEnvs());
  const exporter = splunk();
  await exporter.exportEvents?.(sampleEvents(), contextOf());
  await exporter.shutdown?.();
  expect(backend.eventCount()).toBe(sampleEvents().length);
});

it('keeps the data, and tells once, while the token is wrong', async () => {
  const { exporter, backend } = await splunkUnderTest({ token: 'wrong' });
  const told: string[] = [];
  const onError = (error: Error) => void told.push(error.message);
  const clock = new ManualClock();
  const telemetry = createTelemetry({ service: { name: 'checkout' }, exporters: [exporter], clock, onError });
  telemetry.counter('orders').add(1);
  await telemetry.flush();
  await telemetry.flush();
  expect(told.filter((message) => message.includes('check `token`: this collector does not have it'))).toHaveLength(1);
  expect(telemetry.health().exporters[0]).toMatchObject({ rejected: 0, dropped: 0 });
  expect(backend.totals().get('orders')).toBeUndefined();
});

it('sends differences, which add up to what was recorded, over failures', async () => {
  const { exporter, backend } = await splunkUnderTest();
  const clock = new ManualClock();
  const telemetry = createTelemetry({ service: { name: 'checkout' }, exporters: [exporter], clock, onError: () => {} });
  const orders = telemetry.counter('orders');
  const price = telemetry.histogram('price');
  for (let i = 0; i < 8; i++) {
    orders.add(1, { plan: 'pro' });
    price.record(i);
    if (i % 3 === 0) backend.server.answer(503);
    await telemetry.flush();
  }
  await telemetry.shutdown();
  expect(backend.totals().get('orders')).toBe(8);
  expect(backend.totals().get('price')).toBe(8);
});
