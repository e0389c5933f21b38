import { TelemetryError } from '@telltale/core';
import { contextOf, sampleSnapshot } from '@telltale/testing';
import { openStatsdBackend } from '@telltale-internal/backends';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type DatadogOptions, type DogstatsdOptions, datadog, dogstatsd } from './index.ts';

afterEach(() => vi.unstubAllEnvs());

describe('options of datadog() that cannot be', () => {
  it.each<[string, unknown, string]>([
    ['an unknown one', { apikey: 'k' }, 'did you mean "apiKey"?'],
    ['a key with a space', { apiKey: 'a b' }, '"datadog.apiKey" is no key'],
    ['a site that is an address', { site: 'https://app.datadoghq.eu/' }, "did you mean 'datadoghq.eu'?"],
    ['a site that is nearly one', { site: 'us3.datadoghq.co' }, "did you mean 'us3.datadoghq.com'?"],
    ['a site that is none', { site: 'example.org' }, 'for another address give `endpoint`'],
    ['an endpoint that is no address', { endpoint: 'proxy:3128' }, 'such as https://proxy.example.com'],
    ['tags that are no object', { tags: 'a:b' }, '"datadog.tags"'],
    ['a host that is none', { host: '' }, '"datadog.host"'],
    ['spans that are no yes or no', { spans: 'yes' }, '"datadog.spans" is "yes"; give true or false'],
    ['a signal it does not take', { signals: ['spans'] }, "give an array of 'metrics', 'events'"],
  ])('are refused with the mend: %s', (_, options, words) => {
    const given = { apiKey: 'key', ...(options as DatadogOptions) };
    expect(() => datadog(given)).toThrow(TelemetryError);
    expect(() => datadog(given)).toThrow(words);
  });

  it('a missing key says where keys are', () => {
    vi.stubEnv('DD_API_KEY', '');
    expect(() => datadog()).toThrow('"datadog.apiKey" is missing; give it, or set DD_API_KEY.');
  });

  it('take key and site of the environment', () => {
    vi.stubEnv('DD_API_KEY', 'key');
    vi.stubEnv('DD_SITE', 'datadoghq.eu');
    expect(datadog().name).toBe('datadog');
    vi.stubEnv('DD_SITE', 'datadoghq.ue');
    expect(() => datadog()).toThrow("did you mean 'datadoghq.eu'?");
  });
});

describe('options of dogstatsd()', () => {
  it('name it, and not what it is built on', () => {
    expect(() => dogstatsd({ port: 0 })).toThrow('"dogstatsd.port" is 0');
    expect(() => dogstatsd({ dialect: 'etsy' } as DogstatsdOptions)).toThrow('dialect');
    expect(dogstatsd().name).toBe('dogstatsd');
  });

  it('find the agent by the environment', async () => {
    const backend = await openStatsdBackend(0, { grammar: 'datadog' });
    vi.stubEnv('DD_AGENT_HOST', 'localhost');
    vi.stubEnv('DD_DOGSTATSD_PORT', String(backend.port));
    await dogstatsd().exportMetrics?.(sampleSnapshot({ temporality: 'delta' }), contextOf());
    await backend.received();
    await backend.close();
    expect(backend.totals().get('sample.orders')).toBe(42.5);
  });
});
