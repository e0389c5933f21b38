import type { Duplex } from 'node:stream';
import type { RequestOperation } from '../operations/request.ts';
import { RESPONSE_DESTROYED } from './http-exchange.ts';

const SWITCHING_PROTOCOLS = 101;
/** Bytes of an answer up to its status. */
const STATUS_LINE = 'HTTP/1.1 101'.length;

type Method = (this: Duplex, ...args: unknown[]) => unknown;

/** A connection that asks for another protocol, until it ends. Nothing of its request is kept meanwhile. */
export class UpgradedConnection {
  private readonly socket: Duplex;
  private readonly operation: RequestOperation;
  private readonly route: string | undefined;
  /** Of the server's answer; 0 before. */
  private status: number;
  private restorers: (() => void)[];

  constructor(socket: Duplex, operation: RequestOperation, route: string | undefined) {
    this.socket = socket;
    this.operation = operation;
    this.route = route;
    this.status = 0;
    this.restorers = [];
  }

  watch(): void {
    this.readAnswer('write');
    this.readAnswer('end');
    // The client has left. As with requests, an answer would reach nobody, and a service that waits for something else may not notice.
    const left = () => this.operation.end({ status: 0, route: this.route, aborted: true });
    this.socket.once('end', left);
    this.restorers.push(() => this.socket.removeListener('end', left));
    this.socket.once('close', () => this.closed());
  }

  /** The first bytes that the server writes are its answer; after them the socket's methods are its own again. */
  private readAnswer(name: 'write' | 'end'): void {
    const { socket } = this;
    const own = Object.getOwnPropertyDescriptor(socket, name);
    const method = socket[name] as Method;
    const connection = this;
    function reading(this: Duplex, ...args: unknown[]): unknown {
      connection.sent(args[0]);
      return method.apply(this, args);
    }
    socket[name] = reading as never;
    this.restorers.push(() => {
      // Someone else may have put a method around this one since.
      if (socket[name] !== (reading as unknown)) return;
      if (own === undefined) delete (socket as Partial<Duplex>)[name];
      else Object.defineProperty(socket, name, own);
    });
  }

  private sent(chunk: unknown): void {
    if (this.status !== 0 || (typeof chunk !== 'string' && !(chunk instanceof Uint8Array))) return;
    const line = typeof chunk === 'string' ? chunk : Buffer.from(chunk.subarray(0, STATUS_LINE)).toString('latin1');
    // Without a status line: whoever speaks the other protocol at once has agreed.
    this.status = Number(/^HTTP\/1\.\d (\d{3})/.exec(line)?.[1] ?? SWITCHING_PROTOCOLS);
    for (const restore of this.restorers.splice(0)) restore();
  }

  private closed(): void {
    const { status, route, socket } = this;
    // Whichever side ends an agreed connection: that is how they end.
    if (status !== 0) this.operation.end({ status, route });
    else if (isBroken(socket)) this.operation.end({ status, route, aborted: true });
    else this.operation.end({ status: 500, route, error: socket.errored ?? RESPONSE_DESTROYED });
  }
}

/** The network ended the connection; errors that a service gives to `destroy` come from no system call. */
function isBroken({ errored }: Duplex): boolean {
  return errored !== null && 'syscall' in errored;
}
