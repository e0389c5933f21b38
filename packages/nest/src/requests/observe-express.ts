import type { IncomingMessage, ServerResponse } from 'node:http';
import { exchangeOf, type HttpServerOptions, type Telemetry } from '@telltale/core';
import { expressTelemetry } from '@telltale/express';

type Middleware = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;

/** What is needed of Nest's `ExpressAdapter`. */
export interface ExpressAdapter {
  use(middleware: Middleware): unknown;
}

/** Records the requests of an Express application; to be called before anything else is mounted. */
export function observeExpress(adapter: ExpressAdapter, telemetry: Telemetry, options: HttpServerOptions): void {
  adapter.use(expressTelemetry(telemetry, options));
}

/**
 * To be called when all routes are mounted, and Nest's answer to all other requests is not: with a global prefix that is a route, too, which
 * would be taken for the one that was asked for.
 */
export function markUnrouted(adapter: ExpressAdapter): void {
  adapter.use(function telltaleUnrouted(_request, response, next) {
    const exchange = exchangeOf(response);
    if (exchange !== undefined) {
      const routing = exchange as unknown as Routing;
      const { route } = routing;
      // Without Nest's exception, something that is mounted behind its routes has answered.
      const routeOf = (status: number) =>
        status === 404 || routing.error !== undefined ? undefined : route.call(exchange, status);
      Object.assign(exchange, { route: routeOf });
    }
    next();
  });
}

/** What exchanges have for the frameworks' adapters. */
interface Routing {
  readonly error: unknown;
  route(status: number): string | undefined;
}
