import { createServer, type RequestListener, type Server } from 'node:http';
import { TelemetryError } from '@telltale/core';

/** Free in IANA's list, and next to that of Telltale's Prometheus exporter. */
export const DEFAULT_PORT = 9465;
export const DEFAULT_HOST = '127.0.0.1';

/** Milliseconds that answers under way have when the server closes. */
const CLOSE_MS = 1000;

export interface OwnServer {
  readonly server: Server;
  readonly port: number;
  close(): Promise<void>;
}

/** A server of its own, which never keeps the process alive. Rejects with a `TelemetryError` when the port cannot be had. */
export async function openServer(listener: RequestListener, host: string, port: number): Promise<OwnServer> {
  const server = createServer(listener);
  server.unref();
  await new Promise<void>((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => reject(listenError(error, host, port));
    server.once('error', failed);
    server.listen({ host, port }, () => {
      server.off('error', failed);
      server.on('error', () => {}); // a listening server has nothing more to say that anybody could act on
      resolve();
    });
  });
  const address = server.address();
  return {
    server,
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        const timer = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
        timer.unref();
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): TelemetryError {
  const where = `port ${port} of ${host}`;
  const mend = 'choose another with dashboard(telemetry).listen({ port }), or 0 for any that is free';
  const message =
    error.code === 'EADDRINUSE'
      ? `${where} is taken by another process or another dashboard: end that one, or ${mend}`
      : error.code === 'EACCES'
        ? `this process may not listen on ${where}: ports below 1024 need a privilege; ${mend}`
        : `the dashboard cannot listen on ${where}: ${error.message}; check host and port, or ${mend}`;
  return new TelemetryError('ERR_OPTION', message, { cause: error });
}
