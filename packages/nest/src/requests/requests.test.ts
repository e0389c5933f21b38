import { Readable } from 'node:stream';
import { setImmediate as tick } from 'node:timers/promises';
import {
  All,
  type ArgumentsHost,
  Body,
  type CallHandler,
  type CanActivate,
  Catch,
  ConflictException,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  HttpCode,
  HttpException,
  Injectable,
  type MiddlewareConsumer,
  Module,
  type NestInterceptor,
  type NestMiddleware,
  NotFoundException,
  Param,
  ParseIntPipe,
  Post,
  RequestMethod,
  Res,
  Scope,
  StreamableFile,
  UseFilters,
  UseGuards,
  UseInterceptors,
  VERSION_NEUTRAL,
  Version,
  VersioningType,
} from '@nestjs/common';
import { APP_GUARD, RouterModule } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Telemetry } from '@telltale/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { InjectTelemetry, type NestRequest } from '../index.ts';
import {
  ask,
  closeAll,
  countOf,
  durations,
  platforms,
  pointsOf,
  recorded,
  serve,
  spanTree,
  testTelemetry,
} from '../observed-app.test-support.ts';

afterEach(closeAll);

interface MadeRequest extends NestRequest {
  readonly user?: { readonly plan: string };
  readonly params?: Readonly<Record<string, string>>;
}

class QuotaError extends Error {
  override readonly name = 'QuotaError';
}

