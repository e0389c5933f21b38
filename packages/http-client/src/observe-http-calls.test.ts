import { channel } from 'node:diagnostics_channel';
import { createTelemetry, type Exporter, type Telemetry } from '@telltale/core';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Client, FETCH, NODE } from './clients.test-support.ts';
import { observeHttpCalls } from './index.ts';
import { observed, series } from './observed.test-support.ts';
import { testServer } from './test-server.test-support.ts';

const BOTH: readonly (readonly [string, Client])[] = [FETCH, NODE].map((client) => [client.name, client]);
const CHANNELS = [
  'telltale.http-client',
  'undici:request:create',
  'undici:request:trailers',
  'http.client.request.created',
  'http.client.response.finish',
];
const listening = () => CHANNELS.filter((name) => channel(name).hasSubscribers);

describe('boundary.to', () => {
  it.each([
    [{}, (host: string) => host],
    [{ '127.0.0.1': 'by address' }, () => 'by address'],
    [{ '127.0.0.1:1': 'another port' }, (host: string) => host],
    [{ '*.0.0.1': 'by domain', '*.0.1': 'by shorter domain' }, () => 'by domain'],
  ])('with %o', async (names, expected) => {
    const { host, url } = await testServer();
    const seen = observed({ names: names as Record<string, string> });
    for (const [, client] of BOTH) await client.ask(`${url}/ok`);
    await seen.settled(2);
    expect(seen.calls()).toEqual([{ ...series(expected(host), 'GET', 200), times: 2 }]);
  });

  it('takes the entry with a port before the one without, whatever the case', async () => {
    const { host, url } = await testServer();
    const local = host.replace('127.0.0.1', 'LocalHost');
    const seen = observed({ names: { localhost: 'without', [local]: 'with', '*.localhost': 'domain' } });
    await NODE.ask(`${url.replace('127.0.0.1', 'LOCALHOST')}/ok`);
    await seen.settled(1);
    expect(seen.calls()).toEqual([series('with', 'GET', 200)]);
  });

  it('leaves the default port out', async () => {
    const seen = observed({ names: { 'named.invalid:443': 'named', '[::1]:81': 'six' } });
    const urls = ['http://plain.invalid', 'https://plain.invalid', 'https://named.invalid/', 'http://[::1]:81'];
    for (const url of urls) for (const [, client] of BOTH.slice(0, 1)) await client.ask(url).catch(() => {});
    await NODE.ask('http://[::1]:81').catch(() => {});
    await seen.settled(5);
    expect(seen.calls().map((call) => call['boundary.to'])).toEqual(['plain.invalid', 'named', 'six']);
  });

  it('has so many hosts without a name, and tells once of those that are "other"', async () => {
    const seen = observed({ hosts: 3, names: { 'host9.invalid': 'nine' } });
    for (let n = 0; n < 10; n++) await FETCH.ask(`http://host${n}.invalid`).catch(() => {});
    await FETCH.ask('http://host1.invalid').catch(() => {});
    await seen.settled(11);
    expect(new Set(seen.calls().map((call) => call['boundary.to']))).toEqual(
      new Set(['host0.invalid', 'host1.invalid', 'host2.invalid', 'nine', 'other']),
    );
    expect(seen.problems).toEqual([
      'More than 3 hosts without a name were called; further ones, such as "host3.invalid", are recorded as "other". Give them "names", or raise "hosts".',
    ]);
  });
});

describe('options', () => {
  it.each<[string, object, string]>([
    ['skp', { skp: () => true }, 'did you mean "skip"?'],
    ['hosts', { hosts: -1 }, '"hosts" of observeHttpCalls is -1'],
    ['skip', { skip: '/health' }, '"skip" of observeHttpCalls is not a function'],
    ['operation', { operation: 'get' }, '"operation" of observeHttpCalls is not a function'],
    ['names', { names: null }, '"names" of observeHttpCalls is no object'],
    [
      'a URL in names',
      { names: { 'https://api.stripe.com': 'stripe' } },
      'has "https://api.stripe.com", which is no host',
    ],
    ['a path in names', { names: { 'api.stripe.com/v1': 'stripe' } }, 'which is no host'],
    ['a star in the midst', { names: { 'api.*.com': 'x' } }, 'which is no host'],
    ['a name that is no text', { names: { 'api.stripe.com': '' } }, 'has no name for "api.stripe.com"'],
  ])('that are wrong are told at once: %s', (_, options, message) => {
    const telemetry = createTelemetry({ service: { name: 'shop' }, shutdown: { signals: false } });
    onTestFinished(() => telemetry.shutdown());
    expect(() => observeHttpCalls(telemetry, options)).toThrow(message);
    expect(() => observeHttpCalls(telemetry, options)).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
    expect(listening()).toEqual([]);
  });

  it('need a telemetry', () => {
    expect(() => observeHttpCalls(undefined as unknown as Telemetry)).toThrow('observeHttpCalls needs a telemetry');
  });

  it.each(BOTH)('skip leaves calls of %s alone, which then carry no trace headers', async (_, client) => {
    const server = await testServer();
    const skipped: string[] = [];
    const seen = observed({
      skip: ({ method, url, path, host, origin }) => {
        skipped.push(`${method} ${url} ${origin} ${host} ${path}`);
        return path === '/ok';
      },
    });
    await client.ask(`${server.url}/ok?q=1`);
    await client.ask(`${server.url}/empty`);
    await seen.settled(1);
    expect(skipped[0]).toBe(`GET ${server.url}/ok?q=1 ${server.url} ${server.host} /ok`);
    expect(server.requests.map(({ headers }) => 'traceparent' in headers)).toEqual([false, true]);
  });

  it.each(BOTH)('operation names calls of %s, and the method does where it gives nothing', async (_, client) => {
    const { url } = await testServer();
    const seen = observed({
      names: { '127.0.0.1': 'server' },
      operation: ({ path }) => (path === '/ok' ? 'look' : undefined),
    });
    await client.ask(`${url}/ok`);
    await client.ask(`${url}/empty`, { method: 'DELETE' });
    await seen.settled(2);
    expect(seen.calls()).toEqual([series('server', 'look', 200), series('server', 'DELETE', 204)]);
    expect((await seen.spans()).map(({ name }) => name)).toEqual(['GET', 'DELETE']);
  });

  it('that throw skip nothing, name nothing, and are told once', async () => {
    const { url } = await testServer();
    const fail = () => {
      throw new Error('not today');
    };
    const seen = observed({ names: { '127.0.0.1': 'server' }, skip: fail, operation: fail });
    for (const [, client] of BOTH) await client.ask(`${url}/ok`);
    await seen.settled(2);
    expect(seen.calls()).toEqual([{ ...series('server', 'GET', 200), times: 2 }]);
    expect(seen.problems).toEqual([
      '"skip" of observeHttpCalls failed, so the call is recorded: not today',
      '"operation" of observeHttpCalls failed, so the call is recorded by its method: not today',
    ]);
  });
});

