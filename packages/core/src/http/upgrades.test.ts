import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { observeUpgrades, type Telemetry, TelemetryError, type UpgradeOptions } from '../index.ts';
import { allSeriesOf, pointsOf, testTelemetry, totalOf, tracedTelemetry } from '../telemetry.test-support.ts';
import { listening, observedServer, rawConnection } from './observed-server.test-support.ts';

const STREAMS = 'http.server.stream.duration';
const UPGRADE = 'GET /feed?token=secret HTTP/1.1\r\nhost: test\r\nconnection: upgrade\r\nupgrade: lines\r\n\r\n';
const AGREED = 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: lines\r\n\r\n';

type Listener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** A server that answers plain requests with `plain`. */
async function serverOf(upgraded?: Listener): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((_request, response) => response.end('plain'));
  if (upgraded !== undefined) server.on('upgrade', upgraded);
  const sockets = new Set<Duplex>();
  server.on('connection', (socket) => sockets.add(socket));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { server, port: await listening(server) };
}

/** Status and `error.type` of the connections that have ended. */
async function ended(telemetry: Telemetry, count: number) {
  await vi.waitFor(() => expect(totalOf(telemetry, STREAMS)).toBe(count));
  expect(totalOf(telemetry, 'http.server.active_streams')).toBe(0);
  const names = new Set(Object.keys(allSeriesOf(telemetry)).map((key) => key.replace(/\{.*/, '')));
  expect([...names].sort()).toEqual(['http.server.active_streams', STREAMS]);
  return pointsOf(telemetry, STREAMS).map(({ attributes }) => [
    attributes['http.response.status_code'],
    attributes['error.type'],
  ]);
}

/** A protocol of lines, of which each comes back. */
const echo: Listener = (_request, socket, head) => {
  socket.write(AGREED);
  if (head.length > 0) socket.write(head);
  socket.pipe(socket);
};

describe('observeUpgrades', () => {
  it('records a connection that changes its protocol as a stream, from the request to its end', async () => {
    const { telemetry, clock, finished } = tracedTelemetry();
    const { server, port } = await serverOf(echo);
    observeUpgrades(server, telemetry);
    const first = rawConnection(port, `${UPGRADE}hello`);
    await vi.waitFor(() => expect(first.answer()).toBe(`${AGREED}hello`));
    rawConnection(port, UPGRADE);
    await vi.waitFor(() => expect(totalOf(telemetry, 'http.server.active_streams')).toBe(2));
    clock.advance(60);
    first.socket.end(' and more');
    await vi.waitFor(() => expect(first.answer()).toBe(`${AGREED}hello and more`));
    await vi.waitFor(() => expect(totalOf(telemetry, STREAMS)).toBe(1));
    expect(pointsOf(telemetry, STREAMS)).toMatchObject([
      {
        count: 1,
        sum: 60,
        attributes: {
          'http.request.method': 'GET',
          'http.route': '(no route)',
          'http.response.status_code': 101,
          'url.scheme': 'http',
        },
      },
    ]);
    expect(totalOf(telemetry, 'http.server.active_streams')).toBe(1);
    expect(Object.keys(allSeriesOf(telemetry)).join()).not.toContain('http.server.request');
    const [span] = await finished();
    expect(span).toMatchObject({ name: 'GET', kind: 1, status: 'unset', attributes: { 'url.path': '/feed' } });
    expect(span?.attributes).not.toHaveProperty('url.query');
  });

  it.each([
    ['write', '401 Unauthorized', 401, undefined],
    ['end', '400 Bad Request', 400, undefined],
    ['end', '404 Not Found', 404, undefined],
    ['write', '503 Service Unavailable', 503, '503'],
  ] as const)('records a refusal by %s of %s with its status', async (method, line, status, type) => {
    const { telemetry } = testTelemetry();
    const { server, port } = await serverOf((_request, socket) => {
      socket[method](Buffer.from(`HTTP/1.1 ${line}\r\nconnection: close\r\n\r\n`));
      if (method === 'write') socket.end();
    });
    observeUpgrades(server, telemetry);
    const { answer } = rawConnection(port, UPGRADE);
    await vi.waitFor(() => expect(answer()).toContain(line));
    expect(await ended(telemetry, 1)).toEqual([[status, type]]);
  });

  it('is 499 when the client leaves before the answer, and 500 when the server leaves without one', async () => {
    const { telemetry } = testTelemetry();
    const held: Duplex[] = [];
    const { server, port } = await serverOf((_request, socket) => {
      socket.on('error', () => {});
      held.push(socket);
    });
    observeUpgrades(server, telemetry);
    const waiting = (count: number) => vi.waitFor(() => expect(held).toHaveLength(count));

    const polite = rawConnection(port, UPGRADE);
    await waiting(1);
    polite.socket.destroy();
    expect(await ended(telemetry, 1)).toEqual([[499, 'client_abort']]);
    const broken = rawConnection(port, UPGRADE);
    await waiting(2);
    broken.socket.resetAndDestroy();
    expect(await ended(telemetry, 2)).toEqual([[499, 'client_abort']]);

    rawConnection(port, UPGRADE);
    await waiting(3);
    held[2]?.destroy();
    rawConnection(port, UPGRADE);
    await waiting(4);
    held[3]?.destroy(new RangeError('no room'));
    expect(await ended(telemetry, 4)).toEqual([
      [499, 'client_abort'],
      [500, 'response_destroyed'],
      [500, 'RangeError'],
    ]);
  });

  it('takes a protocol without a status line for agreed', async () => {
    const { telemetry } = testTelemetry();
    const { server, port } = await serverOf((_request, socket) => {
      socket.cork();
      socket.write(Buffer.of(0x81, 0x02));
      socket.end('hi');
    });
    observeUpgrades(server, telemetry);
    const { answer } = rawConnection(port, UPGRADE);
    await vi.waitFor(() => expect(answer()).toBe('\x81\x02hi'));
    expect(await ended(telemetry, 1)).toEqual([[101, undefined]]);
  });

  it('gives the socket its methods back, also those that others have put there', async () => {
    const { telemetry } = testTelemetry();
    const seen: unknown[] = [];
    const { server, port } = await serverOf();
    server.on('upgrade', (_request, socket) => {
      const { write } = socket;
      const mine = function (this: Duplex, ...args: never[]) {
        seen.push('mine');
        return (write as (...args: never[]) => boolean).apply(this, args);
      };
      socket.write = mine as never;
    });
    observeUpgrades(server, telemetry);
    server.on('upgrade', (_request, socket) => {
      socket.write(AGREED);
      seen.push(Object.hasOwn(socket, 'write'), Object.hasOwn(socket, 'end'));
      socket.end('bye');
    });
    const { answer } = rawConnection(port, UPGRADE);
    await vi.waitFor(() => expect(answer()).toBe(`${AGREED}bye`));
    expect(seen).toEqual(['mine', true, false]);
    expect(await ended(telemetry, 1)).toEqual([[101, undefined]]);
  });

  it('leaves a server without a listener for upgrades as it is: it answers them as requests', async () => {
    const { telemetry } = testTelemetry();
    const { server, port } = await observedServer(telemetry, (_request, response) => response.end('plain'));
    observeUpgrades(server, telemetry);
    expect(server.listenerCount('upgrade')).toBe(0);
    const { answer } = rawConnection(port, UPGRADE);
    await vi.waitFor(() => expect(answer()).toContain('plain'));
    await vi.waitFor(() => expect(totalOf(telemetry, 'http.server.request.duration')).toBe(1));
    expect(totalOf(telemetry, STREAMS)).toBe(0);
  });

  it('comes and goes with the listeners of the server, whenever and however these do', async () => {
    const { telemetry } = testTelemetry();
    const { server, port } = await serverOf();
    observeUpgrades(server, telemetry);
    const ask = async () => {
      const { answer } = rawConnection(port, UPGRADE);
      await vi.waitFor(() => expect(answer()).not.toBe(''));
      return answer().startsWith('HTTP/1.1 101');
    };
    const refuse: Listener = (_request, socket) => void socket.end(AGREED);
    const other: Listener = () => {};
    expect(await ask()).toBe(false);
    server.on('upgrade', refuse);
    server.on('upgrade', other);
    expect(await ask()).toBe(true);
    expect(await ended(telemetry, 1)).toEqual([[101, undefined]]);
    server.removeListener('upgrade', refuse);
    expect(server.listenerCount('upgrade')).toBe(2);
    server.removeListener('upgrade', other);
    expect(server.listenerCount('upgrade')).toBe(0);
    expect(await ask()).toBe(false);
    server.once('upgrade', refuse);
    expect(await ask()).toBe(true);
    expect(await ended(telemetry, 2)).toEqual([[101, undefined]]);
    expect(server.listenerCount('upgrade')).toBe(0);
    server.on('upgrade', other);
    server.prependListener('upgrade', refuse);
    server.removeAllListeners('upgrade');
    expect(server.listenerCount('upgrade')).toBe(0);
    expect(await ask()).toBe(false);
    server.on('upgrade', refuse);
    expect(await ask()).toBe(true);
    expect(await ended(telemetry, 3)).toEqual([[101, undefined]]);
  });

  it('records a connection once when one listener calls those that were there before it', async () => {
    const { telemetry } = testTelemetry();
    const { server, port } = await serverOf((_request, socket) => void socket.end(AGREED));
    observeUpgrades(server, telemetry);
    const before = server.listeners('upgrade') as Listener[];
    server.removeAllListeners('upgrade');
    server.on('upgrade', (...args) => {
      for (const listener of before) listener.apply(server, args);
    });
    const { answer } = rawConnection(port, UPGRADE);
    await vi.waitFor(() => expect(answer()).toBe(AGREED));
    expect(await ended(telemetry, 1)).toEqual([[101, undefined]]);
  });

  it('observes a server once, until it is ended', async () => {
    const { telemetry } = testTelemetry();
    const other = testTelemetry().telemetry;
    const { server, port } = await serverOf((_request, socket) => void socket.end(AGREED));
    const listeners = () => server.eventNames().map((name) => server.listenerCount(name));
    const before = listeners();
    const end = observeUpgrades(server, telemetry);
    observeUpgrades(server, other)();
    const ask = async () => {
      const { answer } = rawConnection(port, UPGRADE);
      await vi.waitFor(() => expect(answer()).toBe(AGREED));
    };
    await ask();
    await ended(telemetry, 1);
    end();
    end();
    expect(listeners()).toEqual(before);
    await ask();
    observeUpgrades(server, other);
    end();
    await ask();
    await ended(other, 1);
    expect(totalOf(telemetry, STREAMS)).toBe(1);
  });

  it('leaves servers alone when requests are not observed', async () => {
    const { telemetry } = testTelemetry({ operations: { disable: ['request'] } });
    const { server } = await serverOf(echo);
    observeUpgrades(server, telemetry);
    expect([server.listenerCount('upgrade'), server.listenerCount('newListener')]).toEqual([1, 0]);
  });

  it('takes route, skip, query and what describes the request from its options', async () => {
    const { telemetry, finished } = tracedTelemetry();
    const { server, port } = await serverOf((_request, socket) => void socket.end(AGREED));
    observeUpgrades(server, telemetry, {
      skip: ({ url }) => url === '/skipped',
      route: ({ url }) => (url?.startsWith('/feed') ? '/feed' : undefined),
      query: true,
      describe: () => ({ scheme: 'https', clientAddress: '203.0.113.7', attributes: { plan: 'pro' } }),
    });
    rawConnection(port, UPGRADE.replace('/feed?token=secret', '/skipped'));
    rawConnection(port, UPGRADE);
    await ended(telemetry, 1);
    expect(pointsOf(telemetry, STREAMS)[0]?.attributes).toMatchObject({
      'http.route': '/feed',
      'url.scheme': 'https',
      plan: 'pro',
    });
    expect(await finished()).toMatchObject([
      { name: 'GET /feed', attributes: { 'client.address': '203.0.113.7', 'url.query': 'token=secret', plan: 'pro' } },
    ]);
  });

  it('records what its options fail on, and tells so once', async () => {
    const { telemetry, problems } = testTelemetry();
    const fail = () => {
      throw new RangeError('no idea');
    };
    const options: UpgradeOptions = { skip: fail, route: fail, describe: fail };
    const { server, port } = await serverOf((_request, socket) => void socket.end(AGREED));
    observeUpgrades(server, telemetry, options);
    rawConnection(port, UPGRADE);
    rawConnection(port, UPGRADE);
    expect(await ended(telemetry, 2)).toEqual([[101, undefined]]);
    expect(problems.map(({ message }) => message)).toEqual(
      ['skip', 'describe', 'route'].map(
        (name) => `"${name}" of observeUpgrades failed, and the connection is recorded without it: no idea`,
      ),
    );
  });

  it('refuses options that it does not know', async () => {
    const { telemetry } = testTelemetry();
    const { server } = await serverOf();
    expect(() => observeUpgrades(server, telemetry, { rute: () => '/' } as never)).toThrow(TelemetryError);
    expect(() => observeUpgrades(server, telemetry, { rute: () => '/' } as never)).toThrow('did you mean "route"?');
  });
});
