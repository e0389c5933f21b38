import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathOf, TelemetryError } from '@telltale/core';
import type { StoreLimits } from '../store/limits.ts';
import { hasBearer } from './bearer.ts';
import { OTLP_PATHS, type OtlpEndpoint } from './otlp-endpoint.ts';
import { Refused } from './read-body.ts';

/** Milliseconds. A request whose headers or body drip in is cut off; idle connections live longer than the intervals of most exporters. */
const HEADERS_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 30_000;
const KEEP_ALIVE = 75_000;
const CHECK_EVERY = 5000;

/** What answers a part of the paths, as Connect has it. */
export type Handler = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;

export interface SidecarServerOptions {
  readonly host: string;
  readonly port: number;
  readonly limits: StoreLimits;
  readonly endpoint: OtlpEndpoint;
  /** Asked for by the intake, and by `guarded`. */
  readonly intakeToken: string | undefined;
  /** By path. */
  readonly guarded: ReadonlyMap<string, Handler>;
  readonly health: Handler;
  /** All other paths. */
  readonly rest: Handler | undefined;
}

/** All that the sidecar serves, on one port. */
export class SidecarServer {
  private readonly options: SidecarServerOptions;
  /** For who takes upgrades. */
  readonly server: Server;

  constructor(options: SidecarServerOptions) {
    this.options = options;
    this.server = createServer(
      {
        headersTimeout: HEADERS_TIMEOUT,
        requestTimeout: REQUEST_TIMEOUT,
        keepAliveTimeout: KEEP_ALIVE,
        connectionsCheckingInterval: CHECK_EVERY,
      },
      (request, response) => this.route(request, response),
    );
    this.server.maxConnections = options.limits.connections;
  }

  /** Where it listens; `undefined` while it does not. */
  get url(): string | undefined {
    const address = this.server.address() as AddressInfo | null;
    if (address === null) return undefined;
    const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    return `http://${host}:${address.port}`;
  }

  /** Rejects with a `TelemetryError` that names the mend. */
  async listen(): Promise<string> {
    const { host, port } = this.options;
    await new Promise<void>((resolve, reject) => {
      const failed = (error: NodeJS.ErrnoException): void => reject(listenError(error, host, port));
      this.server.once('error', failed);
      this.server.listen({ host, port }, () => {
        this.server.off('error', failed);
        this.server.on('error', () => {});
        resolve();
      });
    });
    return this.url as string;
  }

  async close(): Promise<void> {
    if (!this.server.listening) return;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
  }

  private route(request: IncomingMessage, response: ServerResponse): void {
    const { endpoint, guarded, health, rest, intakeToken } = this.options;
    const path = pathOf(request.url ?? '/');
    const signal = OTLP_PATHS.get(path);
    const handler = guarded.get(path);
    if (signal !== undefined || handler !== undefined) {
      if (intakeToken !== undefined && !hasBearer(request, intakeToken)) {
        const message = 'the token of the intake is missing or wrong; send it as "Authorization: Bearer …"';
        endpoint.refuse(signal, new Refused(401, message), request, response);
      } else if (signal !== undefined) void endpoint.handle(signal, request, response);
      else handler?.(request, response, () => notFound(request, response));
      return;
    }
    if (path === '/health' || path.startsWith('/health/')) {
      health(request, response, () => notFound(request, response));
      return;
    }
    if (rest === undefined || path.startsWith('/v1/')) notFound(request, response);
    else rest(request, response, () => notFound(request, response));
  }
}

function notFound(request: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent || response.destroyed) return;
  request.resume();
  const body = `There is no such page. OTLP is taken at ${[...OTLP_PATHS.keys()].join(', ')}; /metrics and /health are served.\n`;
  response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': Buffer.byteLength(body) });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): TelemetryError {
  const why: Readonly<Record<string, string>> = {
    EADDRINUSE: `port ${port} of ${host} is taken, by another sidecar or an OpenTelemetry Collector; end that one, or choose another port`,
    EACCES: `this user may not listen on port ${port}; choose one above 1023`,
    EADDRNOTAVAIL: `this machine has no address ${host}; give one that it has, or 0.0.0.0 for all`,
    ENOTFOUND: `the host ${host} is not known; give an address of this machine, or 0.0.0.0 for all`,
  };
  const reason = why[error.code ?? ''] ?? error.message;
  return new TelemetryError('ERR_OPTION', `The sidecar cannot listen: ${reason}.`, { cause: error });
}
