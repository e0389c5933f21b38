import { once } from 'node:events';
import { Agent, type ClientRequest, get, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { createServer as createTlsServer, get as getByTls } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import axios from 'axios';
import got from 'got';
import { describe, expect, it, onTestFinished } from 'vitest';
import { textOf } from './clients.test-support.ts';
import { observed, series } from './observed.test-support.ts';
import { SELF_SIGNED } from './self-signed.test-support.ts';
import { testServer } from './test-server.test-support.ts';

const NAMES = { names: { '127.0.0.1': 'server', localhost: 'server' } };

/** What became of the request: its text, or the code of its error. */
async function outcomeOf(sent: ClientRequest): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  sent.on('response', (response: IncomingMessage) => textOf(response).then(resolve, (error) => resolve(error.code)));
  sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  return promise;
}

describe('node:http', () => {
  it.each<[string, string, (sent: ClientRequest) => void, string]>([
    ['destroy() before the answer', '/never', (sent) => sent.destroy(), 'AbortError'],
    ['destroy(error) before the answer', '/never', (sent) => sent.destroy(new RangeError('mine')), 'RangeError'],
    ['abort() before the answer', '/never', (sent) => sent.abort(), 'AbortError'],
  ])('records %s', async (_, path, end, type) => {
    const server = await testServer();
    const seen = observed(NAMES);
    const sent = get(server.url + path);
    const outcome = outcomeOf(sent);
    await server.asked(1);
    end(sent);
    await outcome;
    await seen.settled(1);
    expect(seen.calls()).toEqual([series('server', 'GET', undefined, type)]);
  });

  it('records a request that is destroyed before it has a connection', async () => {
    const server = await testServer();
    const seen = observed(NAMES);
    const sent = get(server.url);
    const outcome = outcomeOf(sent);
    sent.destroy();
    await outcome;
    await seen.settled(1);
    expect(seen.calls()).toEqual([series('server', 'GET', undefined, 'AbortError')]);
    expect(server.requests).toEqual([]);
  });

  it.each<[string, (response: IncomingMessage, sent: ClientRequest) => void, string | undefined]>([
    ['response.destroy()', (response) => response.destroy(), undefined],
    ['request.destroy()', (_, sent) => sent.destroy(), undefined],
    ['response.destroy(error)', (response) => response.destroy(new RangeError('mine')), 'RangeError'],
    ['request.destroy(error)', (_, sent) => sent.destroy(new RangeError('mine')), 'RangeError'],
  ])('records %s in the midst of the answer', async (_, end, type) => {
    const { url } = await testServer();
    const seen = observed(NAMES);
    const sent = get(`${url}/stream`);
    sent.on('error', () => {});
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.on('error', () => {});
    await once(response, 'data');
    end(response, sent);
    await seen.settled(1);
    expect(seen.calls()).toEqual([series('server', 'GET', 200, type)]);
  });

  it('records a time limit by the error that it is destroyed with', async () => {
    const { url } = await testServer();
    const seen = observed(NAMES);
    const sent = get(`${url}/never`, { timeout: 20 });
    sent.on('timeout', () => sent.destroy(Object.assign(new Error('too slow'), { code: 'ETIMEDOUT' })));
    expect(await outcomeOf(sent)).toBe('ETIMEDOUT');
    await seen.settled(1);
    expect(seen.calls()).toEqual([series('server', 'GET', undefined, 'ETIMEDOUT')]);
  });

  it('records the time limits of axios and got by what they call them', async () => {
    const { url } = await testServer();
    const seen = observed(NAMES);
    await expect(axios.get(`${url}/never`, { timeout: 50 })).rejects.toThrow();
    await expect(got(`${url}/never`, { timeout: { request: 50 }, retry: { limit: 0 } })).rejects.toThrow();
    await expect(got(`${url}/stream`, { timeout: { request: 100 }, retry: { limit: 0 } })).rejects.toThrow();
    await seen.settled(3);
    expect(seen.calls()).toEqual([
      series('server', 'GET', undefined, 'ECONNABORTED'),
      series('server', 'GET', undefined, 'ETIMEDOUT'),
      series('server', 'GET', 200, 'ETIMEDOUT'),
    ]);
  });

  it('records an answer that nobody listens for', async () => {
    const { url } = await testServer();
    const seen = observed(NAMES);
    get(`${url}/ok`);
    await seen.settled(1);
    expect(seen.calls()).toEqual([series('server', 'GET', 200)]);
  });

  it('keeps a request that is never finished in flight until its connection ends', async () => {
    const server = await testServer();
    const seen = observed(NAMES);
    const sent = request(`${server.url}/echo`, { method: 'POST' });
    const outcome = outcomeOf(sent);
    sent.write('some of it');
    await server.asked(1);
    expect([seen.active(), seen.count()]).toEqual([1, 0]);
    server.crash();
    expect(await outcome).toBe('ECONNRESET');
    await seen.settled(1);
    expect(seen.calls()).toEqual([series('server', 'POST', undefined, 'ECONNRESET')]);
  });

  it('records an answer that comes before the request is finished', async () => {
    const { url } = await testServer();
    const seen = observed(NAMES);
    const sent = request(`${url}/early`, { method: 'POST' });
    const outcome = outcomeOf(sent);
    sent.write('some of it');
    expect(await outcome).toBe('too long');
    sent.end();
    await seen.settled(1);
    expect(seen.calls()).toEqual([series('server', 'POST', 413, '413')]);
  });

  it('records each call of a connection that is kept alive, with the bytes of each', async () => {
    const { url } = await testServer();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const seen = observed(NAMES);
    for (let n = 1; n <= 3; n++) {
      const sent = request(`${url}/echo`, { method: 'POST', agent });
      const outcome = outcomeOf(sent);
      sent.end('x'.repeat(n));
      expect(await outcome).toBe(`${n}`);
      expect(sent.reusedSocket).toBe(n > 1);
    }
    await seen.settled(3);
    expect(seen.calls()).toEqual([{ ...series('server', 'POST', 200), times: 3 }]);
    expect([seen.bytes('sent'), seen.bytes('received')]).toEqual([6, 3]);
  });

  it('keeps the calls of different traces apart when they wait for one connection', async () => {
    const server = await testServer();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const { telemetry, ...seen } = observed(NAMES);
    const parents = await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        telemetry.span(name, async (span) => {
          await outcomeOf(get(`${server.url}/ok`, { agent }));
          return span.spanContext().spanId;
        }),
      ),
    );
    await seen.settled(3);
    expect((await seen.spans()).map((span) => span.parentSpanId).toSorted()).toEqual(parents.toSorted());
  });

  it.each<[string, RequestOptions]>([
    ['headers given as an array', { headers: ['host', 'localhost', 'x-own', '1'] }],
    ['headers with Expect', { headers: { 'x-own': '1', expect: '100-continue' } }],
  ])('leaves %s as they are, which Node has finished by then, and records the call', async (_, options) => {
    const server = await testServer();
    const seen = observed(NAMES);
    expect(await outcomeOf(get(`${server.url}/ok`, options))).toBe('ok');
    await seen.settled(1);
    expect(seen.calls()).toEqual([series('server', 'GET', 200)]);
    expect(server.requests[0]?.headers).toMatchObject({ 'x-own': '1' });
    expect(server.requests[0]?.headers).not.toHaveProperty('traceparent');
    expect(seen.problems).toEqual([]);
  });

  it.each([
    ['/chat', 'upgrade', 101],
    ['/no-upgrade', 'response', 426],
  ])('records the answer to an upgrade at %s, not the connection after it', async (path, event, status) => {
    const { url } = await testServer();
    const seen = observed(NAMES);
    const sent = get(url + path, { headers: { connection: 'upgrade', upgrade: 'chat' } });
    sent.on('upgrade', () => {});
    const [response, socket] = (await once(sent, event)) as [IncomingMessage, Socket?];
    if (socket === undefined) response.resume();
    await seen.settled(1);
    expect(seen.calls()).toEqual([series('server', 'GET', status, status < 400 ? undefined : `${status}`)]);
    expect(socket?.destroyed).toBe(status === 101 ? false : undefined);
    socket?.destroy();
  });

  it('records an upgrade that nobody listens for, which Node breaks off as without us', async () => {
    const { url } = await testServer();
    const seen = observed(NAMES);
    const sent = get(`${url}/chat`, { headers: { connection: 'upgrade', upgrade: 'chat' } });
    await once(sent, 'close');
    await seen.settled(1);
    expect(sent.socket?.destroyed).toBe(true);
    expect(seen.calls()).toEqual([series('server', 'GET', 101)]);
  });

  it('records a tunnel as the call of the proxy that it is', async () => {
    const { url } = await testServer();
    const seen = observed(NAMES);
    const sent = request(url, { method: 'CONNECT', path: 'api.internal:443' }).end();
    const [, socket] = (await once(sent, 'connect')) as [IncomingMessage, Socket];
    await seen.settled(1);
    expect(seen.calls()).toEqual([series('server', 'CONNECT', 200)]);
    socket.destroy();
  });

  it('records a request to a proxy as the call of what it is for', async () => {
    const { host, url } = await testServer();
    const seen = observed({ names: { 'api.internal:8080': 'api' } });
    const [hostname, port] = host.split(':');
    const target = 'http://user:pass@api.internal:8080/ok?key=secret';
    await outcomeOf(get({ hostname, port, path: target, headers: { host: 'api.internal:8080' } }));
    await seen.settled(1);
    expect(seen.calls()).toMatchObject([{ 'boundary.to': 'api' }]);
    expect((await seen.spans())[0]?.attributes).toMatchObject({
      'url.full': 'http://api.internal:8080/ok?key=REDACTED',
      'server.address': 'api.internal',
      'server.port': 8080,
    });
    expect(url).toContain(hostname);
  });
});

