import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { RequestOperation } from '../operations/request.ts';
import type { Telemetry } from '../telemetry.ts';
import { pathOf } from './http-exchange.ts';

/** A server of `node:http` or `node:https`, as far as it is needed. */
export interface UpgradingServer {
  on(event: string, listener: (...args: never[]) => void): unknown;
  prependListener(event: string, listener: (...args: never[]) => void): unknown;
  removeListener(event: string, listener: (...args: never[]) => void): unknown;
  listenerCount(event: string): number;
}

export interface UpgradeOptions {
  /** The template of the endpoint, one of few; default none, which is recorded as `(no route)`. */
  route?(request: IncomingMessage): string | undefined;
  /** Connections that are not recorded. */
  skip?(request: IncomingMessage): boolean;
}

/** Registered, so that two copies of this package know of each other. */
const OBSERVED = Symbol.for('telltale.http.upgrades');
const SWITCHING_PROTOCOLS = 101;
/** Bytes of an answer up to its status. */
const STATUS_LINE = 'HTTP/1.1 101'.length;

/**
 * Records the connections of a server that change to another protocol, such as WebSocket: how many are open (`http.server.active_streams`), how
 * long each is (`http.server.stream.duration`), with the status that the server answered, 101 when it agreed. The server behaves as without it.
 * A server is observed once. Returns the function that ends it.
 */
export function observeUpgrades(
  server: UpgradingServer,
  telemetry: Telemetry,
  options: UpgradeOptions = {},
): () => void {
  const marked = server as UpgradingServer & { [OBSERVED]?: true };
  if (marked[OBSERVED] || !telemetry.observes('request')) return () => {};
  marked[OBSERVED] = true;

  const upgraded = (request: IncomingMessage, socket: Duplex): void => {
    try {
      if (options.skip?.(request) === true) return;
    } catch {
      // Then it is recorded.
    }
    new Upgrade(request, socket, options).open(telemetry);
  };
  // A server without a listener for upgrades answers them as plain requests, and must go on doing so: ours is only there while another is.
  let listening = false;
  const adjust = (others: number): void => {
    if (others > 0 === listening) return;
    listening = others > 0;
    if (listening) server.prependListener('upgrade', upgraded as (...args: never[]) => void);
    else server.removeListener('upgrade', upgraded as (...args: never[]) => void);
  };
  const others = (): number => server.listenerCount('upgrade') - (listening ? 1 : 0);
  const added = (event: string, listener: unknown): void => {
    // Told before it is added.
    if (event === 'upgrade' && listener !== upgraded) adjust(others() + 1);
  };
  const removed = (event: string, listener: unknown): void => {
    if (event !== 'upgrade') return;
    if (listener === upgraded) listening = false;
    else adjust(others());
  };
  server.on('newListener', added as (...args: never[]) => void);
  server.on('removeListener', removed as (...args: never[]) => void);
  adjust(others());
  return () => {
    delete marked[OBSERVED];
    server.removeListener('newListener', added as (...args: never[]) => void);
    server.removeListener('removeListener', removed as (...args: never[]) => void);
    adjust(0);
  };
}

type Method = (this: Duplex, ...args: unknown[]) => unknown;

/** One connection that asks for another protocol, until it ends. */
class Upgrade {
  private readonly request: IncomingMessage;
  private readonly socket: Duplex;
  private readonly options: UpgradeOptions;
  private operation: RequestOperation | undefined;
  /** Of the server's answer; 0 before. */
  private status: number;

  constructor(request: IncomingMessage, socket: Duplex, options: UpgradeOptions) {
    this.request = request;
    this.socket = socket;
    this.options = options;
    this.operation = undefined;
    this.status = 0;
  }

  open(telemetry: Telemetry): void {
    const { request, socket } = this;
    const { remoteAddress, encrypted } = socket as Partial<Socket & Pick<TLSSocket, 'encrypted'>>;
    this.operation = telemetry.request({
      method: request.method ?? '',
      scheme: encrypted === true ? 'https' : 'http',
      headers: request.headers,
      path: pathOf(request.url ?? ''),
      clientAddress: remoteAddress,
      upgrade: true,
    });
    this.readAnswer('write');
    this.readAnswer('end');
    socket.once('close', () => this.closed());
  }

  /** The first bytes that the server writes are its answer; after them the socket's method is its own again. */
  private readAnswer(name: 'write' | 'end'): void {
    const own = this.socket[name] as Method;
    const upgrade = this;
    function reading(this: Duplex, ...args: unknown[]): unknown {
      if (this[name] === reading) delete (this as Partial<Duplex>)[name];
      upgrade.answered(args[0]);
      return own.apply(this, args);
    }
    this.socket[name] = reading as never;
  }

  private answered(chunk: unknown): void {
    if (this.status !== 0 || (typeof chunk !== 'string' && !(chunk instanceof Uint8Array))) return;
    const line = typeof chunk === 'string' ? chunk : Buffer.from(chunk.subarray(0, STATUS_LINE)).toString('latin1');
    this.status = Number(/^HTTP\/1\.\d (\d{3})/.exec(line)?.[1] ?? SWITCHING_PROTOCOLS);
  }

  private closed(): void {
    const { status } = this;
    // Whichever side ends an agreed connection: that is how they end.
    this.operation?.end(status === 0 ? { status: 0, aborted: true } : { status, route: this.route() });
  }

  private route(): string | undefined {
    try {
      return this.options.route?.(this.request);
    } catch {
      return undefined;
    }
  }
}
