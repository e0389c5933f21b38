import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type CanActivate, Injectable, Module, ParseIntPipe, type Type, UseGuards } from '@nestjs/common';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import { WsAdapter } from '@nestjs/platform-ws';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import type { Telemetry } from '@telltale/core';
import { concat, delay, from, NEVER, of, throwError } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { gatewayRoutes } from './gateway-routes.ts';
import { closeAll, closing, freePort } from './microservice.test-support.ts';
import { jobsOf, observing, remembering } from './observing-module.test-support.ts';

afterEach(closeAll);

/** An application with these gateways. `connect` gives a client that sends an event and, if asked, waits for an answer. */
async function serve(telemetry: Telemetry, ...gateways: Type[]) {
  /** Receives messages while something else is active. */
  class BusyAdapter extends WsAdapter {
    override bindMessageHandler(...args: Parameters<WsAdapter['bindMessageHandler']>) {
      return telemetry.span('receiving', () => super.bindMessageHandler(...args));
    }
  }
  @Module({ imports: [observing(telemetry)], providers: gateways })
  class App {}
  const app = await NestFactory.create(App, { logger: false, abortOnError: false });
  app.useWebSocketAdapter(new BusyAdapter(app));
  await app.listen(0, '127.0.0.1');
  closing(() => app.close());
  const { port } = app.getHttpServer().address() as AddressInfo;
  const connect = async (path = '/', on = port) => {
    const socket = new WebSocket(`ws://127.0.0.1:${on}${path}`);
    await once(socket, 'open');
    closing(() => socket.terminate());
    const tell = (event: string, data: unknown = null): void => socket.send(JSON.stringify({ event, data }));
    const ask = async (event: string, data?: unknown): Promise<unknown> => {
      tell(event, data);
      const [answer] = await once(socket, 'message');
      return JSON.parse(String(answer));
    };
    return { socket, tell, ask };
  };
  return { app, connect };
}

