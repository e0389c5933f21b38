import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TelemetryError } from '@telltale/core';
import { refuse, type ScrapeHandler } from './handler.ts';

export interface ServerOptions {
  readonly port: number;
  /** Undefined: all interfaces. */
  readonly host: string | undefined;
  readonly path: string;
}

/** Milliseconds that a scrape in progress has when the server closes. */
const CLOSE_MS = 1000;

/** The exporter's own HTTP server. It never keeps the process alive. */
export class MetricsServer {
  private readonly server: Server;
  private readonly options: ServerOptions;

  constructor(options: ServerOptions, handler: ScrapeHandler) {
    this.options = options;
    this.server = createServer((request, response) => {
      if (request.url?.split('?', 1)[0] === options.path) handler(request, response);
      else refuse(response, 404, `The metrics are at ${options.path}`);
    });
    this.server.unref();
  }

  /** Where it listens, while it does. */
  get address(): AddressInfo | undefined {
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address : undefined;
  }

  /** Rejects with a `TelemetryError` when the port cannot be had. */
  listen(): Promise<void> {
    const { port, host } = this.options;
    return new Promise((resolve, reject) => {
      const failed = (error: NodeJS.ErrnoException): void => reject(listenError(error, port, host));
      this.server.once('error', failed);
      this.server.listen({ port, ...(host !== undefined && { host }) }, () => {
        this.server.off('error', failed);
        this.server.on('error', () => {}); // a listening server has nothing more to say that anybody could act on
        resolve();
      });
    });
  }

  /** Lets scrapes in progress finish for a second. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.server.closeAllConnections(), CLOSE_MS);
      timer.unref();
      this.server.close(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

function listenError(error: NodeJS.ErrnoException, port: number, host: string | undefined): TelemetryError {
  const where = `port ${port} of ${host ?? 'all interfaces'}`;
  const mend =
    "choose another with prometheus({ port }), or leave the port out and serve the exporter's handler from the service's own server";
  const message =
    error.code === 'EADDRINUSE'
      ? `${where} is taken by another process or another prometheus(): end that one, ${mend}`
      : error.code === 'EACCES'
        ? `this process may not listen on ${where}: ports below 1024 need a privilege; ${mend}`
        : `cannot listen on ${where}: ${error.message}; check host and port, ${mend}`;
  return new TelemetryError('ERR_EXPORTER', message, { cause: error });
}
