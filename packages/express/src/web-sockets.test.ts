import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  createTelemetry,
  type HistogramPoint,
  type NumberPoint,
  observeUpgrades,
  type Telemetry,
} from '@telltale/core';
import { ManualClock, memoryExporter } from '@telltale/testing';
import express5, { type RequestHandler } from 'express';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type ServerOptions, WebSocket, WebSocketServer } from 'ws';
import { type ExpressTelemetryOptions, expressTelemetry } from './index.ts';
import { closeServers, countOf, listen, quietTelemetry, versions } from './observed-app.test-support.ts';

afterEach(closeServers);

const ok: RequestHandler = (_req, res) => void res.send('ok');

/** An application that listens, and nothing of ours but the middleware. */
async function listening(
  express: typeof express5,
  options: ExpressTelemetryOptions = {},
): Promise<{
  readonly server: Server;
  readonly url: string;
  readonly telemetry: Telemetry;
  readonly clock: ManualClock;
}> {
  const clock = new ManualClock();
  const telemetry = createTelemetry({ service: { name: 'test' }, clock, shutdown: { signals: false } });
  const app = express();
  app.use(expressTelemetry(telemetry, options));
  app.get('/', ok);
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { server, telemetry, clock, url: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** Sends every message back; closed with the test. */
function echo(options: ServerOptions): WebSocketServer {
  const sockets = new WebSocketServer(options);
  sockets.on('connection', (socket) => {
    socket.on('message', (data) => socket.send(String(data)));
    socket.on('error', () => {});
  });
  onTestFinished(() => {
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
  });
  return sockets;
}

async function opened(url: string, headers: Record<string, string> = {}): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${url}`, { headers });
  onTestFinished(() => socket.terminate());
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return socket;
}

async function statusOf(url: string, path = '/'): Promise<number | undefined> {
  const socket = new WebSocket(`ws://${url}${path}`);
  return new Promise((resolve, reject) =>
    socket
      .once('unexpected-response', (request, response: IncomingMessage) => {
        request.destroy();
        resolve(response.statusCode);
      })
      .once('open', () => {
        socket.terminate();
        resolve(101);
      })
      .once('error', reject),
  );
}

/** `101`, `499 client_abort`: what the connections that have ended are recorded as, once there are so many. */
async function ended(telemetry: Telemetry, count: number): Promise<readonly string[]> {
  const streams = () => points<HistogramPoint>(telemetry, 'http.server.stream.duration');
  await vi.waitFor(() => expect(streams().reduce((sum, point) => sum + point.count, 0)).toBe(count));
  return streams().map(({ attributes }) =>
    [attributes['http.route'], attributes['http.response.status_code'], attributes['error.type']]
      .filter((part) => part !== undefined)
      .join(' '),
  );
}

describe.each(versions)('WebSockets beside %s', (_name, express) => {
  it('are recorded from the very first on, by the middleware alone', async () => {
    const { server, url, telemetry, clock } = await listening(express);
    echo({ server });
    const first = await opened(`${url}/rooms/1`);
    const second = await opened(`${url}/rooms/2`);
    first.send('hi');
    expect(String(await new Promise((resolve) => first.once('message', resolve)))).toBe('hi');
    expect(open(telemetry)).toBe(2);
    await clock.advance(60);
    first.close();
    expect(await ended(telemetry, 1)).toEqual(['(no route) 101']);
    expect(open(telemetry)).toBe(1);
    await clock.advance(60);
    second.terminate();
    expect(await ended(telemetry, 2)).toEqual(['(no route) 101']);
    expect(open(telemetry)).toBe(0);
    expect(points<HistogramPoint>(telemetry, 'http.server.stream.duration')[0]?.sum).toBe(180);
    expect(countOf(telemetry)).toBe(0);
    expect(points(telemetry, 'http.server.active_requests')).toEqual([]);
  });

  it('are recorded with the status of their refusal', async () => {
    const { server, url, telemetry } = await listening(express);
    echo({
      server,
      path: '/socket',
      verifyClient: (_info, answer) => answer(false, 401),
    });
    expect(await statusOf(url, '/socket')).toBe(401);
    expect(await statusOf(url, '/elsewhere')).toBe(400);
    expect((await ended(telemetry, 2)).toSorted()).toEqual(['(no route) 400', '(no route) 401']);

    const other = await listening(express);
    const sockets = echo({ noServer: true });
    other.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (request.url !== '/socket') socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n');
      else sockets.handleUpgrade(request, socket, head, (client) => sockets.emit('connection', client, request));
    });
    expect(await statusOf(other.url, '/elsewhere')).toBe(404);
    expect(await statusOf(other.url, '/socket')).toBe(101);
    expect((await ended(other.telemetry, 2)).toSorted()).toEqual(['(no route) 101', '(no route) 404']);
    expect([countOf(telemetry), countOf(other.telemetry)]).toEqual([0, 0]);
  });

  it('are 499 when the client leaves before the answer', async () => {
    const { server, url, telemetry } = await listening(express);
    const { promise: asked, resolve: isAsked } = Promise.withResolvers<void>();
    echo({ server, verifyClient: (_info, _answer) => isAsked() });
    const socket = new WebSocket(`ws://${url}`);
    socket.on('error', () => {});
    await asked;
    socket.terminate();
    expect(await ended(telemetry, 1)).toEqual(['(no route) 499 client_abort']);
  });

  it('follow skip, enrich and trust proxy as requests do', async () => {
    const memory = memoryExporter();
    const problems: string[] = [];
    const telemetry = createTelemetry({
      service: { name: 'test' },
      exporters: [memory],
      shutdown: { signals: false },
      onError: ({ message }) => void problems.push(message),
    });
    const app = express();
    app.set('trust proxy', true);
    app.use(
      expressTelemetry(telemetry, {
        skip: (req) => req.path === '/skipped',
        query: true,
        enrich: { 'tenant.id': (req) => req.get('X-Tenant'), plan: { baggage: 'plan' }, limit: 1 },
      }),
    );
    app.get('/', (_req, res) => void res.send('ok'));
    const server = createServer(app);
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    echo({ server });
    const url = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const headers = {
      'x-forwarded-proto': 'https',
      'x-forwarded-for': '203.0.113.7',
      'x-tenant': 'acme',
      baggage: 'plan=pro',
    };
    (await opened(`${url}/skipped?x=1`, headers)).terminate();
    (await opened(`${url}/rooms?x=1`, headers)).terminate();
    await ended(telemetry, 1);
    const own = {
      'http.request.method': 'GET',
      'http.response.status_code': 101,
      'url.scheme': 'https',
      'tenant.id': 'acme',
      plan: 'pro',
    };
    expect(points(telemetry, 'http.server.stream.duration')[0]?.attributes).toEqual({
      ...own,
      'http.route': '(no route)',
    });
    // The budget of an attribute is one for requests and WebSockets.
    await fetch(`http://${url}/`, { headers: { 'x-tenant': 'umbra' } });
    await vi.waitFor(() => expect(countOf(telemetry)).toBe(1));
    expect(points(telemetry, 'http.server.request.duration')[0]?.attributes['tenant.id']).toBe('other');
    expect(problems).toEqual([expect.stringContaining('"tenant.id" has had 1 values')]);
    await telemetry.flush();
    expect(memory.spans[0]?.attributes).toEqual({
      ...own,
      'url.path': '/rooms',
      'url.query': 'x=1',
      'client.address': '203.0.113.7',
    });
    await telemetry.shutdown();
  });

  it('are recorded on each server of an application, and on no other', async () => {
    const { server, url, telemetry } = await listening(express);
    const app = server.listeners('request')[0] as Parameters<typeof createServer>[1];
    const second = createServer(app);
    const stranger = createServer(express().get('/', (_req, res) => void res.send('ok')));
    const onPath = createServer(express().use('/api', expressTelemetry(telemetry)));
    const urls = [url];
    for (const one of [second, stranger, onPath]) {
      onTestFinished(() => void one.close());
      await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve));
      urls.push(`127.0.0.1:${(one.address() as AddressInfo).port}`);
    }
    for (const one of [server, second, stranger, onPath]) echo({ server: one });
    for (const one of urls) expect(await statusOf(one)).toBe(101);
    await fetch(`http://${urls[3]}/api`);
    expect(await statusOf(urls[3] as string)).toBe(101);
    expect(await ended(telemetry, 2)).toEqual(['(no route) 101']);
  });

  it('are requests where the server has nobody to upgrade them', async () => {
    const { url, telemetry } = await listening(express);
    expect(await statusOf(url)).toBe(200);
    await vi.waitFor(() => expect(countOf(telemetry)).toBe(1));
    expect(points(telemetry, 'http.server.stream.duration')).toEqual([]);
  });

  it('are recorded from the first request on when a function is around the application, or the middleware comes late', async () => {
    const telemetry = quietTelemetry();
    const app = express().use(expressTelemetry(telemetry)).get('/', ok);
    const wrapped = createServer((req, res) => app(req, res));
    const lateApp = express();
    const lateTelemetry = quietTelemetry();
    const late = createServer(lateApp);
    for (const server of [wrapped, late]) {
      onTestFinished(() => void server.close());
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      echo({ server });
      expect(await statusOf(urlOf(server))).toBe(101);
    }
    lateApp.use(expressTelemetry(lateTelemetry)).get('/', ok);
    for (const server of [wrapped, late]) {
      await (await fetch(`http://${urlOf(server)}/`)).text();
      expect(await statusOf(urlOf(server))).toBe(101);
    }
    expect(await ended(telemetry, 1)).toEqual(['(no route) 101']);
    expect(await ended(lateTelemetry, 1)).toEqual(['(no route) 101']);
  });

  it('are recorded from the start on by observeUpgrades, with a route if they have one', async () => {
    const telemetry = quietTelemetry();
    const app = express().use(expressTelemetry(telemetry)).get('/', ok);
    const server = createServer((req, res) => app(req, res));
    onTestFinished(() => void server.close());
    observeUpgrades(server, telemetry, { route: ({ url }) => (url?.startsWith('/rooms/') ? '/rooms/:id' : undefined) });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    echo({ server });
    expect(await statusOf(urlOf(server), '/rooms/1')).toBe(101);
    await (await fetch(`http://${urlOf(server)}/`)).text();
    expect(await statusOf(urlOf(server), '/rooms/2')).toBe(101);
    expect(await ended(telemetry, 2)).toEqual(['/rooms/:id 101']);
  });
});

describe('a middleware', () => {
  it('is forgotten, and its telemetry, when its application is', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const made = () => {
      const telemetry = quietTelemetry();
      const middleware = expressTelemetry(telemetry);
      express5().use(middleware);
      void telemetry.shutdown();
      return [new WeakRef(middleware), new WeakRef(telemetry)] as const;
    };
    const [middleware, telemetry] = made();
    await vi.waitFor(() => {
      collect();
      expect([middleware.deref() === undefined, telemetry.deref() === undefined]).toEqual([true, true]);
    });
    // What is left takes itself off the channel.
    const port = await listen(express5().get('/', ok));
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
  });
});

function urlOf(server: Server): string {
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function open(telemetry: Telemetry): number {
  return points<NumberPoint>(telemetry, 'http.server.active_streams').reduce((sum, { value }) => sum + value, 0);
}

function points<P extends HistogramPoint | NumberPoint>(telemetry: Telemetry, name: string): readonly P[] {
  const metric = telemetry.snapshot().metrics.find((one) => one.name === name);
  return (metric?.points ?? []) as unknown as readonly P[];
}
