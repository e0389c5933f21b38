import type { ServerResponse } from 'node:http';
import { setImmediate as tick } from 'node:timers/promises';
import {
  Body,
  Controller,
  Get,
  HttpCode,
  Inject,
  type MessageEvent,
  type NestApplicationOptions,
  Post,
  Redirect,
  Res,
  Sse,
} from '@nestjs/common';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { Telemetry } from '@telltale/core';
import { type HttpAdapterContext, httpAdapterSuite } from '@telltale/testing';
import { Observable } from 'rxjs';
import { InjectTelemetry, type TelemetryModuleOptions } from './index.ts';
import { closeAll, serve } from './observed-app.test-support.ts';

const GATE = 'gate';
type Gate = HttpAdapterContext['gate'];

/** Express's response, or Fastify's reply, as far as both are used. */
interface Response {
  readonly raw?: ServerResponse;
  hijack?(): void;
  send(body: string): void;
}

/** Node's own response, with which the platform has nothing more to do. */
function rawOf(response: Response): ServerResponse {
  response.hijack?.();
  return response.raw ?? (response as unknown as ServerResponse);
}

@Controller()
class PlainController {
  @InjectTelemetry() private readonly telemetry!: Telemetry;

  @Get()
  home() {
    return 'home';
  }

  @Get('users/:id')
  user() {
    return 'user';
  }

  @Post('echo')
  @HttpCode(200)
  echo(@Body() body: unknown) {
    return this.telemetry.span('echo', () => String(body));
  }

  @Get('traced')
  async traced() {
    await tick();
    await this.telemetry.span('work', () => tick());
    return 'traced';
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

  @Get('refused')
  @HttpCode(400)
  refused() {
    return 'refused';
  }

  @Get('unavailable')
  @HttpCode(503)
  unavailable() {
    return 'unavailable';
  }

  @Get('empty')
  @HttpCode(204)
  empty() {}

  @Get('unchanged')
  @HttpCode(304)
  unchanged() {}

  @Get('moved')
  @Redirect('/', 302)
  moved() {}

  @Get('skipped/:id')
  skipped() {
    return 'skipped';
  }

  @Get('twice')
  twice(@Res() response: Response) {
    response.send('once');
    (response.raw ?? (response as unknown as ServerResponse)).end();
  }

  @Get('never')
  never() {
    return new Promise(() => {});
  }
}

@Controller('shops/:shop/orders')
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

@Controller()
class WaitingController {
  @Inject(GATE) private readonly gate!: Gate;

  @Get('held')
  async held() {
    await this.gate.pass();
    return 'late';
  }

  @Get('stream')
  async stream(@Res() response: Response) {
    const raw = rawOf(response);
    raw.setHeader('content-type', 'text/plain');
    raw.write('one');
    await this.gate.pass();
    raw.write('two');
    raw.end();
  }

  @Get('late-stream')
  async lateStream(@Res() response: Response) {
    await this.gate.pass();
    await this.stream(response);
  }

  @Sse('events')
  events(): Observable<MessageEvent> {
    return new Observable((subscriber) => {
      void this.gate.pass().then(() => {
        subscriber.next({ data: '1' });
        subscriber.complete();
      });
    });
  }

  @Get('hints')
  async hints(@Res({ passthrough: true }) response: Response) {
    (response.raw ?? (response as unknown as ServerResponse)).writeEarlyHints({ link: '</style.css>; rel=preload' });
    await this.gate.pass();
    return 'hinted';
  }

  @Get('broken')
  async broken(@Res() response: Response) {
    const raw = rawOf(response);
    raw.write('one');
    await this.gate.pass();
    raw.destroy();
  }
}

@WebSocketGateway({ path: '/socket' })
class SocketGateway {
  @SubscribeMessage('echo')
  echo(data: unknown) {
    return { event: 'echo', data };
  }
}

const LIMIT = 1024 * 1024;

/** The suite looks for spans of requests, and of its own: a message of a WebSocket would be a job with a span. */
function forRequests(telemetry: Telemetry): Telemetry {
  return Object.assign(Object.create(telemetry) as Telemetry, { observes: (kind: string) => kind === 'request' });
}

for (const platform of ['Express', 'Fastify'] as const) {
  httpAdapterSuite({
    name: `Nest on ${platform}`,
    socketRoute: '/socket',
    serve: async ({ telemetry, gate, options }) => {
      const application: NestApplicationOptions = { bodyParser: false };
      const { port } = await serve({
        adapter: platform === 'Express' ? new ExpressAdapter() : new FastifyAdapter(),
        telemetry: forRequests(telemetry),
        // The suite looks for its own spans, and ends the telemetry itself.
        options: { ...(options as TelemetryModuleOptions), spans: false, shutdown: false },
        module: {
          controllers: [PlainController, OrdersController, WaitingController],
          providers: [SocketGateway, { provide: GATE, useValue: gate }],
        },
        application,
        configure: (app) => {
          app.useWebSocketAdapter(new WsAdapter(app));
          if (platform === 'Express') {
            (app as NestExpressApplication).useBodyParser('text', { limit: LIMIT, type: () => true });
          } else {
            (app as NestFastifyApplication).useBodyParser('*', { bodyLimit: LIMIT }, (_request, body, done) =>
              done(null, body.toString()),
            );
          }
        },
      });
      return { port, close: closeAll };
    },
  });
}