describe('a message to a gateway', () => {
  it('is one job, whatever its handler returns', async () => {
    const scene = remembering();
    @WebSocketGateway()
    class Chat {
      @SubscribeMessage('echo')
      echo(@MessageBody() text: string, @ConnectedSocket() socket: WebSocket) {
        return { event: 'echo', data: [text, socket.readyState] };
      }

      @SubscribeMessage('later')
      async later(@MessageBody('id', ParseIntPipe) id: number) {
        return { event: 'later', data: id };
      }

      @SubscribeMessage('stream')
      stream() {
        return from([1, 2, 3]).pipe(delay(0));
      }

      @SubscribeMessage('quiet')
      quiet(): void {}
    }
    const { connect } = await serve(scene.telemetry, Chat);
    const { ask, tell } = await connect();
    expect(await ask('echo', 'hi')).toEqual({ event: 'echo', data: ['hi', WebSocket.OPEN] });
    expect(await ask('later', { id: '7' })).toEqual({ event: 'later', data: 7 });
    expect(await ask('stream')).toBe(1);
    tell('quiet');
    await vi.waitFor(async () => {
      expect(await jobsOf(scene)).toEqual([
        'websocket echo completed',
        'websocket later completed',
        'websocket stream completed',
        'websocket quiet completed',
      ]);
    });
    expect(scene.memory.value('job.active')).toBe(0);
    expect(scene.memory.spans.find(({ name }) => name === 'process echo')).toMatchObject({
      kind: 4,
      attributes: { 'code.function.name': 'Chat.echo', 'messaging.destination.name': 'echo' },
    });
  });

  it('has failed with what was thrown', async () => {
    const scene = remembering();
    @WebSocketGateway()
    class Failing {
      @SubscribeMessage('sync')
      sync(): never {
        throw new RangeError('too far');
      }

      @SubscribeMessage('rejected')
      async rejected(): Promise<never> {
        throw new WsException('no');
      }

      @SubscribeMessage('stream')
      stream() {
        return concat(
          of({ event: 'stream', data: 1 }),
          throwError(() => new TypeError('gone')),
        );
      }
    }
    const { connect } = await serve(scene.telemetry, Failing);
    const { ask, tell } = await connect();
    tell('sync');
    await vi.waitFor(async () => expect(await jobsOf(scene)).toHaveLength(1));
    tell('rejected');
    await vi.waitFor(async () => expect(await jobsOf(scene)).toHaveLength(2));
    await ask('stream');
    await vi.waitFor(async () => {
      expect(await jobsOf(scene)).toEqual([
        'websocket sync failed RangeError',
        'websocket rejected failed WsException',
        'websocket stream failed TypeError',
      ]);
    });
  });

  it('that does not come through to its handler has failed', async () => {
    const scene = remembering();
    const handled = vi.fn();
    @Injectable()
    class Refusing implements CanActivate {
      canActivate(): boolean {
        return false;
      }
    }
    @WebSocketGateway()
    class Doors {
      @UseGuards(Refusing)
      @SubscribeMessage('door')
      door(): void {
        handled();
      }

      @SubscribeMessage('number')
      number(@MessageBody(ParseIntPipe) _number: number): void {
        handled();
      }
    }
    const { connect } = await serve(scene.telemetry, Doors);
    const { tell } = await connect();
    tell('door');
    tell('number', 'many');
    await vi.waitFor(async () => {
      const jobs = [...(await jobsOf(scene))].sort();
      expect(jobs).toEqual(['websocket door failed refused', 'websocket number failed BadRequestException']);
    });
    expect(handled).not.toHaveBeenCalled();
  });

  it('is told apart by the path of its gateway, also on a port of its own, and unknown events make no series', async () => {
    const scene = remembering();
    const own = await freePort();
    @WebSocketGateway({ path: '/chat/' })
    class Chat {
      @SubscribeMessage('hello')
      hello() {
        return { event: 'hello', data: 'chat' };
      }
    }
    @WebSocketGateway({ path: 'news' })
    class News {
      @SubscribeMessage('hello')
      hello() {
        return { event: 'hello', data: 'news' };
      }
    }
    @WebSocketGateway(own)
    class Own {
      @SubscribeMessage('hello')
      hello() {
        return { event: 'hello', data: 'own' };
      }
    }
    const { connect } = await serve(scene.telemetry, Chat, News, Own);
    const chat = await connect('/chat');
    for (let i = 0; i < 20; i++) chat.tell(`scan-${i}`);
    expect(await chat.ask('hello')).toEqual({ event: 'hello', data: 'chat' });
    expect(await (await connect('/news')).ask('hello')).toEqual({ event: 'hello', data: 'news' });
    expect(await (await connect('/', own)).ask('hello')).toEqual({ event: 'hello', data: 'own' });
    expect(await jobsOf(scene)).toEqual([
      'websocket /chat hello completed',
      'websocket /news hello completed',
      'websocket hello completed',
    ]);
  });

  it('is active while it is handled, in a trace of its own, and many at a time are told apart', async () => {
    const scene = remembering();
    const { telemetry } = scene;
    @WebSocketGateway()
    class Chat {
      @SubscribeMessage('work')
      async work(@MessageBody() id: number) {
        await new Promise((resolve) => setImmediate(resolve));
        telemetry.span(`inside ${id}`, () => {});
        return { event: 'work', data: id };
      }
    }
    const { connect } = await serve(telemetry, Chat);
    const clients = await Promise.all([connect(), connect(), connect()]);
    await Promise.all(clients.map(({ ask }, id) => ask('work', id)));
    await telemetry.flush();
    const { spans } = scene.memory;
    const jobs = spans.filter(({ name }) => name === 'process work');
    const inside = spans.filter(({ name }) => name.startsWith('inside'));
    expect(jobs).toHaveLength(3);
    expect(inside.map(({ parentSpanId }) => parentSpanId).sort()).toEqual(jobs.map(({ spanId }) => spanId).sort());
    for (const job of jobs) expect(job).not.toHaveProperty('parentSpanId');
    // Those of what was active besides.
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(6);
  });

  it('is aborted when the connection ends before its stream', async () => {
    const scene = remembering();
    @WebSocketGateway()
    class Endless {
      @SubscribeMessage('endless')
      endless() {
        return concat(of({ event: 'endless', data: 1 }), NEVER);
      }
    }
    const { connect } = await serve(scene.telemetry, Endless);
    const { ask, socket } = await connect();
    await ask('endless');
    await scene.telemetry.flush();
    expect(scene.memory.value('job.active')).toBe(1);
    socket.close();
    await vi.waitFor(async () => expect(await jobsOf(scene)).toEqual(['websocket endless aborted']));
    expect(scene.memory.value('job.active')).toBe(0);
  });
});

describe('the routes of gateways', () => {
  it('are their paths, for connections to the application itself', async () => {
    @WebSocketGateway()
    class Root {}
    @WebSocketGateway({ path: 'chat/' })
    class Chat {}
    @WebSocketGateway(8081, { path: '/elsewhere' })
    class Elsewhere {}
    class Plain {}
    @Module({ providers: [Root, Chat, Elsewhere, Plain] })
    class App {}
    const app = await NestFactory.createApplicationContext(App, { logger: false, abortOnError: false });
    closing(() => app.close());
    const route = gatewayRoutes(app.get(ModulesContainer));
    const urls = ['/', '/?token=1', '/chat', '/chat/', '/chat?a=1', '/elsewhere', '/chats', undefined];
    expect(urls.map((url) => route({ url }))).toEqual(['/', '/', '/chat', '/chat', '/chat', undefined, undefined, '/']);
  });

  it('are none where there are no gateways', async () => {
    @Module({})
    class App {}
    const app = await NestFactory.createApplicationContext(App, { logger: false, abortOnError: false });
    closing(() => app.close());
    expect(gatewayRoutes(app.get(ModulesContainer))({ url: '/' })).toBeUndefined();
  });
});
