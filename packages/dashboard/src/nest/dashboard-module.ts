import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type Telemetry, TelemetryError } from '@telltale/core';
import { type Dashboard, dashboard } from '../dashboard.ts';
import type { DashboardOptions } from '../options.ts';

export interface DashboardModuleOptions extends DashboardOptions {
  /** Where the page is; default `/telltale`. Global prefixes do not change it. */
  readonly path?: string;
}

const DASHBOARD = Symbol('telltale.dashboard');
const PATH = Symbol('telltale.dashboard.path');
const DEFAULT_PATH = '/telltale';

/** What is used of Nest's adapters, and of Fastify. */
interface Adapter {
  getType(): string;
  getHttpServer(): unknown;
  getInstance(): unknown;
}

interface ExpressInstance {
  use(path: string, handler: Dashboard): unknown;
}

interface FastifyInstance {
  addHook(
    name: 'onRequest',
    hook: (
      request: { readonly raw: IncomingMessage },
      reply: { readonly raw: ServerResponse; hijack(): unknown },
      done: () => void,
    ) => void,
  ): unknown;
}

/**
 * The live page in a Nest application, on Express or Fastify: `imports: [DashboardModule.forRoot(telemetry)]`. It stands before guards, pipes and
 * interceptors, which know nothing of it, and asks for its own token. Ends with the application.
 */
export class DashboardModule implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  // Decorators, called: their syntax would need the compiler's helpers at run time.
  static {
    Module({})(DashboardModule);
    for (const [index, token] of [DASHBOARD, PATH, HttpAdapterHost].entries()) {
      Inject(token)(DashboardModule, undefined, index);
    }
  }

  private readonly page: Dashboard;
  private readonly path: string;
  private readonly host: HttpAdapterHost;

  /** Throws `ERR_OPTION` for options that are wrong. */
  static forRoot(telemetry: Telemetry, options: DashboardModuleOptions = {}): DynamicModule {
    const { path = DEFAULT_PATH } = options;
    if (path === '' || path === '/') {
      throw new TelemetryError(
        'ERR_OPTION',
        `"DashboardModule.path" is ${JSON.stringify(path)}, where the application itself is; give one such as "${DEFAULT_PATH}".`,
      );
    }
    const page = dashboard(telemetry, { ...options, path });
    return {
      module: DashboardModule,
      // Not as values: Nest may make text of them, to tell modules apart.
      providers: [
        { provide: DASHBOARD, useFactory: () => page },
        { provide: PATH, useFactory: () => path.replace(/\/$/, '') },
      ],
    };
  }

  constructor(page: Dashboard, path: string, host: HttpAdapterHost) {
    this.page = page;
    this.path = path;
    this.host = host;
  }

  /** Nest calls it before it makes routes. */
  onModuleInit(): void {
    // None without HTTP.
    const adapter = this.host.httpAdapter as Adapter | undefined;
    if (adapter?.getType() === 'express') (adapter.getInstance() as ExpressInstance).use(this.path, this.page);
    else if (adapter?.getType() === 'fastify') this.hook(adapter.getInstance() as FastifyInstance);
  }

  onApplicationBootstrap(): void {
    const server = (this.host.httpAdapter as Adapter | undefined)?.getHttpServer() as Server | undefined;
    if (server !== undefined) this.page.attach(server, this.path);
  }

  /** Before Nest closes its server, which waits for its last connection. */
  beforeApplicationShutdown(): Promise<void> {
    return this.page.close();
  }

  private hook(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', ({ raw }, reply, done) => {
      const [path = ''] = (raw.url ?? '').split('?');
      if (path !== this.path && !path.startsWith(`${this.path}/`)) {
        done();
        return;
      }
      reply.hijack();
      this.page(raw, reply.raw);
    });
  }
}
