import type { IncomingMessage, ServerResponse } from 'node:http';
import { exchangeOf, type HttpServerSettings, type Telemetry } from '@telltale/core';
import { FastifyExchange, type Routed } from './fastify-exchange.ts';
import type { Done, FastifyAdapter, FastifyReply, FastifyRequest, RequestHook } from './fastify-platform.ts';
import { FastifyRoutes } from './fastify-routes.ts';
import { REQUEST } from './platform-request.ts';

/** On responses that are not to be recorded. */
const SKIPPED = Symbol('telltale.nest.skipped');

type Response = ServerResponse & { [SKIPPED]?: true };

/** What there is of Node's server; where Fastify listens on several addresses, of the first. */
interface RequestServer {
  on(event: 'request', listener: (request: IncomingMessage, response: ServerResponse) => void): unknown;
}

/**
 * Records the requests of a Fastify application by its hooks, before it is ready. Nest's adapter keeps a place for a hook in front of all others,
 * its own and those of middleware; a hook of ours behind them is there in case someone else takes that place later.
 */
export function observeFastify(adapter: FastifyAdapter, telemetry: Telemetry, settings: HttpServerSettings): void {
  const requests = new FastifyRequests(telemetry, settings);
  const begin: RequestHook = (request, reply, done) => requests.begin(request, reply, done);
  const before = (adapter as { readonly onRequestHook?: RequestHook }).onRequestHook;
  adapter.setOnRequestHook?.(before === undefined ? begin : chained(requests, before.bind(adapter)));
  const fastify = adapter.getInstance();
  fastify.addHook('onRequest', (request, reply, done) => requests.begin(request, reply, done));
  const server = fastify.server as RequestServer;
  server.on('request', (request, response) => requests.refused(request, response));
}

/** With the hook of someone who was there before. */
function chained(requests: FastifyRequests, hook: RequestHook): RequestHook {
  return (request, reply, done) => {
    let result: unknown;
    requests.begin(request, reply, () => {
      result = hook(request, reply, done);
    });
    return result;
  };
}

class FastifyRequests {
  private readonly telemetry: Telemetry;
  private readonly settings: HttpServerSettings;
  private readonly routes = new FastifyRoutes();

  constructor(telemetry: Telemetry, settings: HttpServerSettings) {
    this.telemetry = telemetry;
    this.settings = settings;
  }

  /** In the first hook that comes. */
  begin(request: FastifyRequest, { raw: response }: FastifyReply, done: Done): void {
    const exchange = exchangeOf(response) ?? this.open(request.raw, response, { request, routes: this.routes });
    if (exchange instanceof FastifyExchange) exchange.enter(done);
    else done();
  }

  /** Fastify answers some requests before any hook: URLs that cannot be decoded, and all while it closes. Its part is over when this is called. */
  refused(request: IncomingMessage, response: ServerResponse): void {
    if (exchangeOf(response) !== undefined || !response.writableEnded) return;
    const exchange = this.open(request, response, undefined);
    // It has been written: as much as its head says.
    exchange?.lastPieceSent({ byteLength: contentLengthOf(response) } as Uint8Array, undefined);
  }

  private open(request: IncomingMessage, response: Response, routed: Routed | undefined): FastifyExchange | undefined {
    if (response[SKIPPED]) return undefined;
    if (this.settings.skips((routed?.request ?? request) as IncomingMessage)) {
      response[SKIPPED] = true;
      return undefined;
    }
    if (routed !== undefined) (request as { [REQUEST]?: unknown })[REQUEST] = routed.request;
    const exchange = new FastifyExchange(request, response, this.settings, routed);
    exchange.open(this.telemetry);
    return exchange;
  }
}

/** Fastify hands its headers to `writeHead`, and Node keeps those nowhere else. */
function contentLengthOf(response: ServerResponse): number {
  const { _header: head = '' } = response as { _header?: string };
  return Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
}
