import {
  type DynamicModule,
  type FactoryProvider,
  Inject,
  type MiddlewareConsumer,
  Module,
  type ModuleMetadata,
  type NestModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
  Optional,
  type Provider,
} from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { type Telemetry, TelemetryError } from '@telltale/core';
import { ClassObserver } from './classes/class-observer.ts';
import { TelemetryHealthIndicator } from './health/telemetry-health-indicator.ts';
import { instrumentProviders } from './injection/instrument-tokens.ts';
import { TelemetryHolder } from './injection/telemetry-holder.ts';
import { SETTINGS, TELEMETRY } from './injection/tokens.ts';
import { gatewayRoutes } from './jobs/gateway-routes.ts';
import { observeJobClasses, observeJobInstances } from './jobs/observe-jobs.ts';
import { TelemetryLogger } from './logger/telemetry-logger.ts';
import { type ModuleSettings, type NestRequest, settingsOf, type TelemetryModuleOptions } from './module-options.ts';
import { type PlatformAdapter, RequestObserver } from './requests/observe-requests.ts';

/** What the factory of `forRootAsync` gives: the telemetry, or the telemetry with options. */
export type TelemetryFactoryResult<Request extends NestRequest = NestRequest> =
  | Telemetry
  | (TelemetryModuleOptions<Request> & { readonly telemetry: Telemetry });

export interface TelemetryModuleAsyncOptions<Request extends NestRequest = NestRequest>
  extends Pick<ModuleMetadata, 'imports'>,
    Pick<FactoryProvider, 'inject'> {
  /** Given what `inject` names. */
  useFactory(...injected: never[]): TelemetryFactoryResult<Request> | Promise<TelemetryFactoryResult<Request>>;
}

const FOR_ROOT = 'TelemetryModule.forRoot';
const FOR_ROOT_ASYNC = 'TelemetryModule.forRootAsync';

/** On the modules of an application that has one. */
const IMPORTED = Symbol('telltale.nest.imported');

/**
 * Observes a Nest application: import it once, in the root module, with `forRoot` or `forRootAsync`. It is global: what it provides can be
 * injected anywhere. Ends the telemetry with the application.
 */
export class TelemetryModule implements NestModule, OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  // Decorators, called: their syntax would need the compiler's helpers at run time.
  static {
    Module({ providers: [TelemetryHolder], exports: [TelemetryHolder] })(TelemetryModule);
    Optional()(TelemetryModule, undefined, 0);
    const parameters = [SETTINGS, ModulesContainer, ApplicationConfig, HttpAdapterHost, TelemetryHolder];
    for (const [index, token] of parameters.entries()) Inject(token)(TelemetryModule, undefined, index);
  }

  private readonly settings: ModuleSettings;
  private readonly modules: ModulesContainer;
  private readonly config: ApplicationConfig;
  private readonly host: HttpAdapterHost;
  private readonly classes: ClassObserver;
  private readonly requests: RequestObserver;

  /** Throws `ERR_OPTION` for what is wrong. */
  static forRoot<Request extends NestRequest = NestRequest>(
    telemetry: Telemetry,
    options: TelemetryModuleOptions<Request> = {},
  ): DynamicModule {
    const settings = settingsOf(telemetry, options, FOR_ROOT);
    // Not as a value: Nest may make text of it, to tell modules apart.
    return moduleWith({ provide: SETTINGS, useFactory: () => settings }, []);
  }

  /** For a telemetry that is made from what the application injects, such as its configuration. Wrong options end the start of the application. */
  static forRootAsync<Request extends NestRequest = NestRequest>(
    options: TelemetryModuleAsyncOptions<Request>,
  ): DynamicModule {
    if (typeof options?.useFactory !== 'function') {
      throw new TelemetryError(
        'ERR_OPTION',
        `${FOR_ROOT_ASYNC} needs a factory: { inject: [ConfigService], useFactory: (config) => createTelemetry({ … }) }.`,
      );
    }
    const { imports = [], inject = [], useFactory } = options;
    const useSettings = async (...injected: never[]) => readFactoryResult(await useFactory(...injected));
    return moduleWith({ provide: SETTINGS, inject, useFactory: useSettings as FactoryProvider['useFactory'] }, imports);
  }

  constructor(
    settings: ModuleSettings | undefined,
    modules: ModulesContainer,
    config: ApplicationConfig,
    host: HttpAdapterHost,
    holder: TelemetryHolder,
  ) {
    if (settings === undefined) {
      throw new TelemetryError(
        'ERR_OPTION',
        'TelemetryModule is imported without a telemetry; write imports: [TelemetryModule.forRoot(telemetry)].',
      );
    }
    const { telemetry, spans, requests, owner } = settings;
    importOnce(modules);
    this.settings = settings;
    this.modules = modules;
    this.config = config;
    this.host = host;
    this.classes = new ClassObserver(modules, telemetry, spans);
    this.requests = new RequestObserver(telemetry, requests, owner);
    holder.fill(telemetry);
    this.classes.attachClasses();
    observeJobClasses({ modules, telemetry });
    this.classes.observeClasses();
    // At once, or, in tests, when the application is made of its modules; never for one without HTTP.
    host.init$.subscribe(() => this.withAdapter((adapter) => this.requests.observe(adapter)));
  }

  /** Nest calls it when the application is set up, and before it makes routes. No middleware is added. */
  configure(_consumer: MiddlewareConsumer): void {
    this.classes.observeGlobals(this.config);
    const routeOf = gatewayRoutes(this.modules);
    this.withAdapter((adapter) => this.requests.observeUpgrades(adapter, routeOf));
  }

  async onModuleInit(): Promise<void> {
    this.withAdapter((adapter) => this.requests.routesMounted(adapter));
    await this.attach();
  }

  /** Hooks of other modules may have made further providers. */
  onApplicationBootstrap(): Promise<void> {
    return this.attach();
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.settings.shutdown) await this.settings.telemetry.shutdown();
  }

  private async attach(): Promise<void> {
    this.classes.observeGlobals(this.config);
    this.classes.attachInstances();
    await observeJobInstances({ modules: this.modules, telemetry: this.settings.telemetry });
  }

  private withAdapter(work: (adapter: PlatformAdapter) => void): void {
    const adapter = this.host.httpAdapter as PlatformAdapter | null | undefined;
    // In microservices and tests of modules there is none, or none yet.
    if (typeof adapter?.getType === 'function') work(adapter);
  }
}

