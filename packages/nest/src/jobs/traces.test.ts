import { Controller, Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  type BaseRpcContext,
  Client,
  ClientProxy,
  ClientProxyFactory,
  ClientsModule,
  KafkaContext,
  MessagePattern,
  MqttContext,
  NatsContext,
  Payload,
  RmqContext,
  TcpContext,
} from '@nestjs/microservices';
import type { Telemetry } from '@telltale/core';
import { lastValueFrom } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { LocalServer } from './local-server.test-support.ts';
import { closeAll, closing, freePort, serveTcp, tcp } from './microservice.test-support.ts';
import { observeClient } from './observe-client.ts';
import { observing, remembering } from './observing-module.test-support.ts';

/** From Nest 12 on, packets have a place for trace context. */
const CARRIES = 'setOnDispatchHook' in ClientProxy.prototype;
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const TRACEPARENT = `00-${TRACE}-b7ad6b7169203331-01`;

afterEach(closeAll);

describe('the trace of a message over TCP', () => {
  it(`is its caller's from Nest 12 on, with injected, @Client and hand-made clients alike; in Nest 11 it begins here`, async () => {
    const callee = remembering();
    const caller = remembering();
    const { port } = await serveTcp(callee.telemetry, answeringBaggage(callee.telemetry));
    @Injectable()
    class Shop {
      @Client(tcp(port))
      readonly decorated!: ClientProxy;
      readonly injected: ClientProxy;
      constructor(@Inject('INJECTED') injected: ClientProxy) {
        this.injected = injected;
      }
    }
    @Module({
      imports: [observing(caller.telemetry), ClientsModule.register([{ name: 'INJECTED', ...tcp(port) }])],
      providers: [Shop],
    })
    class App {}
    const app = await NestFactory.create(App, { logger: false, abortOnError: false });
    await app.init();
    closing(() => app.close());
    const { injected, decorated } = app.get(Shop);
    const made = observeClient(ClientProxyFactory.create(tcp(port)), caller.telemetry);
    closing(() => Promise.all([injected.close(), decorated.close(), made.close()]));

    const request = caller.telemetry.request({ method: 'GET', headers: { baggage: 'tenant=acme' } });
    const answers = await request.run(() =>
      Promise.all([injected, decorated, made].map((client) => lastValueFrom(client.send('baggage', {})))),
    );
    request.end({ status: 200 });
    await Promise.all([caller.telemetry.flush(), callee.telemetry.flush()]);
    const parents = callee.memory.spans.map(({ traceId, parentSpanId }) => ({ traceId, parentSpanId }));
    const [span] = caller.memory.spans;
    expect(answers).toEqual(Array(3).fill(CARRIES ? 'tenant=acme' : 'none'));
    expect(parents).toHaveLength(3);
    for (const parent of parents) {
      if (CARRIES) expect(parent).toEqual({ traceId: span?.traceId, parentSpanId: span?.spanId });
      else expect(parent).toEqual({ traceId: expect.not.stringMatching(`${span?.traceId}`), parentSpanId: undefined });
    }
  });

  it('leaves what a client sends beside it, and asks each client once', async () => {
    const { telemetry } = remembering();
    const packets: unknown[] = [];
    const client = Object.assign(ClientProxyFactory.create(tcp(await freePort())), {
      connect: async () => {},
      dispatchEvent: async (packet: unknown) => packets.push(packet),
    });
    closing(() => client.close());
    if (CARRIES) {
      Reflect.get(client, 'setOnDispatchHook').call(client, (packet: { metadata?: object }) => {
        packet.metadata = { tenant: 'acme' };
      });
    }
    const hook = Reflect.get(client, 'onDispatchHook');
    observeClient(client, telemetry);
    const observed = Reflect.get(client, 'onDispatchHook');
    expect(observeClient(client, telemetry)).toBe(client);
    expect(Reflect.get(client, 'onDispatchHook')).toBe(observed);
    expect(observed === hook).toBe(!CARRIES);
    await lastValueFrom(client.emit('quiet', 1));
    await telemetry.span('caller', () => lastValueFrom(client.emit('traced', 2)));
    expect(packets).toEqual(
      CARRIES
        ? [
            { pattern: 'quiet', data: 1, metadata: { tenant: 'acme' } },
            {
              pattern: 'traced',
              data: 2,
              metadata: { tenant: 'acme', traceparent: expect.stringMatching(/^00-[\da-f]{32}-[\da-f]{16}-01$/) },
            },
          ]
        : [
            { pattern: 'quiet', data: 1 },
            { pattern: 'traced', data: 2 },
          ],
    );
  });
});

describe('the trace of a message', () => {
  const headers = { traceparent: TRACEPARENT, baggage: 'tenant=acme' };
  const bytes = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)]));
  const lists = new Map(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), [value]]));
  const contexts: Readonly<Record<string, BaseRpcContext>> = {
    Kafka: new KafkaContext([{ headers: bytes }, 0, 'orders', undefined, undefined, undefined] as never),
    NATS: new NatsContext(['orders', lists]),
    RabbitMQ: new RmqContext([{ properties: { headers } }, undefined, 'orders'] as never),
    'MQTT 5': new MqttContext(['orders', { properties: { userProperties: headers } }]),
  };

  it.each(Object.entries(contexts))('is that of its headers over %s', async (_name, context) => {
    const { answer, span } = await deliver(context);
    expect(answer).toBe('tenant=acme');
    expect(span).toMatchObject({ traceId: TRACE, parentSpanId: 'b7ad6b7169203331' });
  });

  it.each([
    ['has no headers', new TcpContext([undefined, 'orders'] as never)],
    ['has none that are of a trace', new NatsContext(['orders', new Map([['id', ['7']]])])],
    ['has headers that cannot be read', new NatsContext(['orders', { get: 1 } as never])],
    ['has a malformed trace', new RmqContext([{ properties: { headers: { traceparent: '00-x' } } }] as never)],
    ['has a context of no known kind', { getArgs: () => [] } as never],
  ])('begins with it when it %s', async (_case, context) => {
    const { answer, span } = await deliver(context);
    expect(answer).toBe('none');
    expect(span).not.toHaveProperty('parentSpanId');
  });

  it('is not that which is active where it is received', async () => {
    const scene = remembering();
    await scene.telemetry.span('receiving', () => deliver(new NatsContext(['orders', undefined]), scene));
    await scene.telemetry.flush();
    const [job, receiving] = scene.memory.spans;
    expect(receiving?.name).toBe('receiving');
    expect(job).not.toHaveProperty('parentSpanId');
    expect(job?.traceId).not.toBe(receiving?.traceId);
  });
});

/** Hands a message with this context to a handler, as a transport does. */
async function deliver(context: BaseRpcContext, { telemetry, memory } = remembering()) {
  @Module({ imports: [observing(telemetry)], controllers: [answeringBaggage(telemetry)] })
  class App {}
  const local = new LocalServer();
  const app = await NestFactory.createMicroservice(App, { strategy: local, logger: false, abortOnError: false });
  await app.listen();
  closing(() => app.close());
  const answer = await local.deliver('baggage', context);
  await telemetry.flush();
  return { answer, span: memory.spans[0] };
}

/** A controller that answers with the baggage that is active in its handler, which asks for the payload alone. */
function answeringBaggage(telemetry: Telemetry) {
  @Controller()
  class Baggage {
    @MessagePattern('baggage')
    baggage(@Payload() _payload: unknown): unknown {
      const carrier: Record<string, unknown> = {};
      telemetry.inject(carrier);
      return carrier.baggage ?? 'none';
    }
  }
  return Baggage;
}
