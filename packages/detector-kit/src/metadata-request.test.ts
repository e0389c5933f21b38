import { BackendServer, BREAKAGES, ENDLESS, openBrokenServer, runDetection } from '@telltale-internal/backends';
import { afterEach, describe, expect, it } from 'vitest';
import { requestMetadata, requestMetadataJson } from './index.ts';

const servers: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
function kept<Server extends { close(): Promise<void> }>(server: Server): Server {
  servers.push(server);
  return server;
}
const patient = (): AbortSignal => new AbortController().signal;

describe('a question to a metadata server', () => {
  it('is answered', async () => {
    const asked: unknown[] = [];
    const server = kept(
      await BackendServer.open({
        handle: ({ method, path, headers }) => {
          asked.push([method, path, headers['x-token'], headers.connection]);
          return { status: 200, headers: { 'x-flavor': 'vanilla' }, body: 'i-1' };
        },
      }),
    );
    const { text, headers } = await requestMetadata({
      url: new URL('/id', server.url),
      method: 'PUT',
      headers: { 'X-Token': 'secret' },
      signal: patient(),
    });
    expect([text, headers['x-flavor']]).toEqual(['i-1', 'vanilla']);
    expect(asked).toEqual([['PUT', '/id', 'secret', 'close']]);
  });

  it.each(['[1]', 'null', '"text"', '{', ''])('that wants an object of JSON rejects %j', async (body) => {
    const server = kept(await BackendServer.open({ handle: () => ({ status: 200, body }) }));
    const asking = requestMetadataJson({ url: new URL(server.url), signal: patient() });
    await expect(asking).rejects.toThrow();
  });

  it('takes no more bytes than it is told', async () => {
    const server = kept(await BackendServer.open({ handle: () => ({ status: 200, body: 'x'.repeat(11) }) }));
    const url = new URL('/id', server.url);
    await expect(requestMetadata({ url, limit: 10, signal: patient() })).rejects.toThrow('answered more than 10 bytes');
    expect((await requestMetadata({ url, limit: 11, signal: patient() })).text).toBe('x'.repeat(11));
  });

  it.each(BREAKAGES.filter((breakage) => !ENDLESS.includes(breakage)))(
    'comes to an end by itself when the server is broken: %s',
    async (breakage) => {
      const elsewhere = kept(await BackendServer.open({ handle: () => ({ status: 200, body: '{}' }) }));
      const server = kept(await openBrokenServer(breakage, elsewhere.url));
      const asking = requestMetadataJson({ url: new URL(server.url), signal: patient() });
      if (breakage === 'wrong JSON') await asking;
      else await expect(asking).rejects.toThrow();
      await server.idle();
      // A redirect could lead out of the machine, with the token.
      expect(elsewhere.requests()).toBe(0);
    },
  );

  it.each(ENDLESS)('that is given up leaves no connection: %s', async (breakage) => {
    const server = kept(await openBrokenServer(breakage));
    const controller = new AbortController();
    const asking = requestMetadata({ url: new URL(server.url), signal: controller.signal });
    await server.asked(1);
    controller.abort(new Error('time is over'));
    await expect(asking).rejects.toThrow();
    await server.idle();
    expect(server.connections()).toBe(1);
  });

  it('goes by no proxy, and keeps no process alive', async () => {
    const proxy = kept(await openBrokenServer('hangs'));
    const server = kept(await openBrokenServer('hangs'));
    const end = await runDetection({
      from: import.meta.url,
      source: `
        import { requestMetadata } from '@telltale/detector-kit';
        requestMetadata({ url: new URL('${server.url}'), signal: new AbortController().signal });
        process.stdin.resume();`,
      env: { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxy.url, http_proxy: proxy.url },
      until: server.asked(1),
    });
    expect(end).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(proxy.connections()).toBe(0);
  });
});
