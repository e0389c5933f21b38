import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';

/** Ports that are tried, one after the other, when the wanted one is taken. */
const TRIES = 50;
/** Long, so that a client seldom uses a connection in the moment in which it is closed for having been idle. */
const KEEP_ALIVE_MS = 60_000;

/** A service that accepts requests. */
export interface Listening {
  readonly port: number;
  readonly server: Server;
  /** Accepts no more, lets the requests under way finish, and resolves when the last connection is closed. */
  close(): Promise<void>;
}

/** Serves on this machine only unless told, on `port` or the next one that is free; 0 takes any. */
export async function listen(app: RequestListener, port: number, host = '127.0.0.1'): Promise<Listening> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, app);
  for (let tried = port; ; tried++) {
    try {
      await once(server.listen(tried, host), 'listening');
      break;
    } catch (error) {
      const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (!isTaken || tried >= port + TRIES) throw error;
    }
  }
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  return {
    port: address.port,
    server,
    async close() {
      const closed = once(server, 'close');
      server.close();
      // A connection whose last request ends only now would otherwise be kept open for the next one.
      const sweep = setInterval(() => server.closeIdleConnections(), 50);
      await closed;
      clearInterval(sweep);
    },
  };
}
