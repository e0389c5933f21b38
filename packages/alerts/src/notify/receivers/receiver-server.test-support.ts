import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/**
 * What befalls a request. `status`: answered so, nothing is kept. `reset`: the connection dies before the body was read. `lose`: it is read, the connection dies,
 * nothing is kept. `take`: the same, but all is kept. `stall`: never answered, nothing is kept. `drip`: kept, and answered byte by byte without end.
 */
export type Fault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  | { readonly kind: 'reset' | 'lose' | 'take' | 'stall' | 'drip' };

export interface ReceivedRequest {
  readonly path: string;
  readonly headers: Readonly<http.IncomingHttpHeaders>;
  readonly body: string;
  /** Seconds since the Unix epoch, by the receiver's clock. */
  readonly time: number;
}

export interface ReceiverRules {
  /** Checks a request as the receiver does; what it throws is answered with 400. */
  check(request: ReceivedRequest): void;
  readonly success: { readonly status: number; readonly body?: string };
}

/** A receiver on a loopback port of its own, which misbehaves when told to. */
export class ReceiverServer {
  readonly kept: ReceivedRequest[] = [];
  /** What broke the receiver's rules. */
  readonly complaints: string[] = [];
  /** Of the next requests; `undefined`: none. */
  readonly faults: (Fault | undefined)[] = [];
  requests = 0;
  /** Of those that were kept: not answered in full. */
  unanswered = 0;
  now: () => number = () => 0;
  /** Requests that are not answered. */
  hanging = 0;
  private readonly rules: ReceiverRules;
  private server: http.Server;
  private port = 0;

  private constructor(rules: ReceiverRules) {
    this.rules = rules;
    this.server = this.made();
  }

  static async open(rules: ReceiverRules): Promise<ReceiverServer> {
    const receiver = new ReceiverServer(rules);
    await receiver.up();
    onTestFinished(() => receiver.down());
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The same port again, with all that was kept. */
  async up(): Promise<void> {
    this.server = this.made();
    await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  async down(): Promise<void> {
    if (!this.server.listening) return;
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private made(): http.Server {
    return http.createServer((request, response) => void this.meet(request, response));
  }

  private async meet(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    this.requests++;
    const fault = this.faults.shift();
    request.on('error', () => {});
    response.on('error', () => {});
    if (fault?.kind === 'reset') return void request.socket.resetAndDestroy();
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    if (fault?.kind === 'lose') return void request.socket.destroy();
    if (fault?.kind === 'stall') return this.hang(request);
    if (fault?.kind === 'status') {
      return void response.writeHead(fault.status, fault.headers).end(fault.body ?? `status ${fault.status}`);
    }
    const received = { path: request.url ?? '', headers: request.headers, body, time: this.now() };
    try {
      this.rules.check(received);
    } catch (error) {
      this.complaints.push(String(error));
      return void response.writeHead(400).end(String(error));
    }
    this.kept.push(received);
    if (fault?.kind === 'take' || fault?.kind === 'drip') this.unanswered++;
    if (fault?.kind === 'take') return void request.socket.destroy();
    if (fault?.kind === 'drip') {
      response.writeHead(200, { 'content-length': '1000' }).write('.');
      return this.hang(request);
    }
    response.writeHead(this.rules.success.status).end(this.rules.success.body ?? '');
  }

  private hang({ socket }: http.IncomingMessage): void {
    this.hanging++;
    socket.once('close', () => this.hanging--);
  }
}
