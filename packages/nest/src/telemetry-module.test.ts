import { Controller, Get, Injectable, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { createTelemetry, type Telemetry } from '@telltale/core';
import { afterEach, describe, expect, it } from 'vitest';
import { TelemetryModule, type TelemetryModuleOptions, Traced } from './index.ts';
import {
  closeAll,
  closeLater,
  platforms,
  recorded,
  serve,
  spanTree,
  testTelemetry,
} from './observed-app.test-support.ts';

afterEach(closeAll);

@Controller('things')
class ThingsController {
  @Get(':id')
  get() {
    return 'thing';
  }
}

const refused = (start: string) =>
  expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringContaining(start) });

function compiled(imports: NonNullable<Parameters<typeof Test.createTestingModule>[0]['imports']>) {
  return Test.createTestingModule({ imports }).compile();
}

describe('TelemetryModule.forRoot', () => {
  it.each([
    [undefined, 'TelemetryModule.forRoot was given undefined in place of a telemetry.'],
    [null, 'TelemetryModule.forRoot was given null'],
    [{}, 'TelemetryModule.forRoot was given a value of type object'],
  ])('says what to do about %s in place of a telemetry', (telemetry, message) => {
    expect(() => TelemetryModule.forRoot(telemetry as never)).toThrow(refused(message));
    expect(() => TelemetryModule.forRoot(telemetry as never)).toThrow('two files import each other');
  });

  it.each([
    [{ skipp: () => true }, 'did you mean "skip"?'],
    [{ skip: true }, '"skip" of TelemetryModule.forRoot is not a function'],
    [{ query: 1 }, '"query" of TelemetryModule.forRoot'],
    [{ enrich: null }, '"enrich" of TelemetryModule.forRoot'],
    [{ enrich: { limit: 0 } }, '"enrich.limit" of TelemetryModule.forRoot is 0'],
    [{ spans: { guard: true } }, 'did you mean "guards"?'],
    [{ spans: 'all' }, '"TelemetryModule.forRoot.spans"'],
    [{ shutdown: 'yes' }, '"shutdown" of TelemetryModule.forRoot'],
  ])('refuses the options %j', (options, message) => {
    const { telemetry } = testTelemetry();
    expect(() => TelemetryModule.forRoot(telemetry, options as never)).toThrow(refused(message));
  });

  it('refuses to be imported without it', async () => {
    await expect(compiled([TelemetryModule])).rejects.toThrow(
      refused('TelemetryModule is imported without a telemetry; write imports: [TelemetryModule.forRoot(telemetry)].'),
    );
  });

  it('refuses to be imported twice', async () => {
    const { telemetry } = testTelemetry();
    @Module({ imports: [TelemetryModule.forRoot(telemetry)] })
    class FeatureModule {}
    await expect(compiled([FeatureModule, TelemetryModule.forRoot(telemetry)])).rejects.toThrow(
      refused('TelemetryModule is imported twice'),
    );
  });

  it('can be imported as one and the same module in several places', async () => {
    const { telemetry } = testTelemetry();
    const one = TelemetryModule.forRoot(telemetry);
    @Module({ imports: [one] })
    class FeatureModule {}
    const module = await compiled([one, FeatureModule]);
    await module.close();
  });

  it('leaves alone what is no class of the application', async () => {
    const { telemetry } = testTelemetry();
    const frozen = Object.freeze({ canActivate: () => true });
    class Frozen {}
    Object.freeze(Frozen.prototype);
    const module = await Test.createTestingModule({
      imports: [TelemetryModule.forRoot(telemetry)],
      providers: [Frozen, { provide: 'OBJECT', useClass: Object }, { provide: 'FROZEN', useValue: frozen }],
    }).compile();
    await module.init();
    expect(Object.getOwnPropertySymbols(Object.prototype)).toEqual([]);
    expect(Object.getOwnPropertySymbols(frozen)).toEqual([]);
    await module.close();
  });

  it.each(['reference', 'deep-hash'] as const)('is told apart from other modules by %s', async (algorithm) => {
    const { telemetry } = testTelemetry();
    @Module({ imports: [TelemetryModule.forRoot(telemetry)] })
    class AppModule {}
    const app = await NestFactory.createApplicationContext(AppModule, {
      logger: false,
      abortOnError: false,
      snapshot: true,
      moduleIdGeneratorAlgorithm: algorithm,
    });
    await app.close();
  });
});