describe.each(platforms)('requests of Nest on %s', (platform, adapter) => {
  const quiet = () => testTelemetry({ spans: false }).telemetry;

  describe('what is refused or fails', () => {
    class Refuses implements CanActivate {
      canActivate() {
        return false;
      }
    }
    class Throws implements CanActivate {
      canActivate(): boolean {
        throw new QuotaError('no more');
      }
    }
    class FailsBefore implements NestInterceptor {
      async intercept(_context: ExecutionContext, _next: CallHandler): Promise<never> {
        await tick();
        throw new QuotaError('no more');
      }
    }
    @Catch(QuotaError)
    class QuotaFilter implements ExceptionFilter {
      catch(_error: QuotaError, host: ArgumentsHost) {
        const response = host.switchToHttp().getResponse();
        response.status(503).send('later');
      }
    }

    @Controller('things')
    class ThingsController {
      @Get('guarded')
      @UseGuards(Refuses)
      guarded() {}

      @Get('guard-fails')
      @UseGuards(new Throws())
      guardFails() {}

      @Get('interceptor-fails')
      @UseInterceptors(FailsBefore)
      interceptorFails() {}

      @Get('filtered')
      @UseFilters(QuotaFilter)
      filtered() {
        throw new QuotaError('no more');
      }

      @Get('filtered-by-object')
      @UseFilters(new QuotaFilter())
      filteredByObject() {
        throw new QuotaError('no more');
      }

      @Get('conflict')
      conflict() {
        throw new ConflictException();
      }

      @Get('http-500')
      http500() {
        throw new HttpException('broken', 500);
      }

      @Get('by-id/:id')
      byId(@Param('id', ParseIntPipe) id: number) {
        if (id > 9) throw new NotFoundException();
        return id;
      }
    }

    it('has the status that Nest answers, and error.type of the exception where the service is at fault', async () => {
      const telemetry = quiet();
      const { port } = await serve({ adapter: adapter(), telemetry, module: { controllers: [ThingsController] } });
      expect(
        await recorded(
          telemetry,
          port,
          '/things/guarded',
          '/things/guard-fails',
          '/things/interceptor-fails',
          '/things/filtered',
          '/things/filtered-by-object',
          '/things/conflict',
          '/things/http-500',
          '/things/by-id/7',
          '/things/by-id/seven',
          '/things/by-id/10',
          'POST /things/conflict',
        ),
      ).toEqual([
        'GET /things/by-id/:id 200',
        'GET /things/by-id/:id 400',
        'GET /things/by-id/:id 404',
        'GET /things/conflict 409',
        'GET /things/filtered 503 QuotaError',
        'GET /things/filtered-by-object 503 QuotaError',
        'GET /things/guard-fails 500 QuotaError',
        'GET /things/guarded 403',
        'GET /things/http-500 500 HttpException',
        'GET /things/interceptor-fails 500 QuotaError',
        'POST (no route) 404',
      ]);
    });

    it('knows the exception that a global filter answers, whichever way it was given', async () => {
      @Catch()
      class AllFilter extends QuotaFilter {}
      const telemetry = quiet();
      const { port } = await serve({
        adapter: adapter(),
        telemetry,
        module: { controllers: [ThingsController] },
        configure: (app) => app.useGlobalFilters(new AllFilter()),
      });
      expect(await recorded(telemetry, port, '/things/guard-fails', '/things/nothing')).toEqual([
        'GET (no route) 503 NotFoundException',
        'GET /things/guard-fails 503 QuotaError',
      ]);
    });
  });

  describe('routes', () => {
    @Controller('users')
    class UsersController {
      @Get(':id')
      user() {
        return 'user';
      }

      @All('any/thing')
      any() {
        return 'any';
      }

      @Get('files/*')
      files() {
        return 'file';
      }
    }

    it('has the global prefix, and no route for what is missing under it', async () => {
      const telemetry = quiet();
      const { port } = await serve({
        adapter: adapter(),
        telemetry,
        module: { controllers: [UsersController] },
        configure: (app) =>
          app.setGlobalPrefix('api', { exclude: [{ path: 'users/any/thing', method: RequestMethod.ALL }] }),
      });
      const missing = Array.from({ length: 20 }, (_, n) => `/api/missing/${n}`);
      expect(
        await recorded(
          telemetry,
          port,
          '/api/users/1',
          '/api/users/files/a/b.txt',
          'PUT /users/any/thing',
          'PUT /api/users/1',
          '/users/1',
          '/api',
          ...missing,
        ),
      ).toEqual([
        'GET (no route) 404',
        'GET /api/users/:id 200',
        'GET /api/users/files/{*path} 200',
        'PUT (no route) 404',
        'PUT /users/any/thing 200',
      ]);
    });

    it('has no route under the prefix either when a filter gives what is missing another status', async () => {
      @Catch()
      class TeapotFilter implements ExceptionFilter {
        catch(_error: unknown, host: ArgumentsHost) {
          host.switchToHttp().getResponse().status(418).send('short and stout');
        }
      }
      const telemetry = quiet();
      const { port } = await serve({
        adapter: adapter(),
        telemetry,
        module: { controllers: [UsersController] },
        configure: (app) => app.setGlobalPrefix('api').useGlobalFilters(new TeapotFilter()),
      });
      expect(await recorded(telemetry, port, '/api/missing/1', '/api/missing/2')).toEqual(['GET (no route) 418']);
    });

    it('has the version where it is in the URL, and tells versions by header apart by nothing but the route', async () => {
      @Controller({ path: 'cats', version: '1' })
      class CatsController {
        @Get()
        one() {
          return 'one';
        }

        @Version('2')
        @Get()
        two() {
          return 'two';
        }

        @Version(VERSION_NEUTRAL)
        @Get('neutral')
        neutral() {
          return 'neutral';
        }
      }
      const byUrl = quiet();
      const { port } = await serve({
        adapter: adapter(),
        telemetry: byUrl,
        module: { controllers: [CatsController] },
        configure: (app) => app.enableVersioning({ type: VersioningType.URI }),
      });
      expect(await recorded(byUrl, port, '/v1/cats', '/v2/cats', '/v3/cats', '/cats/neutral')).toEqual([
        'GET (no route) 404',
        'GET /cats/neutral 200',
        'GET /v1/cats 200',
        'GET /v2/cats 200',
      ]);

      const byHeader = quiet();
      const { port: second } = await serve({
        adapter: adapter(),
        telemetry: byHeader,
        module: { controllers: [CatsController] },
        configure: (app) => app.enableVersioning({ type: VersioningType.HEADER, header: 'x-version' }),
      });
      for (const version of ['1', '2', '3']) await ask(second, '/cats', { headers: { 'x-version': version } });
      expect(await recorded(byHeader, second, '/cats/neutral')).toEqual([
        'GET (no route) 404',
        'GET /cats 200',
        'GET /cats/neutral 200',
      ]);
    });

    it('has the paths of RouterModule', async () => {
      @Module({ controllers: [UsersController] })
      class UsersModule {}
      const telemetry = quiet();
      const { port } = await serve({
        adapter: adapter(),
        telemetry,
        module: {
          imports: [UsersModule, RouterModule.register([{ path: 'tenants/:tenant', module: UsersModule }])],
        },
      });
      expect(await recorded(telemetry, port, '/tenants/acme/users/1', '/tenants/zap/users/2')).toEqual([
        'GET /tenants/:tenant/users/:id 200',
      ]);
    });

    it('is that of the request when something is answered before the handler, such as a preflight or by middleware', async () => {
      @Injectable()
      class Gatekeeper implements NestMiddleware {
        use(
          request: { readonly headers: Record<string, unknown> },
          response: { end(): void; statusCode: number },
          next: () => void,
        ) {
          if (request.headers['x-fail'] !== undefined) throw new QuotaError('in middleware');
          if (request.headers['x-stop'] === undefined) return next();
          response.statusCode = 401;
          response.end();
        }
      }
      @Module({ controllers: [UsersController] })
      class UsersModule {
        configure(consumer: MiddlewareConsumer) {
          consumer.apply(Gatekeeper).forRoutes(UsersController);
        }
      }
      const telemetry = quiet();
      const { port } = await serve({
        adapter: adapter(),
        telemetry,
        module: { imports: [UsersModule] },
        configure: (app) => {
          app.enableCors();
          app.use((request: { readonly url: string }, response: { end(): void }, next: () => void) => {
            if (request.url === '/from-middleware') response.end();
            else next();
          });
        },
      });
      await ask(port, '/users/1', { headers: { 'x-stop': '1' } });
      await ask(port, '/users/1', { headers: { 'x-fail': '1' } });
      await ask(port, '/users/1', {
        method: 'OPTIONS',
        headers: { origin: 'http://a.test', 'access-control-request-method': 'GET' },
      });
      const all = await recorded(telemetry, port, '/users/1', '/from-middleware');
      expect(all.map((one) => one.replace(/(\(no route\)|\/users\S*)/, '*'))).toEqual(
        expect.arrayContaining(['GET * 200', 'GET * 401', 'GET * 500 QuotaError', 'OPTIONS * 204']),
      );
      expect(durations(telemetry).reduce((sum, { count }) => sum + count, 0)).toBe(5);
    });
  });

  it('records URLs that cannot be decoded', async () => {
    @Controller()
    class PlainController {
      @Get(':name')
      name() {
        return 'name';
      }
    }
    const telemetry = quiet();
    const { port } = await serve({ adapter: adapter(), telemetry, module: { controllers: [PlainController] } });
    const all = await recorded(telemetry, port, '/%ff', '/fine');
    // Express knows by then which route it would have been.
    expect(all.map((one) => one.replace('(no route)', '/:name')).sort()).toEqual(['GET /:name 200', 'GET /:name 400']);
    const [size] = pointsOf(telemetry, 'http.server.response.body.size').filter(
      ({ attributes }) => attributes['http.response.status_code'] === 400,
    );
    expect((size as { readonly sum: number }).sum).toBeGreaterThan(20);
  });

  it('records a file that is streamed, its bytes and its life', async () => {
    @Controller()
    class FilesController {
      @Get('file')
      file() {
        return new StreamableFile(Readable.from([Buffer.from('one,'), Buffer.from('two')]), { type: 'text/csv' });
      }
    }
    const telemetry = quiet();
    const { port } = await serve({ adapter: adapter(), telemetry, module: { controllers: [FilesController] } });
    expect(await recorded(telemetry, port, '/file', 'HEAD /file')).toEqual(['GET /file 200', 'HEAD /file 200']);
    expect(
      pointsOf(telemetry, 'http.server.response.body.size').map(({ attributes, ...point }) => [
        attributes['http.request.method'],
        (point as { readonly sum: number }).sum,
      ]),
    ).toEqual([
      ['GET', 7],
      ['HEAD', 0],
    ]);
    expect(
      pointsOf(telemetry, 'http.server.stream.duration').map(({ attributes }) => attributes['http.route']),
    ).toEqual(['/file']);
  });

  it('records requests of request-scoped controllers, with what their dependencies fail with', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Broken {
      constructor() {
        throw new QuotaError('cannot be made');
      }
    }
    @Controller('scoped')
    class ScopedController {
      constructor(_broken: Broken) {}

      @Get()
      get() {}
    }
    const telemetry = quiet();
    const { port } = await serve({
      adapter: adapter(),
      telemetry,
      module: { controllers: [ScopedController], providers: [Broken] },
    });
    expect(await recorded(telemetry, port, '/scoped')).toEqual(['GET /scoped 500 QuotaError']);
  });

  describe('options', () => {
    @Injectable()
    class Authenticate implements CanActivate {
      canActivate(context: ExecutionContext) {
        context.switchToHttp().getRequest().user = { plan: 'pro' };
        return true;
      }
    }
    @Controller()
    class PlainController {
      @Get('orders/:id')
      order() {
        return 'order';
      }

      @Get('health')
      health() {
        return 'ok';
      }

      @Post('body')
      body(@Body() body: unknown) {
        return body;
      }
    }

    it('hands enrich the request as the platform and guards have made it', async () => {
      const telemetry = quiet();
      const { port } = await serve({
        adapter: adapter(),
        telemetry,
        options: {
          skip: (request) => request.url === '/health',
          enrich: {
            'user.plan': (request: MadeRequest) => request.user?.plan,
            'order.id': (request: MadeRequest) => request.params?.id,
            limit: 2,
          },
        },
        module: { controllers: [PlainController], providers: [{ provide: APP_GUARD, useClass: Authenticate }] },
      });
      await ask(port, '/health');
      await recorded(telemetry, port, '/orders/1', '/orders/2', '/orders/3');
      expect(durations(telemetry).map(({ attributes }) => [attributes['user.plan'], attributes['order.id']])).toEqual([
        ['pro', '1'],
        ['pro', '2'],
        ['pro', 'other'],
      ]);
    });

    it('follows proxies as far as the platform is told to trust them', async () => {
      const { telemetry, memory } = testTelemetry();
      const { port } = await serve({
        adapter: platform === 'Fastify' ? new FastifyAdapter({ trustProxy: true }) : adapter(),
        telemetry,
        options: { spans: false },
        module: { controllers: [PlainController] },
        configure: (app) => {
          const { set } = app.getHttpAdapter() as { set?(name: string, value: unknown): void };
          set?.call(app.getHttpAdapter(), 'trust proxy', true);
        },
      });
      await ask(port, '/orders/1', { headers: { 'x-forwarded-proto': 'https', 'x-forwarded-for': '192.0.2.7' } });
      await vi.waitFor(() => expect(durations(telemetry)).toHaveLength(1));
      await telemetry.flush();
      expect(durations(telemetry)[0]?.attributes['url.scheme']).toBe('https');
      expect(memory.spans[0]?.attributes).toMatchObject({ 'url.scheme': 'https', 'client.address': '192.0.2.7' });
    });

    it('puts the query string on spans when asked to, and leaves out the spans that are not wanted', async () => {
      const { telemetry, memory } = testTelemetry();
      const { port } = await serve({
        adapter: adapter(),
        telemetry,
        options: { query: true, spans: { handlers: false } },
        module: { controllers: [PlainController] },
      });
      await recorded(telemetry, port, '/orders/1?full=yes');
      await telemetry.flush();
      expect(memory.spans.map(({ name, attributes }) => [name, attributes['url.query']])).toEqual([
        ['GET /orders/:id', 'full=yes'],
      ]);
    });
  });

  it('answers with @Res() passthrough, and by the platform itself, are recorded like others', async () => {
    @Controller()
    class ResponseController {
      @Get('passthrough')
      passthrough(@Res({ passthrough: true }) response: { status(code: number): unknown }) {
        response.status(202);
        return 'accepted';
      }

      @Get('own')
      own(@Res() response: { status(code: number): { send(body: string): void } }) {
        response.status(203).send('own');
      }
    }
    const telemetry = quiet();
    const { port } = await serve({ adapter: adapter(), telemetry, module: { controllers: [ResponseController] } });
    expect(await recorded(telemetry, port, '/passthrough', '/own')).toEqual(['GET /own 203', 'GET /passthrough 202']);
  });
});

