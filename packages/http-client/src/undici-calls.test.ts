import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { observed, series } from './observed.test-support.ts';
import { SELF_SIGNED } from './self-signed.test-support.ts';
import { closedPort, testServer } from './test-server.test-support.ts';
import { COPIES } from './undici-clients.test-support.ts';

const NAMES = { names: { '127.0.0.1': 'server', localhost: 'server' } };

const copies = Object.entries(COPIES).map(([version, undici]) => [Number(version), undici] as const);
/** Since 5 there are interceptors and agents that try again. */
const newer = copies.filter(([version]) => version > 5);

function closing<T extends { destroy(): Promise<void> }>(dispatcher: T): T {
  onTestFinished(() => void dispatcher.destroy().catch(() => {}));
  return dispatcher;
}

describe.each(copies)('undici %i', (version, undici) => {
  it('records each call of a connection that is kept alive', async () => {
    const { url } = await testServer();
    const client = closing(new undici.Client(url));
    const seen = observed(NAMES);
    for (let n = 0; n < 5; n++) await (await client.request({ path: '/ok', method: 'GET' })).body.text();
    await seen.settled(5);
    expect(seen.calls()).toEqual([{ ...series('server', 'GET', 200), times: 5 }]);
  });

  it('records each of several requests that are pipelined, and which of them broke', async () => {
    const server = await testServer();
    const client = closing(new undici.Client(server.url, { pipelining: 5 }));
    const seen = observed(NAMES);
    await (await client.request({ path: '/ok', method: 'GET' })).body.text();
    const paths = ['/chunked', '/ok', '/reset', '/ok', '/refused'];
    const results = await Promise.allSettled(
      paths.map(async (path) => {
        const { statusCode, body } = await client.request({ path, method: 'GET' });
        await body.text();
        return statusCode;
      }),
    );
    await seen.settled(6);
    const broken = results.filter(({ status }) => status === 'rejected').length;
    expect(broken).toBeGreaterThan(0);
    const failed = seen.calls().filter((call) => call['http.response.status_code'] === undefined);
    expect(failed.reduce((sum, { times = 1 }) => sum + Number(times), 0)).toBe(broken);
    expect(failed.every((call) => /^(ECONNRESET|UND_ERR_SOCKET)$/.test(String(call['error.type'])))).toBe(true);
    expect(seen.calls()).toContainEqual({ ...series('server', 'GET', 200), times: 5 - broken });
    expect(seen.calls()).toContainEqual(series('server', 'GET', 404, '404'));
  });

  it.each<[string, object, string]>([
    ['/never', { headersTimeout: 50 }, 'UND_ERR_HEADERS_TIMEOUT'],
    ['/stream', { bodyTimeout: 50 }, 'UND_ERR_BODY_TIMEOUT'],
  ])('records the time limit of %s', async (path, options, type) => {
    const { url } = await testServer();
    const dispatcher = closing(new undici.Agent());
    const seen = observed(NAMES);
    const answer = undici.request(url + path, { dispatcher, ...options }).then(({ body }) => body.text());
    await expect(answer).rejects.toMatchObject({ code: type });
    await seen.settled(1);
    expect(seen.calls()).toMatchObject([{ 'error.type': type }]);
  });

  it('records what waits and what runs when its client is destroyed', async () => {
    const server = await testServer();
    const client = new undici.Client(server.url);
    const seen = observed(NAMES);
    const asked = [1, 2, 3].map(() => client.request({ path: '/never', method: 'GET' }));
    const results = Promise.allSettled(asked);
    await server.asked(1);
    await client.destroy();
    await results;
    await seen.settled(3);
    expect(seen.calls()).toEqual([{ ...series('server', 'GET', undefined, 'UND_ERR_DESTROYED'), times: 3 }]);
  });

  it('records a call that is given up while it waits for a connection', async () => {
    const server = await testServer();
    const client = closing(new undici.Client(server.url));
    const seen = observed(NAMES);
    const controller = new AbortController();
    const first = client.request({ path: '/held', method: 'GET' }).then(({ body }) => body.text());
    const second = client.request({ path: '/ok', method: 'GET', signal: controller.signal });
    second.catch(() => {});
    await server.asked(1);
    controller.abort();
    server.release();
    await first;
    await expect(second).rejects.toThrow();
    await seen.settled(2);
    expect(seen.calls()).toEqual(expect.arrayContaining([series('server', 'GET', undefined, 'AbortError')]));
    expect(server.requests).toHaveLength(1);
  });

  it('keeps the calls of different traces apart when they wait for a limited pool', async () => {
    const server = await testServer((_request, response) => {
      setTimeout(() => response.end(), 10);
      return true;
    });
    const dispatcher = closing(new undici.Agent({ connections: 2 }));
    const { telemetry, ...seen } = observed(NAMES);
    const get = async (path: string) => (await undici.request(server.url + path, { dispatcher })).body.text();
    await Promise.all([get('/warm/1'), get('/warm/2')]);
    const parents = new Map<unknown, string>();
    const calls: Promise<unknown>[] = [];
    for (let n = 0; n < 8; n++) {
      const call = telemetry.span(`${n}`, (span) => {
        parents.set(`${server.url}/${n}`, span.spanContext().spanId);
        return get(`/${n}`);
      });
      calls.push(call);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(calls);
    await seen.settled(10);
    const spans = (await seen.spans()).slice(2);
    expect(new Map(spans.map((span) => [span.attributes['url.full'], span.parentSpanId]))).toEqual(parents);
  });

  it('records upgrades and tunnels as calls that are over once they are agreed to, or not at all where undici does not tell', async () => {
    const server = await testServer();
    const dispatcher = closing(new undici.Agent());
    const seen = observed(NAMES);
    const upgraded = await undici.upgrade(`${server.url}/chat`, { protocol: 'chat', dispatcher });
    const connected = await undici.connect({ origin: server.url, path: 'api.internal:443', dispatcher } as never);
    const told = version === 5 ? [] : [series('server', 'GET', 101), series('server', 'CONNECT', 200)];
    await seen.settled(told.length);
    expect(seen.calls()).toEqual(told);
    expect([upgraded.socket.destroyed, connected.socket.destroyed]).toEqual([false, false]);
    upgraded.socket.on('error', () => {}).destroy();
    connected.socket.on('error', () => {}).destroy();
  });
});

describe.each(newer)('undici %i', (version, undici) => {
  it('records each try of a RetryAgent, in the trace that it was made in, with how often it was tried before', async () => {
    let tries = 0;
    const server = await testServer(({ url, socket }, response) => {
      if (url !== '/flaky' || ++tries > 2) return false;
      if (tries === 1) response.writeHead(503).end();
      else socket.resetAndDestroy();
      return true;
    });
    const agent = closing(new undici.Agent({ connections: 1 }));
    const dispatcher = new undici.RetryAgent(agent, { minTimeout: 1, maxTimeout: 1 });
    const { telemetry, ...seen } = observed(NAMES);
    await telemetry.span('someone else', async () =>
      (await undici.request(`${server.url}/ok`, { dispatcher })).body.text(),
    );
    const parent = await telemetry.span('us', async (span) => {
      await (await undici.request(`${server.url}/flaky`, { dispatcher })).body.text();
      return span.spanContext().spanId;
    });
    await seen.settled(server.requests.length);
    expect(server.requests.map(({ url }) => url)).toEqual(['/ok', '/flaky', '/flaky', '/flaky']);
    expect(seen.calls()).toEqual(
      expect.arrayContaining([
        series('server', 'GET', 503, '503'),
        series('server', 'GET', undefined, 'ECONNRESET'),
        expect.objectContaining(series('server', 'GET', 404, '404')),
      ]),
    );
    const spans = (await seen.spans()).slice(1);
    // undici 7 wraps handlers anew for each try, so that they cannot be recognised.
    if (version === 7) return;
    expect(spans.map(({ parentSpanId }) => parentSpanId)).toEqual([parent, parent, parent]);
    expect(spans.map(({ attributes }) => attributes['http.request.resend_count'])).toEqual([undefined, 1, 2]);
  });
});

describe.each(copies.filter(([version]) => version > 6))('undici %i', (version, undici) => {
  it('records each hop of the redirect interceptor', async () => {
    const server = await testServer();
    const dispatcher = closing(new undici.Agent({ connections: 1 })).compose(
      undici.interceptors.redirect({ maxRedirections: 5 }),
    );
    const { telemetry, ...seen } = observed(NAMES);
    await telemetry.span('someone else', async () =>
      (await undici.request(`${server.url}/ok`, { dispatcher })).body.text(),
    );
    const parent = await telemetry.span('us', async (span) => {
      const { body } = await undici.request(`${server.url}/moved`, { dispatcher });
      expect(await body.text()).toBe('ok');
      return span.spanContext().spanId;
    });
    await seen.settled(4);
    expect(server.requests.map(({ url }) => url)).toEqual(['/ok', '/moved', '/moved-on', '/ok?q=1']);
    const hops = (await seen.spans()).slice(1);
    expect(hops.map(({ attributes }) => attributes['http.response.status_code'])).toEqual([302, 307, 200]);
    if (version === 7) return;
    expect(hops.map(({ parentSpanId }) => parentSpanId)).toEqual([parent, parent, parent]);
    expect(hops.map(({ attributes }) => attributes['http.request.resend_count'])).toEqual([undefined, 1, 2]);
  });

  it('is recorded over HTTP/2 as over HTTP/1.1', async () => {
    const server = createSecureServer(SELF_SIGNED, (request, response) => {
      if (request.url === '/broken') {
        response.write('one');
        setTimeout(() => response.stream.close(2), 20);
      } else response.end(String(request.headers.traceparent));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `https://localhost:${(server.address() as AddressInfo).port}`;
    onTestFinished(() => void server.close());
    const dispatcher = closing(new undici.Agent({ allowH2: true, connect: { ca: SELF_SIGNED.cert } }));
    const seen = observed(NAMES);
    const { body } = await undici.request(`${url}/ok`, { dispatcher });
    const traceparent = await body.text();
    const broken = undici.request(`${url}/broken`, { dispatcher }).then((response) => response.body.text());
    await expect(broken).rejects.toThrow();
    await seen.settled(2);
    expect(seen.calls()).toEqual([
      series('server', 'GET', 200),
      series('server', 'GET', 200, 'ERR_HTTP2_STREAM_ERROR'),
    ]);
    const [span] = await seen.spans();
    expect(traceparent).toBe(`00-${span?.traceId}-${span?.spanId}-01`);
    expect(span?.attributes['network.protocol.version']).toBe('2');
    expect(seen.bytes('received')).toBe(traceparent.length + 'one'.length);
  });
});

describe('a ProxyAgent', () => {
  it('records a proxy that cannot be reached as what it is', async () => {
    const dispatcher = closing(new COPIES[8].ProxyAgent(`http://127.0.0.1:${await closedPort()}`));
    const seen = observed({ names: { '127.0.0.1': 'proxy' } });
    await expect(COPIES[8].fetch('https://api.invalid/', { dispatcher })).rejects.toThrow();
    await seen.settled(seen.count());
    expect(seen.calls().every((call) => call['error.type'] !== undefined)).toBe(true);
    expect(seen.count()).toBeGreaterThan(0);
  });
});