describe('TelemetryModule.forRootAsync', () => {
  @Injectable()
  class ConfigService {
    get(key: string) {
      return key === 'SERVICE' ? 'configured' : undefined;
    }
  }
  @Module({ providers: [ConfigService], exports: [ConfigService] })
  class ConfigModule {}

  async function thingsOf(
    module: ReturnType<typeof TelemetryModule.forRootAsync>,
    adapter: ReturnType<(typeof platforms)[0][1]>,
  ) {
    @Module({ imports: [module], controllers: [ThingsController] })
    class AppModule {}
    const app = await NestFactory.create(AppModule, adapter, { logger: false, abortOnError: false });
    closeLater(() => app.close());
    await app.listen(0, '127.0.0.1');
    return Number(new URL(await app.getUrl()).port);
  }

  it.each(platforms)('makes the telemetry of what is injected, on %s', async (_platform, adapter) => {
    let telemetry!: Telemetry;
    const port = await thingsOf(
      TelemetryModule.forRootAsync({
        imports: [ConfigModule],
        inject: [ConfigService],
        useFactory: (config: ConfigService) => {
          telemetry = createTelemetry({
            service: { name: config.get('SERVICE') as string },
            shutdown: { signals: false },
          });
          return telemetry;
        },
      }),
      adapter(),
    );
    expect(await recorded(telemetry, port, '/things/1')).toEqual(['GET /things/:id 200']);
    expect(telemetry.snapshot().resource.attributes['service.name']).toBe('configured');
  });

  it.each(platforms)(
    'takes options with the telemetry, and waits for a promise of them, on %s',
    async (_platform, adapter) => {
      const subject = testTelemetry();
      const port = await thingsOf(
        TelemetryModule.forRootAsync({
          useFactory: async () => ({
            telemetry: subject.telemetry,
            skip: ({ url }) => url === '/things/skipped',
            spans: false,
          }),
        }),
        adapter(),
      );
      await fetch(`http://127.0.0.1:${port}/things/skipped`);
      expect(await recorded(subject.telemetry, port, '/things/1')).toEqual(['GET /things/:id 200']);
      expect(await spanTree(subject)).toEqual(['GET /things/:id']);
    },
  );

  it('can inject what is itself observed', async () => {
    @Injectable()
    class TracedConfig {
      @Traced()
      get() {
        return 'traced';
      }
    }
    @Module({ providers: [TracedConfig], exports: [TracedConfig] })
    class TracedConfigModule {}
    const subject = testTelemetry();
    const module = await compiled([
      TelemetryModule.forRootAsync({
        imports: [TracedConfigModule],
        inject: [TracedConfig],
        useFactory: (config: TracedConfig) => (config.get() === 'traced' ? subject.telemetry : (undefined as never)),
      }),
    ]);
    await module.init();
    module.get(TracedConfig, { strict: false }).get();
    expect(await spanTree(subject)).toEqual(['TracedConfig.get']);
    await module.close();
  });

  it.each([
    [async () => undefined, 'TelemetryModule.forRootAsync was given undefined in place of a telemetry.'],
    [() => ({ skip: () => true }), 'TelemetryModule.forRootAsync was given undefined in place of a telemetry.'],
    [() => ({ telemetry: testTelemetry().telemetry, spans: { pipe: true } }), 'did you mean "pipes"?'],
  ])('ends the start of the application when the factory gives something wrong', async (useFactory, message) => {
    await expect(compiled([TelemetryModule.forRootAsync({ useFactory: useFactory as never })])).rejects.toThrow(
      refused(message),
    );
  });

  it('refuses to be without a factory', () => {
    expect(() => TelemetryModule.forRootAsync({} as never)).toThrow(refused('forRootAsync needs a factory'));
    expect(() => TelemetryModule.forRootAsync(undefined as never)).toThrow(refused('forRootAsync needs a factory'));
  });
});

describe('an application made by @nestjs/testing', () => {
  it.each(platforms)('is observed on %s, in front of what it uses itself', async (_platform, adapter) => {
    const { telemetry } = testTelemetry();
    const module = await Test.createTestingModule({
      imports: [TelemetryModule.forRoot(telemetry)],
      controllers: [ThingsController],
    }).compile();
    const app = module.createNestApplication(adapter() as never, { logger: false });
    closeLater(() => app.close());
    app.use((request: { readonly url: string }, response: { end(): void }, next: () => void) =>
      request.url === '/answered' ? response.end() : next(),
    );
    await app.listen(0, '127.0.0.1');
    const port = Number(new URL(await app.getUrl()).port);
    expect(await recorded(telemetry, port, '/things/1', '/answered')).toHaveLength(2);
  });
});

describe('an application that does not observe requests', () => {
  it.each(platforms)('works, and records none, on %s', async (_platform, adapter) => {
    const telemetry = createTelemetry({
      service: { name: 'test' },
      operations: { disable: ['request'] },
      shutdown: { signals: false },
    });
    const { port } = await serve({ adapter: adapter(), telemetry, module: { controllers: [ThingsController] } });
    expect(await (await fetch(`http://127.0.0.1:${port}/things/1`)).text()).toBe('thing');
    expect(telemetry.snapshot().metrics.filter(({ name }) => name.startsWith('http.'))).toEqual([]);
  });
});

// Typed as users would.
function typed(telemetry: Telemetry, type: Type<unknown>): TelemetryModuleOptions {
  TelemetryModule.forRootAsync({
    inject: [type],
    useFactory: (config: { readonly n: number }) => ({ telemetry, query: config.n > 1 }),
  });
  return { enrich: { tenant: ({ headers }) => headers['x-tenant']?.toString() } };
}
expect(typed).toBeDefined();
