import type { FinishedSpan } from '@telltale/core';
import { HttpClient } from '@telltale/exporter-kit';
import { contextOf, sampleSnapshot, sampleSpans } from '@telltale/testing';
import { demoMinute, type OtlpBackend, openOtlpBackend } from '@telltale-internal/backends';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type NewRelicOptions, newrelic } from './index.ts';
import { newRelicAttributes } from './new-relic-attributes.ts';

const licenseKey = 'a-license-key';
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function opened(): Promise<OtlpBackend> {
  const backend = await openOtlpBackend({
    headers: { 'api-key': licenseKey },
    temporality: 'delta',
    maxBytes: 1_000_000,
  });
  closing.push(backend.close);
  return backend;
}

describe('newrelic()', () => {
  it('the recorded minute of demo traffic', async () => {
    const backend = await opened();
    const exporter = newrelic({ licenseKey, url: backend.url });
    const { snapshot, spans, events } = demoMinute({ temporality: 'delta' });
    await exporter.exportMetrics?.(snapshot, contextOf());
    await exporter.exportSpans?.(spans, contextOf());
    await exporter.exportEvents?.(events, contextOf());
    await exporter.shutdown?.();
    expect(backend.server.complaints).toEqual([]);
    const taken = {
      metrics: backend.documents('metrics'),
      traces: backend.documents('spans'),
      logs: backend.documents('events'),
    };
    await expect(`${JSON.stringify(taken, null, 1)}\n`).toMatchFileSnapshot('__golden__/minute.json');
  });

  it('sends the attributes of the service as `resource` spells them, within its limits', async () => {
    const backend = await opened();
    const resource: NewRelicOptions['resource'] = (attributes) => ({ ...attributes, stage: 'p'.repeat(5000) });
    const exporter = newrelic({ licenseKey, url: backend.url, resource });
    await exporter.exportSpans?.(sampleSpans(), contextOf());
    await exporter.shutdown?.();
    expect(backend.documents('spans')[0]?.resourceSpans?.[0]?.resource?.attributes).toContainEqual({
      key: 'stage',
      value: { stringValue: 'p'.repeat(4095) },
    });
  });

  it('asks for differences, and has prices of its own', () => {
    expect(newrelic({ licenseKey })).toMatchObject({ name: 'newrelic', backend: 'newrelic', temporality: 'delta' });
  });

  it('sends up-down counters as they stand, and summaries, which New Relic cannot ask for quantiles, as gauges', async () => {
    const backend = await opened();
    const exporter = newrelic({ licenseKey, url: backend.url });
    await exporter.exportMetrics?.(sampleSnapshot({ temporality: 'delta' }), contextOf());
    await exporter.shutdown?.();
    const metrics = backend
      .documents('metrics')[0]
      ?.resourceMetrics?.flatMap(({ scopeMetrics = [] }) => scopeMetrics.flatMap(({ metrics: some = [] }) => some));
    const of = (name: string) => metrics?.find((metric) => metric.name === name);
    expect(of('sample.active')?.sum).toMatchObject({ aggregationTemporality: 2 });
    expect(of('sample.payload')?.exponentialHistogram).toMatchObject({ aggregationTemporality: 1 });
    expect(of('sample.price')?.gauge?.dataPoints?.map(({ asDouble }) => asDouble)).toEqual([2, 5]);
    expect(of('sample.price.count')?.sum).toMatchObject({ aggregationTemporality: 1, isMonotonic: true });
  });

  it('keeps requests below a megabyte', async () => {
    const backend = await opened();
    const exporter = newrelic({ licenseKey, url: backend.url });
    const [span] = sampleSpans();
    const many = Array.from({ length: 3000 }, (_, i) => ({
      ...span,
      spanId: i.toString(16).padStart(16, '0'),
      attributes: { text: `${i}`.padEnd(700, 'x') },
    })) as FinishedSpan[];
    expect(await exporter.exportSpans?.(many, contextOf())).toMatchObject({ accepted: 3000, rejected: 0 });
    await exporter.shutdown?.();
    expect(backend.server.complaints).toEqual([]);
    expect(backend.spanCount()).toBe(3000);
  });

  it.each([
    ['us', 'https://otlp.nr-data.net/v1/traces'],
    ['eu', 'https://otlp.eu01.nr-data.net/v1/traces'],
  ] as const)('sends to the endpoint of the region %s', async (region, address) => {
    const send = vi.spyOn(HttpClient.prototype, 'send');
    closing.push(() => send.mockRestore());
    send.mockResolvedValue({ status: 200, headers: {}, body: Buffer.alloc(0), target: '' });
    await newrelic({ licenseKey, region }).exportSpans?.(sampleSpans(), contextOf());
    expect(send.mock.calls[0]?.[0].url.href).toBe(address);
  });

  it('says what to check when the key is refused, and keeps what it has', async () => {
    const backend = await opened();
    const exporter = newrelic({ licenseKey: 'another', url: backend.url });
    await expect(exporter.exportSpans?.(sampleSpans(), contextOf())).rejects.toMatchObject({
      message: expect.stringContaining('; check `licenseKey` (an ingest key of type "license") and `region`'),
      retryable: true,
    });
    await exporter.shutdown?.();
  });

  it.each([
    [{}, /"newrelic.licenseKey" is missing \(is the environment variable set\?\)/],
    [{ licenseKey: '' }, /"newrelic.licenseKey" is no text/],
    [{ licenseKey: 'NRAK-ABC' }, /is a user key/],
    [{ licenseKey: 'eu01xxABC' }, /add region: 'eu'/],
    [{ licenseKey, region: 'ap' }, /"newrelic.region" is "ap"; give 'us' or 'eu'/],
    [{ licenseKey, account: 1 }, /newrelic.*account/],
    [{ licenseKey, url: 'otlp.nr-data.net' }, /"newrelic.url" is "otlp.nr-data.net"/],
  ])('says what is wrong with %j', (options, message) => {
    expect(() => newrelic(options as NewRelicOptions)).toThrow(message);
    expect(() => newrelic(options as NewRelicOptions)).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
  });
});

