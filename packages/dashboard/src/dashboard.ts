import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { checkKeys, isLoopbackHost, messageOf, type Telemetry, TelemetryError } from '@telltale/core';
import { LiveBoard } from './live-board.ts';
import { type CheckedOptions, checkOptions, checkPath, type DashboardOptions } from './options.ts';
import { AccessRules } from './server/access.ts';
import { say } from './server/answers.ts';
import { type DashboardRequest, type Next, PageServer } from './server/handler.ts';
import { LiveSocket } from './server/live-socket.ts';
import { DEFAULT_HOST, DEFAULT_PORT, openServer } from './server/own-server.ts';
import { claimUpgrades } from './server/server-upgrades.ts';
import { Token } from './server/token.ts';
import { Viewers } from './server/viewers.ts';

export interface ListenOptions {
  /** Default `127.0.0.1`: this machine only. */
  readonly host?: string;
  /** Default 9465; 0 for any that is free. */
  readonly port?: number;
  /** Where the page is; default `/`. */
  readonly path?: string;
}

export interface Listening {
  /** Of the page, without a token. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** A page that shows what a telemetry sees; a middleware of Express and whatever else takes `(request, response, next)` of `node:http`. */
export interface Dashboard {
  (request: DashboardRequest, response: ServerResponse, next?: Next): void;
  /** What those must know who do not ask from this machine; `undefined` with `token: false`. */
  readonly token: string | undefined;
  /**
   * Takes the WebSockets below `path` (the option `path` unless given) from a server now. Not needed where a request comes before the first
   * WebSocket, as from browsers one does: the server is then found by it. Returns what ends it.
   */
  attach(server: Server, path?: string): () => void;
  /** Serves the page on a port of its own. Never keeps the process alive. Rejects with a `TelemetryError` when the port cannot be had. */
  listen(options?: ListenOptions): Promise<Listening>;
  /** Ends it all: viewers, own servers, what it takes from the telemetry. `telemetry.shutdown()` does it, too. */
  close(): Promise<void>;
}

/** What is asked for below a mount; no `url`: it is not below it. */
interface Place {
  readonly mount: string;
  readonly url?: string;
}

/** Mounts that WebSockets are taken at; where a route has parameters, each value is one. */
const MAX_MOUNTS = 100;

/**
 * The live page of a telemetry: `app.use('/telltale', dashboard(telemetry))`. Throws `ERR_OPTION` for options that are wrong, and `ERR_EXPORTER`
 * for a second dashboard of one telemetry.
 */
export function dashboard(telemetry: Telemetry, options: DashboardOptions = {}): Dashboard {
  if (typeof telemetry?.addExporter !== 'function') {
    throw new TelemetryError('ERR_OPTION', 'dashboard needs a telemetry: dashboard(createTelemetry({ … })).');
  }
  const served = new ServedDashboard(telemetry, checkOptions(options));
  const handler = (request: DashboardRequest, response: ServerResponse, next?: Next): void =>
    served.handle(request, response, next);
  return Object.assign(handler, {
    token: served.token?.value,
    attach: (server: Server, path?: string) => served.attach(server, path),
    listen: (given?: ListenOptions) => served.listen(given),
    close: () => served.close(),
  });
}

class ServedDashboard {
  readonly token: Token | undefined;
  private readonly telemetry: Telemetry;
  private readonly options: CheckedOptions;
  private readonly board: LiveBoard;
  private readonly pages: PageServer;
  private readonly viewers: Viewers;
  private readonly live: LiveSocket;
  private readonly removeExporter: () => Promise<void>;
  private readonly mounts = new Set<string>();
  private readonly servers = new Map<Server, () => void>();
  private readonly listening = new Set<Listening>();
  /** Nobody gave the token, so nobody knows it. */
  private readonly isRandom: boolean;
  private hasTold = false;
  private closing: Promise<void> | undefined;

  constructor(telemetry: Telemetry, options: CheckedOptions) {
    const given = options.token ?? (process.env.TELLTALE_DASHBOARD_TOKEN || undefined);
    this.telemetry = telemetry;
    this.options = options;
    this.board = new LiveBoard(telemetry, options);
    this.token = given === false ? undefined : new Token(given, () => telemetry.monotonic());
    this.isRandom = given === undefined;
    const access = new AccessRules(this.token);
    this.viewers = new Viewers(
      telemetry,
      () => this.board.latest(),
      (count) => this.board.setViewers(count),
    );
    this.board.onFrame((frame) => this.viewers.broadcast(frame));
    this.pages = new PageServer(this.board, access, (mount) => this.tell(mount));
    this.live = new LiveSocket(access, this.viewers);
    if (options.path !== '') this.mounts.add(options.path);
    this.removeExporter = telemetry.addExporter(this.board.exporter(async () => this.end()));
  }

