import { contextOf, sampleEvents } from '@telltale/testing';
import { openAzureMonitorBackend } from '@telltale-internal/backends';
import { afterEach, expect, it, vi } from 'vitest';
import { parseConnectionString } from './connection-string.ts';
import { azureMonitor } from './index.ts';

const key = '11111111-2222-4333-8444-555555555555';

afterEach(() => vi.unstubAllEnvs());

it.each([
  [`InstrumentationKey=${key}`, 'https://dc.services.visualstudio.com/'],
  [
    `InstrumentationKey=${key};IngestionEndpoint=https://westeurope-5.in.applicationinsights.azure.com/;LiveEndpoint=https://westeurope.livediagnostics.monitor.azure.com/;ApplicationId=${key}`,
    'https://westeurope-5.in.applicationinsights.azure.com/',
  ],
  [`instrumentationkey=${key};INGESTIONENDPOINT=https://a.example/`, 'https://a.example/'],
  [`InstrumentationKey=${key};EndpointSuffix=ai.contoso.com`, 'https://dc.ai.contoso.com/'],
  [`InstrumentationKey=${key};EndpointSuffix=ai.contoso.com;Location=westus2`, 'https://westus2.dc.ai.contoso.com/'],
  [`InstrumentationKey=${key};EndpointSuffix=ai.contoso.com;IngestionEndpoint=https://b.example`, 'https://b.example/'],
  [` Authorization = IKey ; InstrumentationKey = ${key} ; `, 'https://dc.services.visualstudio.com/'],
])('reads %s', (text, endpoint) => {
  const connection = parseConnectionString(text, 'it');
  expect(connection).toEqual({ instrumentationKey: key, endpoint: new URL(endpoint) });
});

it('reads the audience of clouds that have their own', () => {
  const text = `InstrumentationKey=${key};AADAudience=https://monitor.azure.us`;
  expect(parseConnectionString(text, 'it').audience).toBe('https://monitor.azure.us');
});

it.each([
  ['IngestionEndpoint=https://a.example', 'has no InstrumentationKey'],
  [`InstrumentationKey=${key};junk`, '"junk", which is no key=value'],
  ['InstrumentationKey=abc', '"abc", which is no UUID'],
  [`InstrumentationKey=${key};IngestionEndpoint=somewhere`, '"somewhere", which is no https:// address'],
  [`InstrumentationKey=${key};IngestionEndpoint=ftp://a.example`, 'which is no https:// address'],
  [`InstrumentationKey=${key};Authorization=aad`, 'only ikey exists'],
])('says of %s what is wrong, and where to copy it from', (connectionString, what) => {
  expect(() => azureMonitor({ connectionString })).toThrow(what);
  expect(() => azureMonitor({ connectionString })).toThrow('copy it from the overview page');
});

it('takes the connection string of the environment', async () => {
  const backend = await openAzureMonitorBackend();
  vi.stubEnv('APPLICATIONINSIGHTS_CONNECTION_STRING', backend.connectionString);
  const exporter = azureMonitor();
  await exporter.exportEvents?.(sampleEvents(), contextOf());
  expect(backend.eventCount()).toBe(sampleEvents().length);
  await exporter.shutdown?.();
  await backend.close();
});

it('says where the connection string comes from when there is none', () => {
  vi.stubEnv('APPLICATIONINSIGHTS_CONNECTION_STRING', '');
  expect(() => azureMonitor()).toThrow('pass `connectionString` or set APPLICATIONINSIGHTS_CONNECTION_STRING');
});

it('names the variable that holds a wrong connection string', () => {
  vi.stubEnv('APPLICATIONINSIGHTS_CONNECTION_STRING', 'nonsense');
  expect(() => azureMonitor()).toThrow('APPLICATIONINSIGHTS_CONNECTION_STRING has "nonsense"');
});

it.each([
  [{ conectionString: 'x' }, 'connectionString'],
  [{ connectionString: `InstrumentationKey=${key}`, instrumentationKey: key }, 'give one of them'],
  [{ connectionString: 7 }, 'must be a string'],
  [{ instrumentationKey: 'x' }, 'no UUID'],
  [{ instrumentationKey: key, buckets: 1 }, 'give true or false'],
  [{ instrumentationKey: key, resourceAttributes: 'team' }, 'array of names'],
  [{ instrumentationKey: key, credential: {} }, 'has no getToken()'],
  [{ instrumentationKey: key, managedIdentity: {} }, '{ clientId }'],
  [{ instrumentationKey: key, managedIdentity: true, credential: { getToken: async () => null } }, 'give one of them'],
  [
    { connectionString: `InstrumentationKey=${key};IngestionEndpoint=http://a.example`, managedIdentity: true },
    'no token is sent without https',
  ],
  [{ instrumentationKey: key, signals: ['logs'] }, "'metrics', 'spans', 'events'"],
])('does not take the options %j', (options, sentence) => {
  expect(() => azureMonitor(options as never)).toThrow(sentence);
});

it('takes an instrumentation key alone', () => {
  expect(azureMonitor({ instrumentationKey: key, name: 'insights' })).toMatchObject({
    name: 'insights',
    temporality: 'delta',
    backend: 'azure-monitor',
  });
});
