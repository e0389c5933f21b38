import type { IncomingMessage } from 'node:http';
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
export function pathOf(request: RoutedRequest): string {
  const url = request.originalUrl ?? request.url ?? '';
  const at = url.indexOf('?');
  const path = at < 0 ? url : url.slice(0, at);
  if (path.startsWith('/')) return path;
  // `GET http://host/path`, as sent to proxies
  const scheme = path.indexOf('://');
  const slash = scheme < 0 ? -1 : path.indexOf('/', scheme + 3);
  return slash < 0 ? '/' : path.slice(slash);
}
