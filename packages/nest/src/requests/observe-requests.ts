import type { IncomingMessage } from 'node:http';
import {
  type HttpServerOptions,
  HttpServerSettings,
  messageOf,
  observeUpgrades,
  type Telemetry,
  type UpgradingServer,
} from '@telltale/core';
import type { FastifyAdapter } from './fastify-platform.ts';
import { asSeenBy, type ExpressAdapter, markUnrouted, observeExpress, proxiedBy } from './observe-express.ts';
import { observeFastify } from './observe-fastify.ts';

/** What is read of any of Nest's HTTP adapters. */
export interface PlatformAdapter {
  getType(): string;
  getHttpServer(): unknown;
}

/** Observes what one application serves over HTTP, whatever platform it runs on. No method throws. */
export class RequestObserver {
  private readonly telemetry: Telemetry;
  private readonly options: HttpServerOptions;
  private readonly settings: HttpServerSettings;
  private readonly adapters = new WeakSet<PlatformAdapter>();

  /** Throws `ERR_OPTION` for options that are wrong; `owner` is the function that was given them. */
  constructor(telemetry: Telemetry, options: HttpServerOptions, owner: string) {
    this.telemetry = telemetry;
    this.options = options;
    this.settings = new HttpServerSettings(telemetry, options, owner);
  }

  /** To be called before the application adds anything to its platform. */
  observe(adapter: PlatformAdapter): void {
    if (!this.telemetry.observes('request') || this.adapters.has(adapter)) return;
    this.adapters.add(adapter);
    this.carefully(() => {
      const type = adapter.getType();
      if (type === 'express') observeExpress(adapter as unknown as ExpressAdapter, this.telemetry, this.options);
      else if (type === 'fastify') observeFastify(adapter as unknown as FastifyAdapter, this.telemetry, this.settings);
      else throw new Error(`the platform "${type}" is not known; use Express or Fastify`);
    });
  }

  /** To be called when the routes are mounted. */
  routesMounted(adapter: PlatformAdapter): void {
    if (!this.adapters.has(adapter) || adapter.getType() !== 'express') return;
    this.carefully(() => markUnrouted(adapter as unknown as ExpressAdapter));
  }

  /** To be called when the application has its server. `routeOf` gives the template of a connection that changes its protocol. */
  observeUpgrades(adapter: PlatformAdapter, routeOf: (request: IncomingMessage) => string | undefined): void {
    const { settings } = this;
    this.carefully(() => {
      const app = adapter.getType() === 'express' ? (adapter as unknown as ExpressAdapter).getInstance() : undefined;
      observeUpgrades(adapter.getHttpServer() as UpgradingServer, this.telemetry, {
        query: settings.query,
        route: routeOf,
        skip: (request) => settings.skips(asSeenBy(app, request)),
        describe: (request) => {
          const seen = asSeenBy(app, request);
          return { ...proxiedBy(seen), attributes: settings.enrichment?.attributesOf(seen, undefined) };
        },
      });
    });
  }

  private carefully(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.telemetry.problem('nest requests', () => `Requests of Nest are not fully observed: ${messageOf(error)}.`);
    }
  }
}
