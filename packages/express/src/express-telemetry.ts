import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Telemetry, TelemetryError } from '@telltale/core';
import { Exchange, exchangeOf } from './exchange.ts';
import { recordErrors } from './record-errors.ts';
import { RouteTemplates } from './route-templates.ts';
import type { RoutedRequest } from './routed-request.ts';

/** What `skip` is given: Express's request. A function that is typed for the `Request` of `@types/express` fits as well. */
export interface ExpressRequest extends IncomingMessage {
  /** Without the query string. */
  readonly path: string;
  readonly originalUrl: string;
}

export interface ExpressTelemetryOptions {
  /** Requests that are not recorded at all: health checks, static files. One that throws skips nothing. */
  skip?(request: ExpressRequest): boolean;
  /** Puts the query string on spans as `url.query`. Default false: query strings hold secrets. */
  readonly query?: boolean;
}

/** Fits `app.use` of Express 4 and 5, and of their routers. */
export type ExpressMiddleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

const OPTIONS = ['skip', 'query'];

/**
 * Records every request that passes, as one operation however often it is mounted; mount it first. Requests that it never sees, such as
 * upgrades, are not recorded. Throws `ERR_OPTION` for options that are wrong.
 */
export function expressTelemetry(telemetry: Telemetry, options: ExpressTelemetryOptions = {}): ExpressMiddleware {
  checkOptions(telemetry, options);
  if (!telemetry.observes('request')) return (_request, _response, next) => next();
  const templates = new RouteTemplates();
  const watched = new WeakSet<object>();
  const query = options.query === true;

  return function telltale(request, response, next) {
    if (exchangeOf(response) !== undefined || skips(options, request)) {
      next();
      return;
    }
    const { app } = request as RoutedRequest;
    if (app !== undefined && !watched.has(app)) {
      watched.add(app);
      seeErrors(app);
    }
    const operation = new Exchange(request, response, templates, query).open(telemetry);
    if (operation.context === undefined) next();
    else operation.run(next);
  };
}

/** By now the application has its routes and error handlers: behind them, errors that nobody handled come by on their way to Express's own answer. */
function seeErrors(app: NonNullable<RoutedRequest['app']>): void {
  try {
    app.use?.(recordErrors());
  } catch {
    // An application that cannot be extended: errors are then known by their status.
  }
}

function skips(options: ExpressTelemetryOptions, request: IncomingMessage): boolean {
  if (options.skip === undefined) return false;
  try {
    return options.skip(request as ExpressRequest) === true;
  } catch {
    return false;
  }
}

function checkOptions(telemetry: Telemetry, options: ExpressTelemetryOptions): void {
  if (typeof telemetry?.request !== 'function') {
    throw new TelemetryError(
      'ERR_OPTION',
      'expressTelemetry needs a telemetry: expressTelemetry(createTelemetry({ … })).',
    );
  }
  for (const key of Object.keys(options)) {
    if (OPTIONS.includes(key)) continue;
    throw new TelemetryError(
      'ERR_OPTION',
      `expressTelemetry has no option "${key}"; the options are ${OPTIONS.join(', ')}.`,
    );
  }
  if (options.skip !== undefined && typeof options.skip !== 'function') {
    throw new TelemetryError('ERR_OPTION', '"skip" is not a function; write skip: (req) => req.path === \'/health\'.');
  }
  if (options.query !== undefined && typeof options.query !== 'boolean') {
    throw new TelemetryError('ERR_OPTION', '"query" is neither true nor false.');
  }
}
