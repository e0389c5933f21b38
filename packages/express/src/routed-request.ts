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
