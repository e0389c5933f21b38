import type { IncomingMessage } from 'node:http';
import { pathOf } from '@telltale/core';
import type { Application, Route } from './layer.ts';

/** What Express adds to a request, in both versions. */
export interface RoutedRequest extends IncomingMessage {
  readonly app?: Application;
  readonly route?: Route;
  /** The mount paths as they were in the URL; `undefined` outside of all routers. */
  readonly baseUrl?: string;
  readonly originalUrl?: string;
  /** These two follow the setting `trust proxy`. */
  readonly protocol?: string;
  readonly ip?: string;
}

/** The path of the URL as it came in, without the query string. */
export function pathOfRequest(request: RoutedRequest): string {
  return pathOf(request.originalUrl ?? request.url ?? '');
}

// Express's answers take a while, and say nothing new when no proxy has set a header.

/** What a proxy says of the scheme, as far as Express trusts it; one of two, whatever a header says. */
export function schemeByProxy(request: RoutedRequest): 'http' | 'https' | undefined {
  const protocol = 'x-forwarded-proto' in request.headers ? request.protocol : undefined;
  if (protocol === undefined) return undefined;
  return protocol === 'https' ? 'https' : 'http';
}

/** What a proxy says of the client, as far as Express trusts it. */
export function clientByProxy(request: RoutedRequest): string | undefined {
  return 'x-forwarded-for' in request.headers ? request.ip : undefined;
}

/** A request that never comes to Express, as Express would show it: what it adds to requests is there, what middlewares add is not. */
export function asRouted(request: IncomingMessage, app: Application): RoutedRequest {
  return typeof app.request === 'object' && app.request !== null
    ? Object.assign(Object.create(app.request), request, { originalUrl: request.url })
    : request;
}
