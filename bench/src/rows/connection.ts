import type { Server } from 'node:http';
import { Duplex } from 'node:stream';

/**
 * A client and its connection, in the server's own process. Node lets any duplex stream be given to an `http.Server` as a connection: the
 * server parses, routes, answers and closes as it does on a socket, only the kernel is not asked to carry the bytes.
 */
export class Connection extends Duplex {
  readonly remoteAddress = '127.0.0.1';
  readonly remotePort = 50_000;
  readonly localAddress = '127.0.0.1';
  readonly localPort = 80;
  private answered: ((response: string) => void) | undefined;

  constructor(server: Server) {
    super({ decodeStrings: false });
    server.emit('connection', this);
  }

  /** Sends a request without a body and resolves to the response, in the turn of the event loop after it, when the server is done with it. */
  send(method: string, path: string): Promise<string> {
    return new Promise((resolve) => {
      this.answered = (response) => setImmediate(resolve, response);
      // As clients do: what has no body by its method has no length either.
      const length = method === 'GET' ? '' : 'Content-Length: 0\r\n';
      this.push(`${method} ${path} HTTP/1.1\r\nHost: shop\r\n${length}\r\n`);
    });
  }

  override _read(): void {}

  /** Small responses come in one piece. */
  override _write(chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    done();
    this.answered?.(String(chunk));
  }
}
