import type { IncomingMessage, ServerResponse } from 'node:http';
import { exchangeOf, type HttpServerOptions, type Telemetry, type UpgradeOptions } from '@telltale/core';
import { expressTelemetry } from '@telltale/express';

type Middleware = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;

/** What is needed of Nest's `ExpressAdapter`. */
export interface ExpressAdapter {
  getInstance(): ExpressApplication;
  use(middleware: Middleware): unknown;
}

/** What is needed of Express's application: what all its requests inherit from. */
export interface ExpressApplication {
  readonly request?: unknown;
}

interface ExpressRequest extends IncomingMessage {
  /** These two follow the setting `trust proxy`. */
  readonly protocol?: string;
  readonly ip?: string;
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

/** A request that never comes to Express, as Express would show it; on other platforms, as it is. */
export function asSeenBy(app: ExpressApplication | undefined, request: IncomingMessage): ExpressRequest {
  return typeof app?.request === 'object' && app.request !== null
    ? Object.assign(Object.create(app.request), request, { originalUrl: request.url })
    : request;
}

/** What proxies say of it, as far as the application trusts them. */
export function proxiedBy({ headers, protocol, ip }: ExpressRequest): ReturnType<DescribeUpgrade> {
  return {
    scheme: 'x-forwarded-proto' in headers && protocol !== undefined ? schemeOf(protocol) : undefined,
    clientAddress: 'x-forwarded-for' in headers ? ip : undefined,
  };
}

type DescribeUpgrade = NonNullable<UpgradeOptions['describe']>;

/** One of two, whatever a header says. */
function schemeOf(protocol: string): 'http' | 'https' {
  return protocol === 'https' ? 'https' : 'http';
}
