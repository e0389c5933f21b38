import { contextOf, sampleEvents, sampleSnapshot, sampleSpans, type TestContext } from '@telltale/testing';
import { type AzureMonitorBackend, exportFailure, openAzureMonitorBackend } from '@telltale-internal/backends';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type AzureMonitorOptions, azureMonitor, type TokenCredential } from './index.ts';
import { redirectTarget } from './redirect.ts';

let backend: AzureMonitorBackend;

beforeEach(async () => {
  backend = await openAzureMonitorBackend();
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await backend.close();
});

function exporterWith(options: AzureMonitorOptions = {}) {
  return azureMonitor({ connectionString: backend.connectionString, ...options });
}

it('tells the refused from those to be sent again, item by item', async () => {
  const exporter = exporterWith();
  const events = sampleEvents();
  backend.judge({ 1: [400, '103: no name'], 2: [429, 'too many'], 3: [439, 'quota'], 4: [500, 'internal'] });
  const context = contextOf();
  const error = await exportFailure(exporter.exportEvents?.(events, context));
  expect(error.retryable).toBe(true);
  expect(error.message).toContain('3 were not taken for now');
  expect(error.message).toContain('429 too many');
  expect([...context.refused]).toEqual([events[1]]);
  expect(context.named.size).toBe(events.length - 4);
  for (const again of events.slice(2, 5)) expect(context.named.has(again)).toBe(false);
});

it('counts an item as taken that the sampling of the resource left out', async () => {
  backend.judge({ 0: [206, 'Telemetry sampled out.'] });
  const result = await exporterWith().exportEvents?.(sampleEvents(), contextOf());
  expect(result).toMatchObject({ accepted: sampleEvents().length, rejected: 0 });
});

it('sends of a span that is to be sent again only what is not there yet', async () => {
  const exporter = exporterWith();
  const spans = sampleSpans().slice(0, 1);
  // The request was taken, its exception not.
  backend.judge({ 1: [503, 'busy'] });
  const first = contextOf();
  await exportFailure(exporter.exportSpans?.(spans, first));
  expect(first.named.size).toBe(0);
  const second = contextOf();
  await exporter.exportSpans?.(spans, second);
  expect(second.named).toEqual(new Set(spans));
  expect(backend.items().map(({ data }) => data.baseType)).toEqual(['RequestData', 'ExceptionData']);
});

it('counts a summary as taken whose quantiles were not, as its count would be counted twice', async () => {
  const [price] = sampleSnapshot({ temporality: 'delta' }).metrics.filter(({ name }) => name === 'sample.price');
  backend.judge({ 1: [503, 'busy'] });
  const result = await exporterWith().exportMetrics?.(
    { ...sampleSnapshot(), metrics: price === undefined ? [] : [price] },
    contextOf(),
  );
  expect(result).toMatchObject({ accepted: 2, rejected: 0 });
});

it('finds the one wrong item of a request that was refused as a whole in as many requests as it has to', async () => {
  const context = contextOf();
  backend.judge(Object.fromEntries(sampleEvents().map((_, i) => [i, [400, '102: unknown'] as const])));
  const result = await exporterWith().exportEvents?.(sampleEvents(), context);
  expect(result).toMatchObject({ accepted: 0, rejected: sampleEvents().length });
  expect(context.requests).toHaveLength(1);
});

it('waits as long as the daily quota says, and says where to raise it', async () => {
  backend.server.answer(439, { 'retry-after': '3600' });
  const error = await exportFailure(exporterWith().exportEvents?.(sampleEvents(), contextOf()));
  expect(error).toMatchObject({ retryable: true, retryAfter: 3600, divisible: false });
  expect(error.message).toContain('Daily cap');
});

it('gives up at 402, in one request', async () => {
  backend.server.answer(402);
  const context = contextOf();
  const result = await exporterWith().exportEvents?.(sampleEvents(), context);
  expect(result).toMatchObject({ accepted: 0, rejected: sampleEvents().length });
  expect(context.requests).toHaveLength(1);
});

it.each(['exportMetrics', 'exportSpans', 'exportEvents'] as const)(
  'does not send a second time by %s what may be there, as it would be counted twice',
  async (method) => {
    const given: Record<typeof method, () => unknown> = {
      exportMetrics: () => sampleSnapshot({ temporality: 'delta' }),
      exportSpans: sampleSpans,
      exportEvents: sampleEvents,
    };
    const context = contextOf();
    backend.server.disconnect(true);
    await exportFailure(
      (exporterWith()[method] as (items: unknown, context: TestContext) => Promise<void>)(given[method](), context),
    );
    expect([...context.thens]).toEqual(['give-up']);
  },
);

