import { Controller, Get, Inject, Module, Scope } from '@nestjs/common';
import { NestFactory, REQUEST } from '@nestjs/core';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { ManualClock } from '@telltale/testing';
import { concat, lastValueFrom, Subject, throwError } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { LENIENT, LocalServer } from './local-server.test-support.ts';
import { asking, closeAll, closing, freePort, serveTcp, tcp } from './microservice.test-support.ts';
import { jobsOf, observing, remembering } from './observing-module.test-support.ts';

afterEach(closeAll);

describe('an event', () => {
  it('is one job until its handler has done all it does, with its failure', async () => {
    const scene = remembering();
    const more = new Subject<number>();
    @Controller()
    class Listening {
      @EventPattern('fine')
      async fine(_data: unknown): Promise<void> {}

      @EventPattern('broken')
      async broken(_data: unknown): Promise<void> {
        throw new TypeError('not an order');
      }

      @EventPattern('stream')
      stream(_data: unknown) {
        return concat(
          more,
          throwError(() => new RangeError('too much')),
        );
      }
    }
    const { ask } = await serveTcp(scene.telemetry, Listening);
    for (const event of ['fine', 'broken', 'stream']) await lastValueFrom(ask.client.emit(event, {}), LENIENT);
    await vi.waitFor(async () => {
      expect(await jobsOf(scene)).toEqual(['nest.tcp fine completed', 'nest.tcp broken failed TypeError']);
      expect(scene.memory.value('job.active')).toBe(1);
    });
    more.complete();
    await vi.waitFor(async () => {
      expect((await jobsOf(scene))[2]).toBe('nest.tcp stream failed RangeError');
    });
    expect(scene.memory.value('job.active')).toBe(0);
  });

  it('with several handlers is a job for each, as long as that one takes', async () => {
    const clock = new ManualClock();
    const scene = remembering({ clock });
    const released = Promise.withResolvers<void>();
    const seen: string[] = [];
    @Controller()
    class First {
      @EventPattern('order.created')
      async charge(_data: unknown): Promise<void> {
        seen.push('first');
        await clock.advance(1);
      }
    }
    @Controller()
    class Second {
      @EventPattern('order.created')
      async ship(_data: unknown): Promise<void> {
        seen.push('second');
        await released.promise;
        await clock.advance(10);
      }
    }
    const { ask } = await serveTcp(scene.telemetry, First, Second);
    await lastValueFrom(ask.client.emit('order.created', {}), LENIENT);
    await vi.waitFor(async () => expect(await jobsOf(scene)).toEqual(['nest.tcp order.created completed']));
    released.resolve();
    await vi.waitFor(async () => expect(await jobsOf(scene)).toHaveLength(2));
    expect(seen).toEqual(['first', 'second']);
    const [first, second] = scene.memory.spans;
    expect(first?.attributes).toMatchObject({ 'code.function.name': 'First.charge' });
    expect(second?.attributes).toMatchObject({ 'code.function.name': 'Second.ship' });
    expect(first && first.endTime - first.startTime).toBe(1);
    expect(second && second.endTime - second.startTime).toBe(11);
    // Neither is a part of the other.
    expect(second).not.toHaveProperty('parentSpanId');
    expect(scene.memory.value('job.active')).toBe(0);
  });

  it('with several handlers made per message gives them the same message, as without us', async () => {
    const scene = remembering();
    const contexts: unknown[] = [];
    @Controller({ scope: Scope.REQUEST })
    class First {
      constructor(@Inject(REQUEST) request: unknown) {
        contexts.push(request);
      }
      @EventPattern('order.created')
      charge(_data: unknown): void {}
    }
    @Controller({ scope: Scope.REQUEST })
    class Second {
      constructor(@Inject(REQUEST) request: unknown) {
        contexts.push(request);
      }
      @EventPattern('order.created')
      ship(_data: unknown): void {}
    }
    const { ask } = await serveTcp(scene.telemetry, First, Second);
    await lastValueFrom(ask.client.emit('order.created', {}), LENIENT);
    await vi.waitFor(async () => expect(await jobsOf(scene)).toHaveLength(2));
    expect(contexts).toHaveLength(2);
    expect(contexts[0]).toBe(contexts[1]);
    expect(scene.memory.value('job.active')).toBe(0);
  });
});

describe('a hybrid application', () => {
  it('tells the messages of its transports apart, and observes no route', async () => {
    const scene = remembering();
    @Controller()
    class Both {
      @Get('both')
      @MessagePattern('both')
      both(): string {
        return 'both';
      }
    }
    @Module({ imports: [observing(scene.telemetry)], controllers: [Both] })
    class App {}
    const app = await NestFactory.create(App, { logger: false, abortOnError: false });
    closing(() => app.close());
    const port = await freePort();
    const local = new LocalServer(Symbol('local'));
    app.connectMicroservice({ ...tcp(port) });
    app.connectMicroservice({ strategy: local }, { inheritAppConfig: true });
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
    expect(await (await fetch(`${await app.getUrl()}/both`)).text()).toBe('both');
    expect(await asking(port)('both')).toBe('both');
    expect(await local.deliver('both')).toBe('both');
    expect(await jobsOf(scene)).toEqual(['nest.tcp both completed', 'nest.local both completed']);
  });

  it('has its microservices observed as well when they are connected after its start', async () => {
    const scene = remembering();
    @Controller()
    class Late {
      @MessagePattern('late')
      late(): string {
        return 'late';
      }
    }
    @Module({ imports: [observing(scene.telemetry)], controllers: [Late] })
    class App {}
    const app = await NestFactory.create(App, { logger: false, abortOnError: false });
    closing(() => app.close());
    await app.listen(0, '127.0.0.1');
    const local = new LocalServer();
    app.connectMicroservice({ strategy: local });
    await app.startAllMicroservices();
    expect(await local.deliver('late')).toBe('late');
    expect(await jobsOf(scene)).toEqual(['nest.custom late completed']);
  });
});
