import { setImmediate as tick } from 'node:timers/promises';
import {
  type ArgumentsHost,
  BadRequestException,
  Body,
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  Delete,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  Header,
  HttpCode,
  Inject,
  Injectable,
  type NestInterceptor,
  Param,
  ParseIntPipe,
  type PipeTransform,
  Post,
  Query,
  Scope,
  SetMetadata,
  Sse,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  ValidationPipe,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, REQUEST, Reflector } from '@nestjs/core';
import type { Telemetry } from '@telltale/core';
import { from, interval, map, type Observable, of, take, tap, throwError } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { InjectTelemetry } from '../index.ts';
import {
  ask,
  closeAll,
  countOf,
  platforms,
  recorded,
  serve,
  spanTree,
  testTelemetry,
} from '../observed-app.test-support.ts';

afterEach(closeAll);

@Injectable()
class FirstGuard implements CanActivate {
  canActivate() {
    return true;
  }
}

@Injectable()
class AsyncGuard implements CanActivate {
  async canActivate() {
    await tick();
    return true;
  }
}

@Injectable()
class RefusingGuard implements CanActivate {
  canActivate() {
    return of(false);
  }
}

@Injectable()
class LogInterceptor implements NestInterceptor {
  @InjectTelemetry() private readonly telemetry!: Telemetry;

  intercept(_context: ExecutionContext, next: CallHandler) {
    return next.handle().pipe(map((value) => this.telemetry.span('after', () => value)));
  }
}

@Injectable()
class TrimPipe implements PipeTransform {
  transform(value: unknown) {
    return typeof value === 'string' ? value.trim() : value;
  }
}

@Catch(RangeError)
class RangeFilter implements ExceptionFilter {
  catch(_error: RangeError, host: ArgumentsHost) {
    host.switchToHttp().getResponse().status(500).send('range');
  }
}

