import { request as open } from 'node:http';
import { connect } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Asks on a connection of its own. */
export async function ask(
  port: number,
  path: string,
  { method = 'GET', headers = {}, body }: Ask = {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const sent = open({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('error', reject);
    response.on('end', () =>
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: Buffer.concat(chunks).toString(),
      }),
    );
  });
  sent.on('error', reject);
  sent.end(body);
  return promise;
}

/** A connection on which the test writes and reads bytes. */
export class RawConnection {
  private readonly socket;
  /** Not yet waited for. */
  private text = '';
  private readers: (() => void)[] = [];

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.setNoDelay(true);
    this.socket.setEncoding('latin1');
    this.socket.on('data', (data: string) => {
      this.text += data;
      this.wake();
    });
    this.socket.on('close', () => this.wake());
    this.socket.on('error', () => {});
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): void {
    this.send('GET', path, headers);
  }

  /** `body` as it is: the headers must say what it is. */
  send(method: string, path: string, headers: Readonly<Record<string, string>>, body = ''): void {
    const lines = Object.entries({ host: 'suite', ...headers }).map(([key, value]) => `${key}: ${value}\r\n`);
    this.socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
  }

  /** A short text as a message of a WebSocket: the last frame of a text, masked, with a mask of zeros. */
  message(text: string): void {
    const bytes = Buffer.from(text);
    this.socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | bytes.length, 0, 0, 0, 0]), bytes]));
  }

  /** Resolves once `text` has come, after what was waited for before. Rejects when the connection ends instead. */
  async received(text: string): Promise<void> {
    while (!this.text.includes(text)) {
      if (this.socket.closed) throw new Error(`the connection was closed after ${JSON.stringify(this.text)}`);
      await new Promise<void>((resolve) => this.readers.push(resolve));
    }
    this.text = this.text.slice(this.text.indexOf(text) + text.length);
  }

  /** Resolves when the other side has ended the connection. */
  async closed(): Promise<void> {
    while (!this.socket.closed) await new Promise<void>((resolve) => this.readers.push(resolve));
  }

  /** Goes away: politely, or as a crash does. */
  leave(how: 'end' | 'reset' = 'end'): void {
    if (how === 'reset') this.socket.resetAndDestroy();
    else this.socket.destroy();
  }

  private wake(): void {
    for (const reader of this.readers.splice(0)) reader();
  }
}
