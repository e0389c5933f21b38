import type { IncomingMessage, ServerResponse } from 'node:http';
import { HttpExchange, type HttpServerSettings, type RequestOperation, type Telemetry } from '@telltale/core';
import type { Done, FastifyRequest } from './fastify-platform.ts';
import type { FastifyRoutes } from './fastify-routes.ts';

/** What Fastify adds to a request that it has routed; `undefined` for one that it refused before that. */
export interface Routed {
  readonly request: FastifyRequest;
  readonly routes: FastifyRoutes;
}

/** A request that Fastify serves: what Fastify knows of its route and the proxies before it. */
export class FastifyExchange extends HttpExchange {
  private readonly routed: Routed | undefined;
  private served: RequestOperation | undefined;
  /** Whether what follows the first hook runs in the operation's context. */
  private inside: boolean;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    settings: HttpServerSettings,
    routed: Routed | undefined,
  ) {
    super(request, response, settings);
    this.routed = routed;
    this.served = undefined;
    this.inside = false;
  }

  // As with Express, the proxies are only asked about when one has set a header.

  override get scheme(): 'http' | 'https' {
    if (this.routed === undefined || !('x-forwarded-proto' in this.headers)) return super.scheme;
    return this.routed.request.protocol === 'https' ? 'https' : 'http';
  }

  override get clientAddress(): string | undefined {
    if (this.routed === undefined || !('x-forwarded-for' in this.headers)) return super.clientAddress;
    return this.routed.request.ip;
  }

  protected override get url(): string {
    return this.routed?.request.raw.originalUrl ?? super.url;
  }

  protected override route(): string | undefined {
    if (this.routed === undefined) return undefined;
    const { request, routes } = this.routed;
    return request.is404 ? undefined : routes.templateOf(request.routeOptions.url);
  }

  override open(telemetry: Telemetry): RequestOperation {
    this.served = super.open(telemetry);
    return this.served;
  }

  /** Goes on in the operation's context, so that all further hooks, middleware and the handler are in it; Fastify keeps it while it reads the body. */
  enter(done: Done): void {
    if (this.inside || this.served?.context === undefined) {
      done();
      return;
    }
    this.inside = true;
    this.served.run(done);
  }
}