it.each([307, 308])('follows a redirect with %i, and goes there from then on', async (status) => {
  const exporter = exporterWith();
  backend.redirect(status, '/elsewhere/v2.1/track');
  const context = contextOf();
  await exporter.exportEvents?.(sampleEvents(), context);
  expect(backend.eventCount()).toBe(sampleEvents().length);
  expect(context.requests).toHaveLength(2);
  const next = contextOf();
  await exporter.exportEvents?.(sampleEvents(), next);
  expect(next.requests).toHaveLength(1);
});

it('forgets a redirect when nobody is there, and does not follow for ever', async () => {
  const exporter = exporterWith();
  backend.server.plan({ kind: 'status', status: 307, headers: { location: '/v2.1/track' } }, 10);
  const context = contextOf();
  const error = await exportFailure(exporter.exportEvents?.(sampleEvents(), context));
  expect(context.requests).toHaveLength(4);
  expect(error.retryable).toBe(true);
});

it('does not follow a redirect to a stranger', async () => {
  backend.redirect(308, 'https://stranger.example/v2.1/track');
  const context = contextOf();
  const error = await exportFailure(exporterWith().exportEvents?.(sampleEvents(), context));
  expect(error.message).toContain('https://stranger.example/v2.1/track, which is neither the same host');
  expect(context.requests).toHaveLength(1);
});

it.each([
  [
    'https://westeurope-5.in.applicationinsights.azure.com/a',
    'https://westeurope-1.in.applicationinsights.azure.com/b',
    true,
  ],
  ['https://dc.services.visualstudio.com/a', 'https://westus-0.in.applicationinsights.azure.com/b', true],
  ['https://x.in.applicationinsights.azure.us/a', 'https://y.in.applicationinsights.azure.com/b', false],
  ['https://x.in.applicationinsights.azure.com/a', 'http://y.in.applicationinsights.azure.com/b', false],
  ['https://x.in.applicationinsights.azure.com/a', 'https://y.in.applicationinsights.azure.com:8443/b', false],
  ['https://x.in.applicationinsights.azure.com/a', 'https://in.applicationinsights.azure.com.example/b', false],
  ['https://x.in.applicationinsights.azure.com/a', 'https://evil@x.in.applicationinsights.azure.com/b', false],
  ['https://proxy.example/a', 'https://y.in.applicationinsights.azure.com/b', false],
  ['https://proxy.example/a', '/b', true],
  ['https://proxy.example/a', 'http://', false],
])('knows whether %s may redirect to %s', (from, to, followed) => {
  expect(redirectTarget(new URL(from), to) !== undefined).toBe(followed);
});

it('signs in with a credential, and asks for a new token only shortly before the old one ends', async () => {
  const scopes: unknown[] = [];
  let ends = Date.now() + 3_600_000;
  const credential: TokenCredential = {
    getToken: async (scope) => {
      scopes.push(scope);
      return { token: `t${scopes.length}`, expiresOnTimestamp: ends };
    },
  };
  const exporter = exporterWith({ credential });
  await exporter.exportEvents?.(sampleEvents(), contextOf());
  await exporter.exportSpans?.(sampleSpans(), contextOf());
  expect(backend.tokens()).toEqual(['t1', 't1']);
  ends = Date.now() + 60_000;
  const short = exporterWith({ credential });
  await short.exportEvents?.(sampleEvents(), contextOf());
  await short.exportEvents?.(sampleEvents(), contextOf());
  expect(backend.tokens().slice(2)).toEqual(['t2', 't3']);
  expect(new Set(scopes)).toEqual(new Set(['https://monitor.azure.com/.default']));
});

it('asks for a token once for signals that are sent at the same time', async () => {
  let asked = 0;
  const credential: TokenCredential = {
    getToken: async () => ({ token: `t${++asked}`, expiresOnTimestamp: Date.now() + 3_600_000 }),
  };
  const exporter = exporterWith({ credential });
  await Promise.all([
    exporter.exportEvents?.(sampleEvents(), contextOf()),
    exporter.exportSpans?.(sampleSpans(), contextOf()),
  ]);
  expect(asked).toBe(1);
});

