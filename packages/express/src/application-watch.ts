import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type HttpServerSettings, observeUpgrades, type Telemetry, type UpgradeOptions } from '@telltale/core';
import { stackOf } from './chains.ts';
import { recordHandledErrors } from './error-handlers.ts';
import { type Application, isPathless, type Layer } from './layer.ts';
import { recordErrors } from './record-errors.ts';
import { asRouted, clientByProxy, type RoutedRequest, schemeByProxy } from './routed-request.ts';

/** Node's channel of new connections; of those with TLS, too. */
const CONNECTIONS = 'net.server.socket';

type Server = Parameters<typeof observeUpgrades>[0] & { listeners(event: string): readonly unknown[] };

/**
 * Finds the applications that a middleware is mounted in and the servers in front of them, to see there what does not come by the middleware:
 * errors that the service's own handlers answer, and upgrades. Never throws.
 */
export class ApplicationWatch {
  private readonly middleware: unknown;
  private readonly telemetry: Telemetry;
  private readonly settings: HttpServerSettings<RoutedRequest>;
  private readonly applications = new WeakSet<object>();
  private readonly servers = new WeakSet<object>();

  /** Lives as long as whoever keeps it: Node's channel does not. */
  constructor(middleware: unknown, telemetry: Telemetry, settings: HttpServerSettings<RoutedRequest>) {
    this.middleware = middleware;
    this.telemetry = telemetry;
    this.settings = settings;
    follow(new WeakRef(this));
  }

  /** A request has come to the middleware. By the first one, the application has its routes and error handlers. */
  see(request: RoutedRequest): void {
    const { app } = request;
    if (app === undefined || this.applications.has(app)) return;
    this.applications.add(app);
    try {
      // Behind all others, where errors come by that nobody handles.
      app.use?.(recordErrors());
      recordHandledErrors(app);
      // A function around the application, as Socket.IO puts there, has hidden it so far.
      if (app.parent === undefined) this.observe(serverOf(request.socket), app);
    } catch {
      // An application that is built in another way: errors are then known by their status.
    }
  }

  /** A connection has been made to some server of the process. Before its first request, so that an upgrade can be the first. */
  connected(socket: unknown): void {
    const server = serverOf(socket);
    if (server === undefined || this.servers.has(server)) return;
    this.servers.add(server);
    const app = server.listeners('request').find((listener) => this.layerIn(listener) !== undefined);
    if (app === undefined) return;
    this.observe(server, app as Application);
    recordHandledErrors(app);
  }

  private layerIn(app: unknown): Layer | undefined {
    return stackOf(app).find(({ handle }) => handle === this.middleware);
  }

  /** What is mounted on a path is not there for all connections of the server. */
  private observe(server: Server | undefined, app: Application): void {
    const layer = this.layerIn(app);
    if (server === undefined || layer === undefined || !isPathless(layer)) return;
    observeUpgrades(server, this.telemetry, this.upgradeOptions(app));
  }

  private upgradeOptions(app: Application): UpgradeOptions {
    const { settings } = this;
    return {
      query: settings.query,
      skip: (request) => settings.skips(asRouted(request, app)),
      describe: (request) => {
        const routed = asRouted(request, app);
        return {
          scheme: schemeByProxy(routed),
          clientAddress: clientByProxy(routed),
          attributes: settings.enrichment?.attributesOf(routed, undefined),
        };
      },
    };
  }
}

/** Node keeps what listens to its channels: this function, which must keep nothing else. */
function follow(watch: WeakRef<ApplicationWatch>): void {
  const seen = (message: unknown): void => {
    try {
      const alive = watch.deref();
      if (alive !== undefined) alive.connected((message as { readonly socket?: unknown }).socket);
      // Not while the channel tells its listeners.
      else queueMicrotask(() => unsubscribe(CONNECTIONS, seen));
    } catch {
      // What is thrown here would end the process.
    }
  };
  subscribe(CONNECTIONS, seen);
}

/** The server that has accepted the connection, if it speaks HTTP. */
function serverOf(socket: unknown): Server | undefined {
  const server = (socket as { readonly server?: Server } | undefined)?.server;
  const isServer = typeof server?.listeners === 'function' && typeof server.prependListener === 'function';
  return isServer ? server : undefined;
}
