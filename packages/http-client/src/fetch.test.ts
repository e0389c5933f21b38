import { once } from 'node:events';
import { connect, createSecureServer, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { observed, series } from './observed.test-support.ts';
import { SELF_SIGNED } from './self-signed.test-support.ts';
import { testServer } from './test-server.test-support.ts';

const NAMES = { names: { '127.0.0.1': 'server', localhost: 'server' } };

describe('fetch', () => {
  it('records a certificate that is not trusted', async () => {
    const server = createSecureServer({ ...SELF_SIGNED, allowHTTP1: true }, (_request, response) => response.end());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void server.close());
    const seen = observed(NAMES);
    await expect(fetch(`https://localhost:${(server.address() as AddressInfo).port}`)).rejects.toThrow();
    await seen.settled(1);
    expect(seen.calls()).toEqual([series('server', 'GET', undefined, 'DEPTH_ZERO_SELF_SIGNED_CERT')]);
  });

  it('records one call for each hop of a redirect that it follows', async () => {
    const server = await testServer();
    const seen = observed(NAMES);
    expect(await (await fetch(`${server.url}/moved`)).text()).toBe('ok');
    await seen.settled(3);
    expect(seen.calls()).toEqual(
      expect.arrayContaining([302, 307, 200].map((status) => series('server', 'GET', status))),
    );
    const spans = await seen.spans();
    expect(spans.map(({ attributes }) => attributes['http.request.resend_count'])).toEqual([undefined, 1, 2]);
    expect(spans.map(({ spanId }) => spanId)).toEqual(
      server.requests.map(({ headers }) => String(headers.traceparent).split('-')[2]),
    );
  });

  it('records nothing for what is never sent', async () => {
    const server = await testServer();
    const seen = observed(NAMES);
    await expect(fetch(server.url, { signal: AbortSignal.abort() })).rejects.toThrow();
    await expect(fetch('http://user:pass@127.0.0.1')).rejects.toThrow();
    await fetch('data:text/plain,hello');
    expect([seen.active(), seen.count(), server.requests.length]).toEqual([0, 0, 0]);
  });

  it('lets the status stand when the body is cancelled, and ends the call then', async () => {
    const { url } = await testServer();
    const seen = observed(NAMES);
    await (await fetch(`${url}/stream`)).body?.cancel();
    await (await fetch(`${url}/unavailable-stream`)).body?.cancel();
    await seen.settled(2);
    expect(seen.calls()).toEqual([series('server', 'GET', 200), series('server', 'GET', 503, '503')]);
  });

  it('ends a call whose answer nobody holds any more', async () => {
    const { url } = await testServer();
    const seen = observed(NAMES);
    await (async () => void (await fetch(`${url}/big`)).status)();
    expect(seen.active()).toBe(1);
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    await vi.waitFor(
      () => {
        collectGarbage();
        expect(seen.count()).toBe(1);
      },
      { timeout: 20_000 },
    );
    expect(seen.calls()).toEqual([series('server', 'GET', 200)]);
  });

  it('leaves nothing open for a WebSocket, whether undici tells of it or not', async () => {
    const { host } = await testServer();
    const seen = observed(NAMES);
    const socket = new WebSocket(`ws://${host}/chat`);
    await once(socket, 'error'); // the server is none for WebSockets
    await vi.waitFor(() => expect(seen.active()).toBe(0));
    socket.close();
  });
});

describe('node:http2', () => {
  it('is not seen: it has no such channels', async () => {
    const server = createServer((_request, response) => response.end());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void server.close());
    const seen = observed();
    const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await once(session.request({ ':path': '/' }).resume(), 'end');
    session.close();
    expect([seen.active(), seen.count()]).toEqual([0, 0]);
  });
});
