import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** As they came, names and values in turn. */
  readonly rawHeaders: readonly string[];
}

/** A server with an answer for every case, which keeps what it was asked. */
export interface TestServer {
  readonly url: string;
  /** `127.0.0.1:port` */
  readonly host: string;
  readonly requests: readonly SeenRequest[];
  /** Resolves once so many requests have come. */
  asked(count: number): Promise<void>;
  /** Lets `/held` and `/stream` go on that wait now. */
  release(): void;
  /** Breaks all connections, as a crash does. */
  crash(): void;
}

type Route = (request: IncomingMessage, response: ServerResponse, hold: () => Promise<void>) => unknown;

const ROUTES: Readonly<Record<string, Route>> = {
  '/ok': (_request, response) => response.end('ok'),
  '/chunked': (_request, response) => {
    response.write('one');
    setImmediate(() => response.end('two'));
  },
  '/big': (_request, response) => response.end(Buffer.alloc(3_000_000)),
  '/empty': (_request, response) => response.writeHead(204).end(),
  '/unchanged': (_request, response) => response.writeHead(304).end(),
  '/refused': (_request, response) => response.writeHead(404).end('none'),
  '/unavailable': (_request, response) => response.writeHead(503).end('no'),
  '/moved': (_request, response) => response.writeHead(302, { location: '/moved-on' }).end(),
  '/moved-on': (_request, response) => response.writeHead(307, { location: '/ok?q=1#part' }).end(),
  '/hints': (_request, response) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload' });
    setImmediate(() => response.end('hinted'));
  },
  '/held': async (_request, response, hold) => {
    await hold();
    response.end('late');
  },
  '/stream': async (_request, response, hold) => {
    response.write('one');
    await hold();
    response.end('two');
  },
  '/unavailable-stream': (_request, response) => {
    response.writeHead(503);
    response.write('no');
  },
  '/never': () => {},
  '/reset': ({ socket }) => socket.resetAndDestroy(),
  '/hangup': ({ socket }) => socket.destroy(),
  '/reset-midway': (_request, response) => {
    response.writeHead(200, { 'content-length': 10 });
    response.write('one', () => setTimeout(() => response.socket?.resetAndDestroy(), 20));
  },
  '/hangup-midway': (_request, response) => {
    response.writeHead(200, { 'content-length': 10 });
    response.write('one', () => setTimeout(() => response.destroy(), 20));
  },
  '/garbage': ({ socket }) => socket.end('I speak no HTTP\r\n\r\n'),
  '/echo': (request, response) => {
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength;
    });
    request.on('end', () => response.end(`${bytes}`));
  },
  '/early': (_request, response) => response.writeHead(413, { connection: 'close' }).end('too long'),
};

/** Serves on this machine until the test ends. `first`: answers requests before the routes do, when it gives true. */
export async function testServer(first: Route = () => false): Promise<TestServer> {
  const requests: SeenRequest[] = [];
  let held: (() => void)[] = [];
  const woken: (() => void)[] = [];
  const hold = (): Promise<void> => new Promise((resolve) => held.push(resolve));
  const seen = ({ method = '', url = '', headers, rawHeaders }: IncomingMessage): void => {
    requests.push({ method, url, headers, rawHeaders });
    for (const wake of woken.splice(0)) wake();
  };
  const server = createServer((request, response) => {
    seen(request);
    if (first(request, response, hold) === true) return;
    const route = ROUTES[request.url?.split('?')[0] ?? ''];
    if (route === undefined) response.writeHead(404).end();
    else route(request, response, hold);
  });
  server.on('upgrade', (request, socket) => {
    seen(request);
    socket.on('error', () => {});
    if (request.url === '/no-upgrade') socket.end('HTTP/1.1 426 Upgrade Required\r\ncontent-length: 0\r\n\r\n');
    else socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: chat\r\n\r\n');
  });
  server.on('connect', (request, socket) => {
    seen(request);
    socket.on('error', () => {});
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const host = `127.0.0.1:${port}`;
  return {
    url: `http://${host}`,
    host,
    requests,
    async asked(count) {
      while (requests.length < count) await new Promise<void>((resolve) => woken.push(resolve));
    },
    release() {
      const waiting = held;
      held = [];
      for (const go of waiting) go();
    },
    crash: () => server.closeAllConnections(),
  };
}

/** A port of this machine that nobody listens on. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
