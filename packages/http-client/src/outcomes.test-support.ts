import { describe, expect, it } from 'vitest';
import type { Client } from './clients.test-support.ts';
import { observed, series } from './observed.test-support.ts';
import { closedPort, testServer } from './test-server.test-support.ts';

/** The cases that all clients have in common. */
export function outcomesOf(clients: readonly Client[]): void {
  const named = clients.map((client) => [client.name, client] as const);
  describe.each(named)('%s', (_name, client) => {
    it.each([
      ['/ok', 'GET', 200, 2],
      ['/ok', 'HEAD', 200, 0],
      ['/empty', 'GET', 204, 0],
      ['/unchanged', 'GET', 304, 0],
      ['/moved', 'GET', 302, 0],
      ['/hints', 'GET', 200, undefined],
      ['/chunked', 'GET', 200, undefined],
      ['/big', 'GET', 200, 3_000_000],
    ])('records %s by %s as %i, without an error', async (path, method, status, bytes) => {
      const { url } = await testServer();
      const seen = observed({ names: { '127.0.0.1': 'server' } });
      expect((await client.ask(url + path, { method })).status).toBe(status);
      await seen.settled(1);
      expect(seen.calls()).toEqual([series('server', method, status)]);
      if (bytes !== undefined) expect(seen.bytes('received')).toBe(bytes);
      const [span] = await seen.spans();
      expect(span).toMatchObject({ name: method, status: 'unset', events: [] });
      expect(seen.problems).toEqual([]);
    });

    it.each([
      ['/refused', 404],
      ['/unavailable', 503],
    ])('records %s as %i, which is its error.type', async (path, status) => {
      const { url } = await testServer();
      const seen = observed({ names: { '127.0.0.1': 'server' } });
      await client.ask(url + path);
      await seen.settled(1);
      expect(seen.calls()).toEqual([series('server', 'GET', status, `${status}`)]);
      expect((await seen.spans())[0]).toMatchObject({ status: 'error', attributes: { 'error.type': `${status}` } });
    });

    it.each([
      ['/reset', 'ECONNRESET', 'ECONNRESET'],
      ['/hangup', 'UND_ERR_SOCKET', 'ECONNRESET'],
    ])('records %s, which gives no answer, as %s (undici) or %s (node:http)', async (path, undici, node) => {
      const { url } = await testServer();
      const seen = observed({ names: { '127.0.0.1': 'server' } });
      await expect(client.ask(url + path)).rejects.toThrow();
      await seen.settled(1);
      const type = client.undici > 0 ? undici : node;
      expect(seen.calls()).toEqual([series('server', 'GET', undefined, type)]);
      const [span] = await seen.spans();
      expect(span).toMatchObject({ status: 'error', attributes: { 'error.type': type } });
      expect(span?.events.map(({ name }) => name)).toEqual(['exception']);
    });

    it.each([
      ['/reset-midway', 'ECONNRESET', 'ECONNRESET'],
      ['/hangup-midway', 'UND_ERR_SOCKET', 'ECONNRESET'],
    ])('records %s with the status that came and the error that followed', async (path, undici, node) => {
      const { url } = await testServer();
      const seen = observed({ names: { '127.0.0.1': 'server' } });
      await expect(client.ask(url + path)).rejects.toThrow();
      await seen.settled(1);
      expect(seen.calls()).toEqual([series('server', 'GET', 200, client.undici > 0 ? undici : node)]);
    });

    it('records an answer that is no HTTP', async () => {
      const { url } = await testServer();
      const seen = observed();
      await expect(client.ask(`${url}/garbage`)).rejects.toThrow();
      await seen.settled(1);
      expect(seen.calls()).toMatchObject([
        { 'error.type': expect.stringMatching(/^(HPE_INVALID_CONSTANT|HTTPParserError)$/) },
      ]);
    });

    it('records a connection that is refused', async () => {
      const seen = observed({ names: { '127.0.0.1': 'server' } });
      await expect(
        client.ask(`http://127.0.0.1:${await closedPort()}`, { method: 'POST', body: 'x' }),
      ).rejects.toThrow();
      await seen.settled(1);
      expect(seen.calls()).toEqual([series('server', 'POST', undefined, 'ECONNREFUSED')]);
      expect(seen.bytes('sent')).toBe(0);
    });

    it('records a name that does not exist', async () => {
      const seen = observed();
      await expect(client.ask('http://nowhere.invalid/')).rejects.toThrow();
      await seen.settled(1);
      expect(seen.calls()).toMatchObject([{ 'boundary.to': 'nowhere.invalid' }]);
      expect(seen.calls()[0]?.['error.type']).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/);
    });

    it('records a call that its caller gives up before the answer as AbortError', async () => {
      const server = await testServer();
      const seen = observed({ names: { '127.0.0.1': 'server' } });
      const controller = new AbortController();
      const answer = client.ask(`${server.url}/never`, { signal: controller.signal });
      await server.asked(1);
      expect(seen.active()).toBe(1);
      controller.abort();
      await expect(answer).rejects.toThrow();
      await seen.settled(1);
      expect(seen.calls()).toEqual([series('server', 'GET', undefined, 'AbortError')]);
    });

    it('counts the bytes of a body whose length is known', async () => {
      const { url } = await testServer();
      const seen = observed();
      expect((await client.ask(`${url}/echo`, { method: 'POST', body: '€'.repeat(1000) })).body).toBe('3000');
      await seen.settled(1);
      expect([seen.bytes('sent'), seen.bytes('received')]).toEqual([3000, 4]);
    });

    it('takes no time of the body for the time of the call, but for that of its span', async () => {
      const server = await testServer();
      const seen = observed();
      const answer = client.ask(`${server.url}/held`);
      await server.asked(1);
      await seen.clock.advance(2);
      server.release();
      await answer;
      await seen.settled(1);
      expect(seen.duration()).toBe(2);
    });

    it('keeps nothing open after 20 calls at once that fare differently', async () => {
      const server = await testServer();
      const seen = observed();
      const paths = ['/ok', '/reset', '/unavailable', '/hangup-midway', '/chunked'];
      const asked = await Promise.allSettled(
        Array.from({ length: 20 }, (_, n) => client.ask(server.url + paths[n % 5])),
      );
      expect(asked.filter(({ status }) => status === 'rejected')).toHaveLength(8);
      await seen.settled(server.requests.length);
      expect(server.requests).toHaveLength(20);
      expect(await seen.spans()).toHaveLength(20);
    });
  });

  describe.each(named.filter(([, { holds }]) => holds))(
    '%s, with an answer that is not read to its end',
    (_name, client) => {
      it('lets the status stand when the caller gives up in the midst of the body', async () => {
        const server = await testServer();
        const seen = observed({ names: { '127.0.0.1': 'server' } });
        const controller = new AbortController();
        await client.ask(`${server.url}/stream`, { signal: controller.signal, headOnly: true });
        await seen.clock.advance(60);
        expect(seen.active()).toBe(1);
        controller.abort();
        await seen.settled(1);
        expect(seen.calls()).toEqual([series('server', 'GET', 200)]);
        expect(seen.duration()).toBe(0);
        const [span] = await seen.spans();
        expect((span?.endTime ?? 0) - (span?.startTime ?? 0)).toBe(60);
      });

      it('keeps a status that says it failed', async () => {
        const server = await testServer();
        const seen = observed({ names: { '127.0.0.1': 'server' } });
        await client.ask(`${server.url}/unavailable-stream`, { headOnly: true });
        server.crash();
        await seen.settled(1);
        expect(seen.calls()).toEqual([series('server', 'GET', 503, '503')]);
      });

      it('ends a call whose body is never read with its connection', async () => {
        const server = await testServer();
        const seen = observed({ names: { '127.0.0.1': 'server' } });
        await client.ask(`${server.url}/stream`, { headOnly: true });
        expect([seen.active(), seen.count()]).toEqual([1, 0]);
        server.crash();
        await seen.settled(1);
        expect(seen.calls()).toMatchObject([{ 'http.response.status_code': 200 }]);
      });

      it('records a time limit that passes as TimeoutError', async () => {
        const server = await testServer();
        const seen = observed({ names: { '127.0.0.1': 'server' } });
        await expect(client.ask(`${server.url}/never`, { signal: AbortSignal.timeout(20) })).rejects.toThrow();
        await client.ask(`${server.url}/stream`, { signal: AbortSignal.timeout(200), headOnly: true });
        await seen.settled(2);
        // `request` of undici makes all reasons one once the head is here, undici 5 always does.
        const isVague = /^undici \d$/.test(client.name);
        expect(seen.calls()).toEqual([
          series('server', 'GET', undefined, client.undici === 5 ? 'AbortError' : 'TimeoutError'),
          series('server', 'GET', 200, isVague ? undefined : 'TimeoutError'),
        ]);
      });

      it('counts a body in pieces of its own, where the client tells', async () => {
        const { url } = await testServer();
        const seen = observed();
        await client.ask(`${url}/echo`, { method: 'POST', body: ['one', 'two', 'three'] });
        await seen.settled(1);
        expect(seen.bytes('sent')).toBe(client.undici >= 7 ? 11 : 0);
      });
    },
  );
}