function moduleWith(settings: FactoryProvider, imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
  const providers: readonly Provider[] = [
    settings,
    { provide: TELEMETRY, inject: [SETTINGS], useFactory: ({ telemetry }: ModuleSettings) => telemetry },
    TelemetryHealthIndicator,
    {
      provide: TelemetryLogger,
      inject: [TELEMETRY],
      useFactory: (telemetry: Telemetry) => new TelemetryLogger(telemetry),
    },
  ];
  return {
    module: TelemetryModule,
    global: true,
    imports,
    // Asked for when Nest reads the module: by then all classes, and with them what they inject, are defined.
    get providers() {
      return [...providers, ...instrumentProviders(TelemetryModule)];
    },
    get exports() {
      const instruments = instrumentProviders(TelemetryModule).map(({ provide }) => provide);
      return [TELEMETRY, TelemetryHealthIndicator, TelemetryLogger, ...instruments];
    },
  };
}

function readFactoryResult<Request extends NestRequest>(
  result: TelemetryFactoryResult<Request> | undefined,
): ModuleSettings {
  if (typeof (result as Partial<Telemetry> | undefined)?.request === 'function') {
    return settingsOf(result as Telemetry, {}, FOR_ROOT_ASYNC);
  }
  const { telemetry, ...options } = (result ?? {}) as Exclude<TelemetryFactoryResult<Request>, Telemetry>;
  return settingsOf(telemetry, options, FOR_ROOT_ASYNC);
}

/**
 * Its hooks come first when the application starts, before anything begins to work, and last when it ends: Nest calls them by distance from the
 * root module, and global modules are far away already.
 */
function importOnce(modules: ModulesContainer): void {
  const marked = modules as ModulesContainer & { [IMPORTED]?: true };
  if (marked[IMPORTED]) {
    throw new TelemetryError(
      'ERR_OPTION',
      'TelemetryModule is imported twice in this application; import TelemetryModule.forRoot(telemetry) in the root module only, as it is global.',
    );
  }
  marked[IMPORTED] = true;
  for (const module of modules.values()) {
    if (module.metatype === TelemetryModule) module.distance = Number.POSITIVE_INFINITY;
  }
}
