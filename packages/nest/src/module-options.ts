import type { IncomingHttpHeaders } from 'node:http';
import {
  checkKeys,
  type EnrichOptions,
  type HttpServerOptions,
  HttpServerSettings,
  type Telemetry,
  TelemetryError,
} from '@telltale/core';
import type { SpanSelection } from './classes/span-selection.ts';
import { fromPlatformRequests } from './requests/platform-request.ts';

/** What the requests of Express and of Fastify have in common; functions that are typed for one of the two fit as well. */
export interface NestRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

/** Which parts of Nest's request pipeline have spans. */
export interface NestSpans {
  readonly guards?: boolean;
  readonly pipes?: boolean;
  readonly interceptors?: boolean;
  readonly handlers?: boolean;
  readonly filters?: boolean;
}

export interface TelemetryModuleOptions<Request extends NestRequest = NestRequest> {
  /** Requests that are not recorded at all: health checks. One that throws skips nothing. */
  skip?(request: Request): boolean;
  /** Puts the query string on spans as `url.query`. Default false: query strings hold secrets. */
  readonly query?: boolean;
  /** Attributes of your own on the metrics, spans and events of requests: `{ 'tenant.id': (req) => req.headers['x-tenant'], limit: 100 }`. */
  readonly enrich?: EnrichOptions<Request>;
  /** Spans of guards, pipes, interceptors, handlers and exception filters; `false` for none. Default: all. */
  readonly spans?: boolean | NestSpans;
  /** Whether the application ends the telemetry with itself. Default true; `false` where something else goes on using it. */
  readonly shutdown?: boolean;
}

/** Options with their defaults. */
export interface ModuleSettings {
  readonly telemetry: Telemetry;
  readonly requests: HttpServerOptions;
  readonly spans: SpanSelection;
  readonly shutdown: boolean;
  /** The function that was given the options. */
  readonly owner: string;
}

const ALL: SpanSelection = { guard: true, pipe: true, interceptor: true, handler: true, filter: true };
const NONE: SpanSelection = { guard: false, pipe: false, interceptor: false, handler: false, filter: false };

/** Throws `ERR_OPTION` for what is wrong, naming it and the mend. */
export function settingsOf<Request extends NestRequest>(
  telemetry: Telemetry,
  options: TelemetryModuleOptions<Request>,
  owner: string,
): ModuleSettings {
  if (typeof telemetry?.request !== 'function') {
    throw new TelemetryError(
      'ERR_OPTION',
      `${owner} was given ${nameOf(telemetry)} in place of a telemetry. Give what createTelemetry returns; if that is what you import, two files import each other, and the telemetry belongs into one that imports neither.`,
    );
  }
  checkKeys(owner, options, ['skip', 'query', 'enrich', 'spans', 'shutdown']);
  const { skip, query, enrich, spans = true, shutdown = true } = options;
  if (typeof shutdown !== 'boolean') {
    throw new TelemetryError('ERR_OPTION', `"shutdown" of ${owner} is neither true nor false.`);
  }
  const requests: HttpServerOptions = {
    ...(skip !== undefined && { skip: skip as HttpServerOptions['skip'] & object }),
    ...(query !== undefined && { query }),
    ...(enrich !== undefined && { enrich: fromPlatformRequests(enrich) }),
  };
  new HttpServerSettings(telemetry, requests, owner);
  return { telemetry, requests, shutdown, spans: selectionOf(spans, owner), owner };
}

function selectionOf(spans: boolean | NestSpans, owner: string): SpanSelection {
  if (typeof spans === 'boolean') return spans ? ALL : NONE;
  checkKeys(`${owner}.spans`, spans, ['guards', 'pipes', 'interceptors', 'handlers', 'filters']);
  const { guards = true, pipes = true, interceptors = true, handlers = true, filters = true } = spans;
  return { guard: guards, pipe: pipes, interceptor: interceptors, handler: handlers, filter: filters };
}

function nameOf(value: unknown): string {
  return value === null || value === undefined ? String(value) : `a value of type ${typeof value}`;
}
