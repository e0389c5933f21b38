import {
  type DynamicModule,
  type FactoryProvider,
  Inject,
  Module,
  type ModuleMetadata,
  type NestModule,
  type OnModuleDestroy,
  Optional,
} from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost } from '@nestjs/core';
import {
  checkKeys,
  type HealthEndpoint,
  type HealthEndpointOptions,
  healthEndpoint,
  type Telemetry,
  TelemetryError,
} from '@telltale/core';
import { TELEMETRY } from '../injection/tokens.ts';

export interface TelemetryHealthModuleOptions
  extends Pick<HealthEndpointOptions, 'checks' | 'timeout' | 'detail' | 'path'> {
  /** Whether `app.setGlobalPrefix` holds for `path`. Default false: probes keep their address when the API's changes. */
  readonly globalPrefix?: boolean;
}

export interface TelemetryHealthModuleAsyncOptions
  extends Pick<ModuleMetadata, 'imports'>,
    Pick<FactoryProvider, 'inject'> {
  /** Given what `inject` names. */
  useFactory(...injected: never[]): TelemetryHealthModuleOptions | Promise<TelemetryHealthModuleOptions>;
}

/** What is needed of any of Nest's HTTP adapters. */
interface RoutingAdapter {
  all(path: string, handler: HealthEndpoint): unknown;
}

const OWNER = 'TelemetryHealthModule.forRoot';
const OPTIONS = Symbol('telltale.nest.health-options');

/**
 * Answers probes at `/health`, `/health/live` and `/health/ready`, in front of guards, interceptors and middleware of modules, on Express and Fastify. Import it
 * beside `TelemetryModule`, whose telemetry it tells of. Not ready from the moment that `app.close()` is called, or that a signal comes.
 */
export class TelemetryHealthModule implements NestModule, OnModuleDestroy {
  // Decorators, called: their syntax would need the compiler's helpers at run time.
  static {
    Module({})(TelemetryHealthModule);
    for (const [index, token] of [OPTIONS, TELEMETRY].entries()) {
      Optional()(TelemetryHealthModule, undefined, index);
      Inject(token)(TelemetryHealthModule, undefined, index);
    }
    Inject(ApplicationConfig)(TelemetryHealthModule, undefined, 2);
    Inject(HttpAdapterHost)(TelemetryHealthModule, undefined, 3);
  }

  private readonly options: TelemetryHealthModuleOptions;
  private readonly telemetry: Telemetry;
  private readonly config: ApplicationConfig;
  private readonly host: HttpAdapterHost;
  private isEnding = false;

  /** Wrong options end the start of the application, with `ERR_OPTION`. */
  static forRoot(options: TelemetryHealthModuleOptions = {}): DynamicModule {
    return moduleWith({ provide: OPTIONS, useFactory: () => options }, []);
  }

  /** For checks of what the application injects: `{ inject: [DataSource], useFactory: (db) => ({ checks: { db: () => db.query('select 1') } }) }`. */
  static forRootAsync(options: TelemetryHealthModuleAsyncOptions): DynamicModule {
    const { imports = [], inject = [], useFactory } = options;
    return moduleWith({ provide: OPTIONS, inject, useFactory: useFactory as FactoryProvider['useFactory'] }, imports);
  }

  constructor(
    options: TelemetryHealthModuleOptions | undefined,
    telemetry: Telemetry | undefined,
    config: ApplicationConfig,
    host: HttpAdapterHost,
  ) {
    if (options === undefined || telemetry === undefined) {
      throw new TelemetryError(
        'ERR_OPTION',
        'TelemetryHealthModule needs options and a telemetry; write imports: [TelemetryModule.forRoot(telemetry), TelemetryHealthModule.forRoot()].',
      );
    }
    checkKeys(OWNER, options, ['checks', 'timeout', 'detail', 'path', 'globalPrefix']);
    if (options.globalPrefix !== undefined && typeof options.globalPrefix !== 'boolean') {
      throw new TelemetryError('ERR_OPTION', `"globalPrefix" of ${OWNER} is neither true nor false.`);
    }
    this.options = options;
    this.telemetry = telemetry;
    this.config = config;
    this.host = host;
  }

  /** Nest calls it when the application is set up, its prefix known, and before it makes routes. No middleware is added. */
  configure(): void {
    const { globalPrefix = false, path = '/health', ...rest } = this.options;
    const base = typeof path === 'string' ? joined(globalPrefix ? this.config.getGlobalPrefix() : '', path) : path;
    const endpoint = healthEndpoint(this.telemetry, { ...rest, path: base, isEnding: () => this.isEnding });
    const adapter = this.host.httpAdapter as unknown as RoutingAdapter | null | undefined;
    // In microservices and tests of modules there is none.
    if (typeof adapter?.all !== 'function') return;
    const above = base === '/' ? '' : base;
    for (const one of [base, `${above}/live`, `${above}/ready`]) {
      adapter.all(one, (request, response) => endpoint(request, response));
    }
  }

  onModuleDestroy(): void {
    this.isEnding = true;
  }
}

function moduleWith(options: FactoryProvider, imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
  return { module: TelemetryHealthModule, imports, providers: [options] };
}

/** With one slash between all parts, and none at the end. */
function joined(...parts: readonly string[]): string {
  return `/${parts.flatMap((part) => part.split('/').filter((piece) => piece !== '')).join('/')}`;
}