it('asks for another token when the service refuses the one it has, and names the role', async () => {
  let asked = 0;
  const credential: TokenCredential = {
    getToken: async () => ({ token: `t${++asked}`, expiresOnTimestamp: Date.now() + 3_600_000 }),
  };
  const exporter = exporterWith({ credential });
  backend.requireToken('t2');
  const error = await exportFailure(exporter.exportEvents?.(sampleEvents(), contextOf()));
  expect(error.message).toContain('Monitoring Metrics Publisher');
  expect(error.retryable).toBe(true);
  await exporter.exportEvents?.(sampleEvents(), contextOf());
  expect(backend.eventCount()).toBe(sampleEvents().length);
});

it('says that there is no token when the credential gives none', async () => {
  const credential: TokenCredential = {
    getToken: async () => {
      throw new Error('no identity here\nmore');
    },
  };
  const error = await exportFailure(exporterWith({ credential }).exportEvents?.(sampleEvents(), contextOf()));
  expect(error.message).toBe(
    'there is no token of Microsoft Entra for https://monitor.azure.com/.default (no identity here); check that the identity exists where this runs',
  );
  expect(error.retryable).toBe(true);
});

it('takes the audience of the connection string', async () => {
  const scopes: unknown[] = [];
  const credential: TokenCredential = {
    getToken: async (scope) => {
      scopes.push(scope);
      return { token: 't', expiresOnTimestamp: Date.now() + 3_600_000 };
    },
  };
  const connectionString = `${backend.connectionString};AADAudience=https://monitor.azure.us/`;
  await exporterWith({ credential, connectionString }).exportEvents?.(sampleEvents(), contextOf());
  expect(scopes).toEqual(['https://monitor.azure.us/.default']);
});

it('signs in as managed identity of the machine, or as one of several, with @azure/identity', async () => {
  vi.stubEnv('IDENTITY_ENDPOINT', `${backend.url}/msi/token`);
  vi.stubEnv('IDENTITY_HEADER', 'secret');
  const clientId = '99999999-8888-4777-8666-555555555555';
  for (const managedIdentity of [true, { clientId }]) {
    const exporter = exporterWith({ managedIdentity });
    await exporter.start?.(undefined as never);
    await exporter.exportEvents?.(sampleEvents(), contextOf());
  }
  const [ofMachine, ofSeveral] = backend.identityRequests();
  expect(ofMachine?.get('resource')).toBe('https://monitor.azure.com');
  expect(ofMachine?.get('client_id')).toBeNull();
  expect(ofSeveral?.get('client_id')).toBe(clientId);
  expect(backend.tokens()).toEqual(Array(2).fill('token-for-https://monitor.azure.com'));
});

it('stops waiting for a token when its signal fires, but goes on for the other signals', async () => {
  let give = (_: { token: string; expiresOnTimestamp: number }): void => {};
  const credential: TokenCredential = {
    getToken: () =>
      new Promise((resolve) => {
        give = resolve;
      }),
  };
  const exporter = exporterWith({ credential });
  const controller = new AbortController();
  const stopped = exporter.exportEvents?.(sampleEvents(), contextOf(controller.signal));
  const going = exporter.exportSpans?.(sampleSpans(), contextOf());
  controller.abort(new Error('time is over'));
  await expect(stopped).rejects.toThrow('time is over');
  give({ token: 't', expiresOnTimestamp: Date.now() + 3_600_000 });
  await going;
  expect(backend.spanCount()).toBe(sampleSpans().length);
});

it('names the library that managed identities need when it is missing', async () => {
  vi.doMock('@azure/identity', () => {
    throw Object.assign(new Error("Cannot find package '@azure/identity'"), { code: 'ERR_MODULE_NOT_FOUND' });
  });
  try {
    const exporter = exporterWith({ managedIdentity: true });
    await expect(exporter.start?.(undefined as never)).rejects.toThrow('@azure/identity');
  } finally {
    vi.doUnmock('@azure/identity');
  }
});

it('says of an address that does not exist that it could not be reached, and keeps the data', async () => {
  const { connectionString } = backend;
  const unreachable = connectionString.replace(/IngestionEndpoint=.*/, 'IngestionEndpoint=http://127.0.0.1:9');
  const error = await exportFailure(
    exporterWith({ connectionString: unreachable }).exportEvents?.(sampleEvents(), contextOf()),
  );
  expect(error.message).toContain('could not be reached');
  expect(error).toMatchObject({ retryable: true, outcomeUnknown: false });
});
