import type { ServerResponse } from 'node:http';
import { HttpExchange, type HttpServerSettings } from '@telltale/core';
import type { Application } from './layer.ts';
import type { RouteTemplates } from './route-templates.ts';
import { clientByProxy, type RoutedRequest, schemeByProxy } from './routed-request.ts';

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

  override get scheme(): 'http' | 'https' {
    return schemeByProxy(this.request) ?? super.scheme;
  }

  override get clientAddress(): string | undefined {
    return clientByProxy(this.request) ?? super.clientAddress;
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