describe('observing', () => {
  it('twice with one telemetry, or with services of it, is observing once', async () => {
    const { url } = await testServer();
    const seen = observed();
    const again = observeHttpCalls(seen.telemetry);
    const service = observeHttpCalls(seen.telemetry.forService('auth'));
    await FETCH.ask(`${url}/ok`);
    await seen.settled(1);
    again();
    service();
    await NODE.ask(`${url}/ok`);
    await seen.settled(2);
  });

  it('with two telemetries records each call in both, in one trace', async () => {
    const server = await testServer();
    const [a, b] = [observed(), observed()];
    await FETCH.ask(`${server.url}/ok`);
    await NODE.ask(`${server.url}/ok`);
    await Promise.all([a.settled(2), b.settled(2)]);
    expect(server.requests.map(({ rawHeaders }) => rawHeaders.filter((one) => one === 'traceparent').length)).toEqual([
      1, 1,
    ]);
  });

  it('ends for new calls at once, and for those under way with them', async () => {
    const server = await testServer();
    const seen = observed();
    const asked = [FETCH.ask(`${server.url}/held`), NODE.ask(`${server.url}/held`)];
    await server.asked(2);
    seen.stop();
    seen.stop();
    await FETCH.ask(`${server.url}/ok`);
    await NODE.ask(`${server.url}/ok`);
    expect([seen.active(), seen.count()]).toEqual([2, 0]);
    server.release();
    await Promise.all(asked);
    await seen.settled(2);
    expect(listening()).toEqual([]);
    const stop = observeHttpCalls(seen.telemetry);
    await FETCH.ask(`${server.url}/ok`);
    await seen.settled(3);
    stop();
    expect(listening()).toEqual([]);
  });

  it('does nothing where boundary calls are switched off', async () => {
    const { url } = await testServer();
    const seen = observed({}, { operations: { disable: ['boundary'] } });
    expect(listening()).toEqual([]);
    await FETCH.ask(`${url}/ok`);
    expect(seen.count()).toBe(0);
  });

  it.each(BOTH)('says whose call of %s it is, where several services share a process', async (_, client) => {
    const { url } = await testServer();
    const { telemetry, ...seen } = observed();
    const auth = telemetry.forService('auth');
    await client.ask(`${url}/ok`);
    await auth.span('log in', () => client.ask(`${url}/ok`));
    await auth.request({ method: 'GET' }, () =>
      telemetry.forService('audit').span('write', () => client.ask(`${url}/ok`)),
    );
    await seen.settled(3);
    const froms = telemetry
      .snapshot()
      .metrics.filter(({ name }) => name === 'boundary.call.duration')
      .flatMap(({ points }) => points.map(({ attributes }) => attributes['boundary.from']));
    expect(froms.toSorted()).toEqual(['audit', 'auth', 'shop']);
  });

  it.each(BOTH)("leaves what Telltale's exporters send by %s alone", async (_, client) => {
    const server = await testServer();
    const exporter: Exporter = {
      name: 'backend',
      exportMetrics: async () => void (await client.ask(`${server.url}/ok`)),
      exportSpans: async () => void (await client.ask(`${server.url}/ok`)),
      start: async () => void (await client.ask(`${server.url}/ok`)),
      shutdown: async () => void (await client.ask(`${server.url}/ok`)),
    };
    const { telemetry, ...seen } = observed({}, { exporters: [exporter] });
    await telemetry.flush();
    await telemetry.span('work', () => telemetry.flush());
    await telemetry.flush();
    await telemetry.shutdown();
    expect(server.requests.length).toBeGreaterThanOrEqual(4);
    expect(server.requests.some(({ headers }) => 'traceparent' in headers)).toBe(false);
    expect([seen.count(), seen.active()]).toEqual([0, 0]);
  });

  it('survives messages on the channels that it does not understand, and tells of them', async () => {
    const seen = observed();
    const uncaught = vi.fn();
    process.on('uncaughtException', uncaught);
    onTestFinished(() => void process.off('uncaughtException', uncaught));
    channel('undici:request:create').publish({});
    channel('http.client.request.created').publish(undefined);
    channel('undici:request:headers').publish({ request: {}, response: null });
    await new Promise((resolve) => setImmediate(resolve));
    expect(uncaught).not.toHaveBeenCalled();
    expect(seen.problems).toHaveLength(3);
    expect(seen.problems[0]).toMatch(/^A message of undici:request:create is not understood: /);
  });
});