describe('node:https', () => {
  async function secureServer(): Promise<string> {
    const server = createTlsServer(SELF_SIGNED, ({ url, socket }, response) => {
      if (url === '/hangup') socket.destroy();
      else response.end('secret');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    return `https://localhost:${(server.address() as AddressInfo).port}`;
  }

  it('is recorded like node:http', async () => {
    const url = await secureServer();
    const seen = observed(NAMES);
    expect(await outcomeOf(getByTls(url, { ca: SELF_SIGNED.cert }))).toBe('secret');
    await seen.settled(1);
    expect(seen.calls()).toEqual([series('server', 'GET', 200)]);
    expect((await seen.spans())[0]?.attributes['url.full']).toBe(`${url}/`);
  });

  it('tells a server that hangs up from a caller that gives up', async () => {
    const url = await secureServer();
    const seen = observed(NAMES);
    expect(await outcomeOf(getByTls(`${url}/hangup`, { ca: SELF_SIGNED.cert }))).toBe('ECONNRESET');
    const sent = getByTls(url, { ca: SELF_SIGNED.cert });
    const outcome = outcomeOf(sent);
    await once(sent, 'socket');
    sent.destroy();
    expect(await outcome).toBe('ECONNRESET');
    await seen.settled(2);
    expect(seen.calls()).toEqual([
      series('server', 'GET', undefined, 'ECONNRESET'),
      series('server', 'GET', undefined, 'AbortError'),
    ]);
  });

  it('records a certificate that is not trusted', async () => {
    const url = await secureServer();
    const seen = observed(NAMES);
    expect(await outcomeOf(getByTls(url))).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
    await seen.settled(1);
    expect(seen.calls()).toEqual([series('server', 'GET', undefined, 'DEPTH_ZERO_SELF_SIGNED_CERT')]);
  });
});
