import type { IncomingMessage, ServerResponse } from 'node:http';
import { exchangeOf, type HttpServerOptions, HttpServerSettings, type Telemetry } from '@telltale/core';
import { ApplicationWatch } from './application-watch.ts';
import { ExpressExchange } from './express-exchange.ts';
import { RouteTemplates } from './route-templates.ts';
import type { RoutedRequest } from './routed-request.ts';

/** What `skip` and `enrich` are given: Express's request. Functions that are typed for the `Request` of `@types/express` fit as well. */
export interface ExpressRequest extends IncomingMessage {
  /** Without the query string. */
  readonly path: string;
  readonly originalUrl: string;
  get(header: string): string | undefined;
}

export interface ExpressTelemetryOptions extends HttpServerOptions<ExpressRequest> {}

/** Fits `app.use` of Express 4 and 5, and of their routers. */
export type ExpressMiddleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/**
 * Records every request that passes, as one operation however often it is mounted; mount it first. Throws `ERR_OPTION` for options that are wrong.
 */
export function expressTelemetry(telemetry: Telemetry, options: ExpressTelemetryOptions = {}): ExpressMiddleware {
  const settings = new HttpServerSettings(telemetry, options, 'expressTelemetry') as HttpServerSettings<RoutedRequest>;
  if (!telemetry.observes('request')) return (_request, _response, next) => next();
  const templates = new RouteTemplates();
  const watch = new ApplicationWatch(telltale, telemetry, settings);

  function telltale(request: RoutedRequest, response: ServerResponse, next: (error?: unknown) => void): void {
    watch.see(request);
    if (exchangeOf(response) !== undefined || settings.skips(request)) {
      next();
      return;
    }
    const operation = new ExpressExchange(request, response, settings, templates).open(telemetry);
    if (operation.context === undefined) next();
    else operation.run(next);
  }
  return telltale;
}