describe.each(platforms)('spans of Nest on %s', (_platform, adapter) => {
  describe('of what is around a handler', () => {
    @Controller('orders')
    @UseGuards(AsyncGuard)
    class OrdersController {
      @InjectTelemetry() private readonly telemetry!: Telemetry;

      @Get(':id')
      @UseInterceptors(LogInterceptor)
      async get(@Param('id', TrimPipe) id: string) {
        await tick();
        return this.telemetry.span('price', () => id);
      }

      @Get(':id/lines')
      @UseFilters(RangeFilter)
      lines() {
        throw new RangeError('too many');
      }

      @Delete(':id')
      @UseGuards(RefusingGuard)
      remove() {}

      @Post()
      @HttpCode(200)
      @UsePipes(
        new ValidationPipe({
          validatorPackage: { validate: async () => [], validateSync: () => [] } as never,
          transformerPackage: {
            plainToClass: (_: unknown, value: unknown) => value,
            classToPlain: (value: unknown) => value,
          } as never,
        }),
      )
      create(@Body() body: unknown, @Query('page', new ParseIntPipe({ optional: true })) _page?: number) {
        return body;
      }
    }

    it('makes them children of the request, each in what it runs in', async () => {
      const subject = testTelemetry();
      const { port } = await serve({
        adapter: adapter(),
        telemetry: subject.telemetry,
        module: { controllers: [OrdersController] },
      });
      await recorded(subject.telemetry, port, '/orders/1');
      expect(await spanTree(subject)).toEqual([
        'GET /orders/:id',
        '  AsyncGuard.canActivate',
        '  LogInterceptor.intercept',
        '    TrimPipe.transform',
        '    OrdersController.get',
        '      price',
        '    after',
      ]);
    });

    it('says of each what it is, as OpenTelemetry does', async () => {
      const subject = testTelemetry();
      const { port } = await serve({
        adapter: adapter(),
        telemetry: subject.telemetry,
        module: { controllers: [OrdersController] },
      });
      await recorded(subject.telemetry, port, '/orders/1');
      await subject.telemetry.flush();
      const attributes = (name: string) => subject.memory.spans.find((span) => span.name === name)?.attributes;
      expect(attributes('OrdersController.get')).toEqual({
        'code.function.name': 'OrdersController.get',
        'nestjs.type': 'handler',
        'nestjs.controller': 'OrdersController',
        'nestjs.callback': 'get',
      });
      expect(attributes('AsyncGuard.canActivate')).toEqual({
        'code.function.name': 'AsyncGuard.canActivate',
        'nestjs.type': 'guard',
      });
      expect(attributes('LogInterceptor.intercept')?.['nestjs.type']).toBe('interceptor');
      expect(attributes('TrimPipe.transform')?.['nestjs.type']).toBe('pipe');
    });

    it('marks what failed, and the filter that answered it', async () => {
      const subject = testTelemetry();
      const { port } = await serve({
        adapter: adapter(),
        telemetry: subject.telemetry,
        module: { controllers: [OrdersController] },
      });
      expect(await recorded(subject.telemetry, port, '/orders/1/lines')).toEqual([
        'GET /orders/:id/lines 500 RangeError',
      ]);
      expect(await spanTree(subject)).toEqual([
        'GET /orders/:id/lines ✗',
        '  AsyncGuard.canActivate',
        '  OrdersController.lines ✗',
        '  RangeFilter.catch',
      ]);
      const [handler] = subject.memory.spans.filter(({ name }) => name === 'OrdersController.lines');
      expect(handler).toMatchObject({ attributes: { 'error.type': 'RangeError' }, statusMessage: 'too many' });
      expect(handler?.events.map(({ attributes }) => attributes['exception.type'])).toEqual(['RangeError']);
    });

    it('says which guard or pipe refused, without calling that a failure', async () => {
      const subject = testTelemetry();
      const { port } = await serve({
        adapter: adapter(),
        telemetry: subject.telemetry,
        module: { controllers: [OrdersController] },
      });
      expect(await recorded(subject.telemetry, port, 'DELETE /orders/1', 'POST /orders?page=one')).toEqual([
        'DELETE /orders/:id 403',
        'POST /orders 400',
      ]);
      expect(await spanTree(subject)).toEqual([
        'DELETE /orders/:id',
        '  AsyncGuard.canActivate',
        '  RefusingGuard.canActivate',
        'POST /orders',
        '  AsyncGuard.canActivate',
        ...(await pipesOf(subject)).map((name) => `  ${name}`),
      ]);
      const pipe = subject.memory.spans.find(
        ({ name, events }) => name === 'ParseIntPipe.transform' && events.length > 0,
      );
      expect(pipe?.events.map(({ attributes }) => attributes['exception.type'])).toEqual(['BadRequestException']);
    });
  });

  /** Nest may start them in parallel. */
  async function pipesOf({ memory }: ReturnType<typeof testTelemetry>): Promise<readonly string[]> {
    return memory.spans.filter(({ attributes }) => attributes['nestjs.type'] === 'pipe').map(({ name }) => name);
  }

  it('says so when a guard returns false', async () => {
    class Refuses implements CanActivate {
      async canActivate() {
        return false;
      }
    }
    @Controller()
    @UseGuards(Refuses)
    class PlainController {
      @Get()
      get() {}
    }
    const subject = testTelemetry();
    const { port } = await serve({
      adapter: adapter(),
      telemetry: subject.telemetry,
      module: { controllers: [PlainController] },
    });
    expect(await recorded(subject.telemetry, port, '/')).toEqual(['GET / 403']);
    await subject.telemetry.flush();
    expect(subject.memory.spans.map(({ name, attributes }) => [name, attributes['nestjs.guard.allowed']])).toEqual([
      ['Refuses.canActivate', false],
      ['GET /', undefined],
    ]);
  });

  describe('of what is global', () => {
    @Controller()
    class PlainController {
      @Get()
      get(@Query('q') q: string) {
        return `<${q}>`;
      }

      @Get('fails')
      fails() {
        throw new RangeError('fails');
      }
    }

    it('finds what was given as objects', async () => {
      const subject = testTelemetry();
      const { port } = await serve({
        adapter: adapter(),
        telemetry: subject.telemetry,
        module: { controllers: [PlainController] },
        configure: (app) => {
          app
            .useGlobalGuards(new FirstGuard(), { canActivate: () => true })
            .useGlobalPipes(new TrimPipe())
            .useGlobalInterceptors({ intercept: (_context, next) => next.handle() })
            .useGlobalFilters(new RangeFilter());
        },
      });
      await recorded(subject.telemetry, port, '/?q=1', '/fails');
      expect(await spanTree(subject)).toEqual([
        'GET /',
        '  FirstGuard.canActivate',
        '  Object.canActivate',
        '  Object.intercept',
        '    TrimPipe.transform',
        '    PlainController.get',
        'GET /fails ✗',
        '  FirstGuard.canActivate',
        '  Object.canActivate',
        '  Object.intercept ✗',
        '    PlainController.fails ✗',
        '  RangeFilter.catch',
      ]);
    });

    it('finds what was given as providers, made once or per request', async () => {
      @Injectable({ scope: Scope.REQUEST })
      class ScopedGuard implements CanActivate {
        @Inject(REQUEST) private readonly request!: { readonly url: string };

        canActivate() {
          return this.request.url.startsWith('/');
        }
      }
      const subject = testTelemetry();
      const { port } = await serve({
        adapter: adapter(),
        telemetry: subject.telemetry,
        module: {
          controllers: [PlainController],
          providers: [
            FirstGuard,
            { provide: APP_GUARD, useExisting: FirstGuard },
            { provide: APP_GUARD, useClass: ScopedGuard },
            { provide: APP_PIPE, useFactory: () => new TrimPipe() },
            { provide: APP_INTERCEPTOR, useClass: LogInterceptor },
            { provide: APP_FILTER, useClass: RangeFilter },
          ],
        },
      });
      await recorded(subject.telemetry, port, '/?q=1', '/fails');
      expect(await spanTree(subject)).toEqual([
        'GET /',
        '  FirstGuard.canActivate',
        '  ScopedGuard.canActivate',
        '  LogInterceptor.intercept',
        '    TrimPipe.transform',
        '    PlainController.get',
        '    after',
        'GET /fails ✗',
        '  FirstGuard.canActivate',
        '  ScopedGuard.canActivate',
        '  LogInterceptor.intercept ✗',
        '    PlainController.fails ✗',
        '  RangeFilter.catch',
      ]);
    });
  });

  describe('of inheritance', () => {
    class BaseGuard implements CanActivate {
      canActivate(): boolean | Promise<boolean> {
        return true;
      }
    }
    class PlainGuard extends BaseGuard {}
    class LoudGuard extends BaseGuard {
      override async canActivate() {
        await tick();
        return super.canActivate();
      }
    }
    class BaseController {
      @Get()
      get() {
        return 'base';
      }
    }
    @Controller('a')
    @UseGuards(BaseGuard, PlainGuard, new LoudGuard())
    class AController extends BaseController {}
    @Controller('b')
    @UseGuards(LoudGuard)
    class BController extends BaseController {
      @Get()
      override get() {
        return `b of ${super.get()}`;
      }
    }

    it('names each after its own class, and counts a call of the base class in with it', async () => {
      const subject = testTelemetry();
      const { port } = await serve({
        adapter: adapter(),
        telemetry: subject.telemetry,
        module: { controllers: [AController, BController] },
      });
      await recorded(subject.telemetry, port, '/a', '/b');
      expect(await spanTree(subject)).toEqual([
        'GET /a',
        '  BaseGuard.canActivate',
        '  PlainGuard.canActivate',
        '  LoudGuard.canActivate',
        '  AController.get',
        'GET /b',
        '  LoudGuard.canActivate',
        '  BController.get',
      ]);
    });
  });

  describe('of what handlers return', () => {
    @Controller()
    class ValuesController {
      @InjectTelemetry() private readonly telemetry!: Telemetry;

      @Get('stream')
      stream(): Observable<string> {
        return from(this.telemetry.span('load', () => tick(['one', 'two']))).pipe(
          map((values) => this.telemetry.span('join', () => values.join(' and '))),
        );
      }

      @Get('fails')
      fails() {
        return throwError(() => new RangeError('in the stream'));
      }

      @Sse('events')
      events() {
        return interval(1).pipe(
          take(3),
          map((n) => ({ data: { n } })),
        );
      }

      @Sse('forever')
      forever() {
        return interval(1).pipe(
          tap(() => {}),
          map((n) => ({ data: { n } })),
        );
      }
    }

    it('lasts as long as an Observable, and what it does is inside', async () => {
      const subject = testTelemetry();
      const { port } = await serve({
        adapter: adapter(),
        telemetry: subject.telemetry,
        module: { controllers: [ValuesController] },
      });
      expect(await ask(port, '/stream')).toBe('one and two');
      expect(await recorded(subject.telemetry, port, '/fails', '/events')).toEqual([
        'GET /events 200',
        'GET /fails 500 RangeError',
        'GET /stream 200',
      ]);
      expect(await spanTree(subject)).toEqual([
        'GET /stream',
        '  ValuesController.stream',
        '    load',
        '    join',
        'GET /fails ✗',
        '  ValuesController.fails ✗',
        'GET /events',
        '  ValuesController.events',
      ]);
    });

    it('ends with a client that goes away', async () => {
      const subject = testTelemetry();
      const { port } = await serve({
        adapter: adapter(),
        telemetry: subject.telemetry,
        module: { controllers: [ValuesController] },
      });
      const gone = new AbortController();
      const answer = await fetch(`http://127.0.0.1:${port}/forever`, { signal: gone.signal });
      await answer.body?.getReader().read();
      gone.abort();
      await vi.waitFor(() => expect(countOf(subject.telemetry)).toBe(1));
      expect(await spanTree(subject)).toEqual(['GET /forever ✗', '  ValuesController.forever']);
    });
  });

  it('leaves everything that Nest and others read of a handler', async () => {
    const Roles = (role: string) => SetMetadata('role', role);
    const seen: unknown[] = [];
    @Injectable()
    class RolesGuard implements CanActivate {
      @Inject(Reflector) private readonly reflector!: Reflector;

      canActivate(context: ExecutionContext) {
        seen.push(this.reflector.getAllAndOverride('role', [context.getHandler(), context.getClass()]));
        seen.push(context.getHandler() === MetaController.prototype.create, context.getHandler().name);
        return true;
      }
    }
    @Controller('meta')
    @UseGuards(RolesGuard)
    @Roles('user')
    class MetaController {
      @Post(':id')
      @HttpCode(202)
      @Header('x-kind', 'meta')
      @Roles('admin')
      create(@Param('id', ParseIntPipe) id: number, @Body() body: { readonly name: string }) {
        return { id, name: body.name };
      }
    }
    const before = Reflect.getMetadataKeys(MetaController.prototype.create);
    const subject = testTelemetry();
    const { port } = await serve({
      adapter: adapter(),
      telemetry: subject.telemetry,
      module: { controllers: [MetaController] },
    });
    const answer = await fetch(`http://127.0.0.1:${port}/meta/7`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"name":"seven"}',
    });
    expect([answer.status, answer.headers.get('x-kind'), await answer.json()]).toEqual([
      202,
      'meta',
      { id: 7, name: 'seven' },
    ]);
    expect(seen).toEqual(['admin', true, 'create']);
    expect(Reflect.getMetadataKeys(MetaController.prototype.create)).toEqual(before);
    expect(MetaController.prototype.create).toHaveLength(2);
  });

  it('keeps two applications of the same classes apart', async () => {
    @Controller()
    @UseGuards(FirstGuard)
    class PlainController {
      @Get()
      get() {
        return 'plain';
      }
    }
    const [one, two] = [testTelemetry(), testTelemetry()];
    const apps = [one, two].map(({ telemetry }) =>
      serve({ adapter: adapter(), telemetry, module: { controllers: [PlainController], providers: [FirstGuard] } }),
    );
    const [first, second] = await Promise.all(apps);
    await recorded(one.telemetry, first?.port as number, '/');
    await recorded(two.telemetry, second?.port as number, '/', '/');
    const request = ['GET /', '  FirstGuard.canActivate', '  PlainController.get'];
    expect(await spanTree(one)).toEqual(request);
    expect(await spanTree(two)).toEqual([...request, ...request]);
  });

  it('makes none for a request that is skipped or whose trace is not kept, nor without spans', async () => {
    @Controller()
    class PlainController {
      @Get('health')
      @UseGuards(FirstGuard)
      health() {
        return 'ok';
      }

      @Get('bad')
      bad() {
        throw new BadRequestException();
      }
    }
    const subject = testTelemetry();
    const { port } = await serve({
      adapter: adapter(),
      telemetry: subject.telemetry,
      options: { skip: ({ url }) => url === '/health' },
      module: { controllers: [PlainController] },
    });
    await ask(port, '/health');
    await ask(port, '/bad', { headers: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00' } });
    expect(await spanTree(subject)).toEqual([]);

    const silent = testTelemetry({ spans: false });
    const { port: second } = await serve({
      adapter: adapter(),
      telemetry: silent.telemetry,
      module: { controllers: [PlainController] },
    });
    expect(await recorded(silent.telemetry, second, '/health', '/bad')).toEqual(['GET /bad 400', 'GET /health 200']);
    expect(await spanTree(silent)).toEqual([]);
  });
});