describe('attributes for New Relic', () => {
  it('are the same object where all is within the limits', () => {
    const attributes = { route: '/orders', sizes: [1, 2] };
    expect(newRelicAttributes(attributes)).toBe(attributes);
  });

  it('keep within the limits, and as many as they were', () => {
    const around = (length: number) =>
      fc
        .tuple(fc.integer({ min: length - 3, max: length + 3 }), fc.constantFrom('x', '\u{1F389}', 'y\u{1F389}'))
        .map(([size, unit]) => unit.repeat(size).slice(0, size));
    const key = fc.oneof(fc.string(), around(255));
    const value = fc.oneof(fc.string(), around(4095), fc.array(fc.constantFrom('a', 'b'), { maxLength: 70 }));
    fc.assert(
      fc.property(fc.dictionary(key, value), (attributes) => {
        const cut = newRelicAttributes(attributes);
        expect(Object.keys(cut)).toHaveLength(Object.keys(attributes).length);
        for (const [name, one] of Object.entries(cut)) {
          expect(name.length).toBeLessThanOrEqual(255);
          if (typeof one === 'string') expect(one.length).toBeLessThanOrEqual(4095);
          else expect((one as unknown[]).length).toBeLessThanOrEqual(64);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('that look alike when cut stay apart, and those that fit keep their name', () => {
    const long = 'k'.repeat(255);
    const cut = newRelicAttributes({ [`${long}1`]: 1, [`${long}2`]: 2, [long]: 0 });
    expect(cut).toEqual({ [long]: 0, [`${'k'.repeat(253)}~2`]: 1, [`${'k'.repeat(253)}~3`]: 2 });
  });

  it('are never cut within a character', () => {
    const { text } = newRelicAttributes({ text: `${'x'.repeat(4094)}\u{1F389}` });
    expect(text).toBe('x'.repeat(4094));
  });
});
