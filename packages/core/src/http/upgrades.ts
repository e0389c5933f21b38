import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { checkKeys } from '../check-keys.ts';
import { messageOf } from '../errors.ts';
import type { RequestStart } from '../operations/request.ts';
import type { Telemetry } from '../telemetry.ts';
import { pathOf, queryOf } from './http-exchange.ts';
import { UpgradedConnection } from './upgraded-connection.ts';

/** A server of `node:http` or `node:https`, as far as it is needed. */
export interface UpgradingServer
  extends Pick<EventEmitter, 'on' | 'prependListener' | 'removeListener' | 'listenerCount'> {}

export interface UpgradeOptions {
  /** The template of the endpoint, one of few; default none, which is recorded as `(no route)`. */
  route?(request: IncomingMessage): string | undefined;
  /** Connections that are not recorded. */
  skip?(request: IncomingMessage): boolean;
  /** Puts the query string on spans as `url.query`. Default false: query strings hold secrets. */
  readonly query?: boolean;
  /** What is known besides the request itself, or better: by proxies in front of the server. Keep attributes few. */
  describe?(request: IncomingMessage): Pick<RequestStart, 'scheme' | 'clientAddress' | 'attributes'>;
}

/** Registered, so that two copies of this package know of each other. */
const OBSERVED = Symbol.for('telltale.http.upgrades');

/**
 * Records the connections of a server that change to another protocol, such as WebSocket: how many are open (`http.server.active_streams`), how
 * long each is (`http.server.stream.duration`), with the status that the server answered, 101 when it agreed. The server behaves as without it.
 * A server is observed once. Returns the function that ends it. Throws `ERR_OPTION` for options that it does not know.
 */
export function observeUpgrades(
  server: UpgradingServer,
  telemetry: Telemetry,
  options: UpgradeOptions = {},
): () => void {
  checkKeys('observeUpgrades', options, ['route', 'skip', 'query', 'describe']);
  const marked = server as UpgradingServer & { [OBSERVED]?: true };
  if (marked[OBSERVED] || !telemetry.observes('request')) return () => {};
  marked[OBSERVED] = true;

  // A listener that was taken off and is called by the one in its place sees connections twice.
  const seen = new WeakSet<Duplex>();
  const upgraded = (request: IncomingMessage, socket: Duplex): void => {
    if (seen.has(socket)) return;
    seen.add(socket);
    new Upgrade(request, telemetry, options).observe(socket);
  };
  // A server without a listener for upgrades answers them as plain requests, and must go on doing so: ours is only there while another is.
  let listening = false;
  let ended = false;
  const adjust = (others: number): void => {
    if (others > 0 === listening) return;
    listening = others > 0;
    if (listening) server.prependListener('upgrade', upgraded);
    else server.removeListener('upgrade', upgraded);
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
  server.on('newListener', added);
  server.on('removeListener', removed);
  adjust(others());
  return () => {
    if (ended) return;
    ended = true;
    delete marked[OBSERVED];
    server.removeListener('newListener', added);
    server.removeListener('removeListener', removed);
    adjust(0);
  };
}

class Upgrade {
  private readonly request: IncomingMessage;
  private readonly telemetry: Telemetry;
  private readonly options: UpgradeOptions;

  constructor(request: IncomingMessage, telemetry: Telemetry, options: UpgradeOptions) {
    this.request = request;
    this.telemetry = telemetry;
    this.options = options;
  }

  observe(socket: Duplex): void {
    if (this.ask('skip') === true) return;
    const { method = '', url = '', headers } = this.request;
    const { remoteAddress, encrypted } = socket as Partial<Socket & Pick<TLSSocket, 'encrypted'>>;
    const known = this.ask('describe');
    const operation = this.telemetry.request({
      method,
      scheme: known?.scheme ?? (encrypted === true ? 'https' : 'http'),
      headers,
      path: pathOf(url),
      query: this.options.query === true ? queryOf(url) : undefined,
      clientAddress: known?.clientAddress ?? remoteAddress,
      attributes: known?.attributes,
      upgrade: true,
    });
    new UpgradedConnection(socket, operation, this.ask('route')).watch();
  }

  /** What the options say of the request. What they throw is told once. */
  private ask<Name extends 'skip' | 'route' | 'describe'>(
    name: Name,
  ): ReturnType<NonNullable<UpgradeOptions[Name]>> | undefined {
    try {
      return this.options[name]?.(this.request) as ReturnType<NonNullable<UpgradeOptions[Name]>>;
    } catch (error) {
      this.telemetry.problem(
        `observeUpgrades ${name}`,
        () => `"${name}" of observeUpgrades failed, and the connection is recorded without it: ${messageOf(error)}`,
      );
      return undefined;
    }
  }
}
