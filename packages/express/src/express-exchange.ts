import type { ServerResponse } from 'node:http';
import { HttpExchange, type HttpServerSettings } from '@telltale/core';
import type { Application } from './layer.ts';
import type { RouteTemplates } from './route-templates.ts';
import type { RoutedRequest } from './routed-request.ts';

/** A request that Express serves: what Express knows of its URL, its route and the proxies before it. */
export class ExpressExchange extends HttpExchange<RoutedRequest> {
  private readonly templates: RouteTemplates;
  /** The application that the middleware is mounted in; by the time of the response, `request.app` can be one mounted in it. */
  private readonly app: Application | undefined;

  constructor(
    request: RoutedRequest,
    response: ServerResponse,
    settings: HttpServerSettings<RoutedRequest>,
    templates: RouteTemplates,
  ) {
    super(request, response, settings);
    this.templates = templates;
    this.app = request.app;
  }

  // Express's answers take a while, and say nothing new when no proxy has set a header.

  override get scheme(): 'http' | 'https' {
    if (!('x-forwarded-proto' in this.request.headers)) return super.scheme;
    const { protocol } = this.request;
    return protocol === undefined ? super.scheme : protocol === 'https' ? 'https' : 'http';
  }

  override get clientAddress(): string | undefined {
    return ('x-forwarded-for' in this.request.headers ? this.request.ip : undefined) ?? super.clientAddress;
  }

  protected override get url(): string {
    return this.request.originalUrl ?? super.url;
  }

  protected override route(status: number): string | undefined {
    const { request, error } = this;
    // Outside of all routers without an error: no route has taken the request, whichever looked at it.
    const unclaimed = request.baseUrl === undefined && error === undefined && status === 404;
    return unclaimed ? undefined : this.templates.of(request, this.app, status);
  }
}
