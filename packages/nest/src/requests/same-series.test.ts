import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as tick } from 'node:timers/promises';
import { Body, ConflictException, Controller, Get, HttpCode, Module, Param, Post, Redirect, Sse } from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { HistogramPoint, NumberPoint, Telemetry } from '@telltale/core';
import { expressTelemetry } from '@telltale/express';
import { of } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ask, closeAll, closeLater, countOf, platforms, serve, testTelemetry } from '../observed-app.test-support.ts';

afterEach(closeAll);

const json = { 'content-type': 'application/json' };

/** Each request is sent to both. */
const TRAFFIC: readonly (readonly [string, RequestInit?])[] = [
  ...Array.from({ length: 30 }, (_, n): [string] => [`/api/users/${n}`]),
  ...Array.from({ length: 30 }, (_, n): [string] => [`/api/missing/${n}`]),
  ...Array.from({ length: 30 }, (_, n): [string] => [`/missing/${n}?q=${n}`]),
  ['/api/users/1?full=yes'],
  ['HEAD /api/users/1'],
  ['DELETE /api/users/1'],
  ['PROPFIND /api/missing'],
  ['POST /api/users', { headers: json, body: '{"name":"Ada"}' }],
  ['POST /api/users', { headers: json, body: '{"name":' }],
  ['/api/tenants/acme/orders/7'],
  ['/api/tenants/zap/orders'],
  ['/api/fails/now'],
  ['/api/fails/later'],
  ['/api/conflict'],
  ['/api/unavailable'],
  ['/api/empty'],
  ['/api/moved'],
  ['/api/events'],
];

interface ExpressLike {
  use(...handlers: unknown[]): void;
  get(path: string, handler: (request: never, response: Response, next: (error: unknown) => void) => unknown): void;
  post(path: string, handler: (request: { readonly body: unknown }, response: Response) => unknown): void;
}

interface Response {
  status(code: number): Response;
  type(type: string): Response;
  send(body?: unknown): void;
  redirect(url: string): void;
  write(text: string): void;
  flushHeaders(): void;
  end(): void;
}

/** What a team would write without Nest. */
async function express(telemetry: Telemetry): Promise<number> {
  const adapter = new ExpressAdapter();
  const app = adapter.getInstance<ExpressLike & { set(name: string, value: string): void }>();
  app.set('env', 'test');
  app.use(expressTelemetry(telemetry));
  adapter.initHttpServer({});
  adapter.registerParserMiddleware();
  app.get('/api/users/:id', (_request, response) => response.send('user'));
  app.post('/api/users', (request, response) => response.status(201).send(request.body));
  app.get('/api/tenants/:tenant/orders', (_request, response) => response.send('orders'));
  app.get('/api/tenants/:tenant/orders/:order', (_request, response) => response.send('order'));
  app.get('/api/fails/now', () => {
    throw new TypeError('now');
  });
  app.get('/api/fails/later', async () => {
    await tick();
    throw new RangeError('later');
  });
  app.get('/api/conflict', (_request, response) => response.status(409).send('conflict'));
  app.get('/api/unavailable', (_request, response) => response.status(503).send('unavailable'));
  app.get('/api/empty', (_request, response) => response.status(204).end());
  app.get('/api/moved', (_request, response) => response.redirect('/'));
  app.get('/api/events', (_request, response) => {
    response.type('text/event-stream').flushHeaders();
    response.write('data: 1\n\n');
    response.end();
  });
  const server = createServer(app as unknown as RequestListener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closeLater(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

@Controller()
class ApiController {
  @Get('users/:id')
  user(@Param('id') _id: string) {
    return 'user';
  }

  @Post('users')
  create(@Body() body: unknown) {
    return body;
  }

  @Get('fails/now')
  failsNow() {
    throw new TypeError('now');
  }

  @Get('fails/later')
  async failsLater() {
    await tick();
    throw new RangeError('later');
  }

  @Get('conflict')
  conflict() {
    throw new ConflictException();
  }

  @Get('unavailable')
  @HttpCode(503)
  unavailable() {
    return 'unavailable';
  }

  @Get('empty')
  @HttpCode(204)
  empty() {}

  @Get('moved')
  @Redirect('/')
  moved() {}

  @Sse('events')
  events() {
    return of({ data: 'one' }, { data: 'two' });
  }
}

@Controller('orders')
class OrdersController {
  @Get()
  orders() {
    return 'orders';
  }

  @Get(':order')
  order() {
    return 'order';
  }
}

@Module({ controllers: [OrdersController] })
class TenantModule {}

/** Name, unit and attributes of each series, with how often it was recorded on. */
function seriesOf(telemetry: Telemetry) {
  return telemetry
    .snapshot()
    .metrics.filter(({ name }) => name.startsWith('http.server.'))
    .flatMap(({ name, type, unit, points }) =>
      (points as readonly (HistogramPoint | NumberPoint)[]).map((point) => {
        const attributes = Object.entries(point.attributes).sort(([a], [b]) => (a < b ? -1 : 1));
        return `${name} ${type} ${unit} ${JSON.stringify(attributes)} ${'count' in point ? point.count : point.value}`;
      }),
    )
    .sort();
}

async function drive(telemetry: Telemetry, port: number): Promise<readonly string[]> {
  for (const [request, init] of TRAFFIC) await ask(port, request, init);
  await vi.waitFor(() => expect(countOf(telemetry)).toBe(TRAFFIC.length));
  return seriesOf(telemetry);
}

describe('the same traffic', () => {
  it.each(platforms)('gives the same series on Express and on Nest with %s', async (platform, adapter) => {
    const [plain, nest] = [testTelemetry(), testTelemetry()];
    const { port } = await serve({
      adapter: adapter(),
      telemetry: nest.telemetry,
      module: {
        imports: [TenantModule, RouterModule.register([{ path: 'tenants/:tenant', module: TenantModule }])],
        controllers: [ApiController],
      },
      configure: (app) => app.setGlobalPrefix('api'),
    });
    const expected = await drive(plain.telemetry, await express(plain.telemetry));
    const durations = expected.filter((line) => line.includes('request.duration'));
    expect(new Set(durations.map((line) => /"http.route","([^"]+)"/.exec(line)?.[1]))).toEqual(
      new Set([
        '(no route)',
        '/api/users/:id',
        '/api/users',
        '/api/tenants/:tenant/orders',
        '/api/tenants/:tenant/orders/:order',
        ...['now', 'later'].map((when) => `/api/fails/${when}`),
        ...['conflict', 'unavailable', 'empty', 'moved', 'events'].map((name) => `/api/${name}`),
      ]),
    );
    // The platforms differ in one thing: Express reads bodies before it looks for a route, Fastify after it.
    const refusedBody = (line: string) =>
      platform === 'Fastify'
        ? line.replace('400],["http.route","/api/users"]', '400],["http.route","(no route)"]')
        : line;
    expect((await drive(nest.telemetry, port)).map(refusedBody)).toEqual(expected);
  });
});