describe('requests of Nest on Fastify', () => {
  const [, fastify] = platforms[1] as (typeof platforms)[1];

  @Controller()
  class PlainController {
    @InjectTelemetry() private readonly telemetry!: Telemetry;

    @Get('traced/:id')
    traced() {
      return this.telemetry.span('work', () => 'traced');
    }
  }

  it('are recorded when they are injected', async () => {
    const { telemetry } = testTelemetry({ spans: false });
    const { app } = await serve({ adapter: fastify(), telemetry, module: { controllers: [PlainController] } });
    await (app as NestFastifyApplication).inject('/traced/1');
    expect(durations(telemetry).map(({ attributes }) => attributes['http.route'])).toEqual(['/traced/:id']);
  });

  it('are recorded though a hook of someone else takes the place in front of all others', async () => {
    for (const when of ['before', 'after']) {
      const seen: string[] = [];
      const subject = testTelemetry();
      const adapter = fastify() as FastifyAdapter;
      const hook = (_request: unknown, _reply: unknown, done: () => void) => {
        seen.push(when);
        done();
      };
      if (when === 'before') adapter.setOnRequestHook(hook);
      const { port } = await serve({
        adapter,
        telemetry: subject.telemetry,
        options: { spans: false },
        module: { controllers: [PlainController] },
        configure: () => when === 'after' && adapter.setOnRequestHook(hook),
      });
      expect(await recorded(subject.telemetry, port, '/traced/1')).toEqual(['GET /traced/:id 200']);
      expect(await spanTree(subject)).toEqual(['GET /traced/:id', '  work']);
      expect(seen).toEqual([when]);
    }
  });

  it('are part of the span in middleware, too, with the body read or not', async () => {
    const subject = testTelemetry();
    const { telemetry } = subject;
    const begun: string[] = [];
    @Controller()
    class EchoController {
      @Post('echo')
      @HttpCode(200)
      echo(@Body() body: unknown) {
        return telemetry.span('handler', () => body);
      }
    }
    const { port } = await serve({
      adapter: fastify(),
      telemetry,
      options: { spans: false },
      module: { controllers: [EchoController] },
      configure: (app) => {
        app.use((request: { readonly method: string }, _response: unknown, next: () => void) => {
          telemetry.span('middleware', () => {});
          begun.push(request.method);
          next();
        });
        const instance = app.getHttpAdapter().getInstance();
        instance.addHook('preHandler', (_request: unknown, _reply: unknown, done: () => void) =>
          telemetry.span('hook', () => done()),
        );
      },
    });
    await recorded(telemetry, port, 'PUT /echo');
    // The rest of the body comes when the request has been routed: what reads it is called from outside of all contexts.
    const { promise: rest, resolve: send } = Promise.withResolvers<void>();
    const body = new ReadableStream({
      async start(controller) {
        controller.enqueue(Buffer.from('{"n":'));
        await rest;
        controller.enqueue(Buffer.from('1}'));
        controller.close();
      },
    });
    const headers = { 'content-type': 'application/json' };
    const answer = ask(port, 'POST /echo', { headers, body, duplex: 'half' } as RequestInit);
    await vi.waitFor(() => expect(begun).toEqual(['PUT', 'POST']));
    send();
    expect(await answer).toBe('{"n":1}');
    await vi.waitFor(() => expect(countOf(telemetry)).toBe(2));
    expect(await spanTree(subject)).toEqual([
      'PUT',
      '  middleware',
      '  hook',
      'POST /echo',
      '  middleware',
      '  hook',
      '    handler',
    ]);
  });
});

describe('a platform that is not known', () => {
  it('is told of once, and works', async () => {
    const { telemetry, problems } = testTelemetry();
    class OwnAdapter extends ExpressAdapter {
      override getType() {
        return 'own';
      }
    }
    const { port } = await serve({ adapter: new OwnAdapter(), telemetry, module: {} });
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).json()).toMatchObject({ statusCode: 404 });
    expect(problems.map(({ message }) => message)).toEqual([
      'Requests of Nest are not fully observed: the platform "own" is not known; use Express or Fastify.',
    ]);
  });
});