  /** Never throws. */
  handle(request: DashboardRequest, response: ServerResponse, next?: Next, place = this.placeOf(request)): void {
    const { mount, url } = place;
    if (this.closing !== undefined || url === undefined) {
      if (next !== undefined) next();
      else say(request, response, 404, url === undefined ? 'There is nothing here.' : 'This dashboard is closed.');
      return;
    }
    const { server } = request.socket as { readonly server?: Server };
    if (typeof server?.listenerCount === 'function') this.attachTo(server, mount);
    this.pages.serve(request, response, mount, url, next).catch((error: unknown) => {
      this.telemetry.problem('dashboard', () => `The dashboard could not answer a request: ${messageOf(error)}`);
      say(request, response, 500, 'The dashboard could not answer this.');
    });
  }

  attach(server: Server, path?: string): () => void {
    const mount = path === undefined ? this.options.path : checkPath('attach.path', path);
    this.attachTo(server, mount);
    return () => {
      this.mounts.delete(mount);
      this.detach(server);
    };
  }

  async listen(options: ListenOptions = {}): Promise<Listening> {
    checkKeys('listen', options, ['host', 'port', 'path']);
    const { host = DEFAULT_HOST, port = DEFAULT_PORT } = options;
    if (!(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
      throw new TelemetryError('ERR_OPTION', `"listen.port" is ${String(port)}; give a whole number from 0 to 65535.`);
    }
    if (typeof host !== 'string' || host === '') {
      throw new TelemetryError('ERR_OPTION', `"listen.host" is ${JSON.stringify(host)}; give a name or an address.`);
    }
    if (this.closing !== undefined)
      throw new TelemetryError('ERR_OPTION', 'This dashboard is closed; make another one.');
    const path = checkPath('listen.path', options.path);
    const own = await openServer(
      (request, response) => this.handle(request, response, undefined, below(path, request.url)),
      host,
      port,
    );
    this.attachTo(own.server, path);
    const url = `http://${host.includes(':') ? `[${host}]` : host}:${own.port}${path}/`;
    const listening: Listening = {
      url,
      port: own.port,
      close: async () => {
        this.listening.delete(listening);
        this.detach(own.server);
        if (this.listening.size === 0 && this.servers.size === 0) this.viewers.close();
        await own.close();
      },
    };
    this.listening.add(listening);
    if (!isLoopbackHost(host)) this.tell(url.slice(0, -1));
    return listening;
  }

  close(): Promise<void> {
    this.closing ??= this.removeExporter().then(() => this.end());
    return this.closing;
  }

  /** With the telemetry, or by `close()`. */
  private async end(): Promise<void> {
    this.closing ??= Promise.resolve();
    this.board.end();
    this.viewers.close();
    for (const server of [...this.servers.keys()]) this.detach(server);
    await Promise.all([...this.listening].map((listening) => listening.close()));
  }

  private placeOf({ originalUrl, url = '/' }: DashboardRequest): Place {
    const [path = ''] = url.split('?');
    if (originalUrl !== undefined && originalUrl !== url) {
      const [original = ''] = originalUrl.split('?');
      // Express gives "/" for the mount itself as for what is below it.
      if (path === '/' && !original.endsWith('/')) return { mount: original, url: url.slice(1) };
      const mount = original.endsWith(path) ? original.slice(0, original.length - path.length) : original;
      return { mount, url };
    }
    return below(this.options.path, url);
  }

  private attachTo(server: Server, mount: string): void {
    if (this.closing !== undefined) return;
    if (!this.mounts.has(mount) && this.mounts.size >= MAX_MOUNTS) {
      const [oldest] = this.mounts;
      if (oldest !== undefined) this.mounts.delete(oldest);
    }
    this.mounts.add(mount);
    if (this.servers.has(server)) return;
    const release = claimUpgrades(server, (request, socket, head) => this.claim(request, socket, head));
    const closed = (): void => this.detach(server);
    server.once('close', closed);
    this.servers.set(server, () => {
      release();
      server.off('close', closed);
    });
  }

  private detach(server: Server): void {
    this.servers.get(server)?.();
    this.servers.delete(server);
  }

  private claim(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const [path = ''] = (request.url ?? '').split('?');
    if (!path.endsWith('/live') || !this.mounts.has(path.slice(0, -'/live'.length))) return false;
    this.live.accept(request, socket, head);
    return true;
  }

  /** A token that nobody gave is told, once. Never with a host that a request named: a link there would hand the token on. */
  private tell(where: string): void {
    const { token } = this;
    if (this.hasTold || !this.isRandom || token === undefined) return;
    this.hasTold = true;
    const { onToken } = this.options;
    try {
      if (onToken !== undefined) onToken(token.value);
      else process.stderr.write(`Telltale dashboard, not only for this machine: ${where}/?token=${token.value}\n`);
    } catch (error) {
      this.telemetry.problem('dashboard onToken', () => `dashboard.onToken failed: ${messageOf(error)}`);
    }
  }
}

function below(mount: string, url = '/'): Place {
  const [path = ''] = url.split('?');
  return mount === '' || path === mount || path.startsWith(`${mount}/`)
    ? { mount, url: url.slice(mount.length) }
    : { mount };
}
