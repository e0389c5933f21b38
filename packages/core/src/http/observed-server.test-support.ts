import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, connect, type Server as NetServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { HttpExchange, type HttpServerOptions, HttpServerSettings, pathOf, type Telemetry } from '../index.ts';

export type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** What an adapter for `node:http` itself would be: all that is below `/things/` is one route. */
class PlainExchange extends HttpExchange {
  protected override route(): string | undefined {
    return pathOf(this.url).startsWith('/things/') ? '/things/:id' : undefined;
  }
}

/** A server whose requests are observed, until the end of the test. */
export async function observedServer(
  telemetry: Telemetry,
  handler: Handler,
  options: HttpServerOptions = {},
): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer(observing(telemetry, handler, options));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { server, port: await listening(server) };
}

/** The same for HTTP/2, without TLS. */
export async function observedHttp2Server(telemetry: Telemetry, handler: Handler): Promise<number> {
  const observe = observing(telemetry, handler, {});
  const server = createHttp2Server((request, response) =>
    // The compatible API, as frameworks use it.
    observe(request as unknown as IncomingMessage, response as unknown as ServerResponse),
  );
  onTestFinished(() => void server.close());
  return listening(server);
}

function observing(telemetry: Telemetry, handler: Handler, options: HttpServerOptions): Handler {
  const settings = new HttpServerSettings(telemetry, options, 'observedServer');
  return (request, response) => {
    if (settings.skips(request)) return handler(request, response);
    return new PlainExchange(request, response, settings).open(telemetry).run(() => handler(request, response));
  };
}

export async function listening(server: NetServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** A connection that writes this, and what has come back on it so far. */
export function rawConnection(port: number, text: string): { readonly socket: Socket; readonly answer: () => string } {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (data: string) => {
    answer += data;
  });
  socket.on('error', () => {});
  socket.write(text);
  onTestFinished(() => void socket.destroy());
  return { socket, answer: () => answer };
}
