import {
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  ParseIntPipe,
  Scope,
  SetMetadata,
  UnauthorizedException,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Ctx, MessagePattern, Payload, RpcException, type TcpContext } from '@nestjs/microservices';
import { concat, defer, lastValueFrom, map, of, throwError, timer, toArray } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { closeAll, serveTcp } from './microservice.test-support.ts';
import { jobsOf, remembering } from './observing-module.test-support.ts';

afterEach(closeAll);

describe('a message over TCP', () => {
  it('is one job, whatever its handler returns', async () => {
    const scene = remembering();
    @Controller()
    class SumController {
      @MessagePattern({ cmd: 'sum' })
      sum(numbers: number[]): number {
        return numbers.reduce((a, b) => a + b, 0);
      }

      @MessagePattern('later')
      async later(): Promise<string> {
        return 'later';
      }

      @MessagePattern('many')
      many() {
        return of(1, 2, 3);
      }

      @MessagePattern('promised')
      async promised() {
        return of('a', 'b');
      }

      @MessagePattern('empty')
      empty(): void {}
    }
    const { ask } = await serveTcp(scene.telemetry, SumController);
    expect(await ask({ cmd: 'sum' }, [1, 2])).toBe(3);
    expect(await ask('later')).toBe('later');
    expect(await lastValueFrom(ask.client.send('many', {}).pipe(toArray()))).toEqual([1, 2, 3]);
    expect(await ask('promised')).toBe('b');
    await lastValueFrom(ask.client.send('empty', {}), { defaultValue: undefined });
    expect(await jobsOf(scene)).toEqual([
      'nest.tcp {"cmd":"sum"} completed',
      'nest.tcp later completed',
      'nest.tcp many completed',
      'nest.tcp promised completed',
      'nest.tcp empty completed',
    ]);
    expect(scene.memory.value('job.started', { 'job.queue': 'nest.tcp' })).toBe(5);
    expect(scene.memory.value('job.duration', { 'job.name': 'many', 'job.outcome': 'completed' })).toBe(1);
    expect(scene.memory.value('job.active')).toBe(0);
  });

  it('has failed with what was thrown, not with what Nest replied', async () => {
    const scene = remembering();
    @Controller()
    class Failing {
      @MessagePattern('sync')
      sync(): never {
        throw new RangeError('too far');
      }

      @MessagePattern('rejected')
      async rejected(): Promise<never> {
        throw new RpcException('no');
      }

      @MessagePattern('stream')
      stream() {
        return concat(
          of(1),
          throwError(() => Object.assign(new Error('gone'), { code: 'ECONNRESET' })),
        );
      }

      @MessagePattern('string')
      string(): never {
        throw 'just text';
      }
    }
    const { ask } = await serveTcp(scene.telemetry, Failing);
    await expect(ask('sync')).rejects.toEqual({ status: 'error', message: 'Internal server error' });
    await expect(ask('rejected')).rejects.toEqual({ status: 'error', message: 'no' });
    await expect(ask('stream')).rejects.toBeDefined();
    await expect(ask('string')).rejects.toBeDefined();
    expect(await jobsOf(scene)).toEqual([
      'nest.tcp sync failed RangeError',
      'nest.tcp rejected failed RpcException',
      'nest.tcp stream failed ECONNRESET',
      'nest.tcp string failed _OTHER',
    ]);
    expect(scene.memory.spans.map(({ statusMessage }) => statusMessage)).toEqual([
      'too far',
      'no',
      'gone',
      'just text',
    ]);
  });

  it('has failed when its handler has, also when a filter makes a reply of the error', async () => {
    const scene = remembering();
    @Catch()
    class Consoling implements ExceptionFilter {
      catch(_error: unknown, _host: ArgumentsHost) {
        return of('never mind');
      }
    }
    @Controller()
    @UseFilters(Consoling)
    class Failing {
      @MessagePattern('sync')
      sync(): never {
        throw new RangeError('too far');
      }
    }
    const { ask } = await serveTcp(scene.telemetry, Failing);
    expect(await ask('sync')).toBe('never mind');
    expect(await jobsOf(scene)).toEqual(['nest.tcp sync failed RangeError']);
  });

  it('that does not come through to its handler has failed, with the error of what refused it', async () => {
    const scene = remembering();
    const handled = vi.fn();
    @Injectable()
    class Guarded implements CanActivate {
      canActivate(context: ExecutionContext): boolean {
        const word = context.switchToRpc().getData();
        if (word === 'now') throw new UnauthorizedException();
        return word === 'open sesame';
      }
    }
    @Injectable()
    class Either implements CanActivate {
      private readonly guard: Guarded;
      constructor(@Inject(Guarded) guard: Guarded) {
        this.guard = guard;
      }
      canActivate(context: ExecutionContext): boolean {
        try {
          return this.guard.canActivate(context);
        } catch {
          return true;
        }
      }
    }
    class Late implements NestInterceptor {
      intercept(_context: ExecutionContext, next: CallHandler) {
        return next.handle().pipe(
          map(() => {
            throw new RangeError('too late');
          }),
        );
      }
    }
    @Controller()
    class Doors {
      @UseGuards(Guarded)
      @MessagePattern('door')
      door(word: string): string {
        handled();
        return word;
      }

      @MessagePattern('number')
      number(@Payload(ParseIntPipe) number: number): number {
        handled();
        return number;
      }

      @UseGuards(Either)
      @MessagePattern('either')
      either(): string {
        return 'came in';
      }

      @UseInterceptors(new Late())
      @MessagePattern('late')
      late(): string {
        return 'in vain';
      }
    }
    const { ask } = await serveTcp(scene.telemetry, Guarded, Doors);
    await expect(ask('door', 'please')).rejects.toMatchObject({ message: 'Forbidden resource' });
    await expect(ask('door', 'now')).rejects.toBeDefined();
    await expect(ask('number', 'many')).rejects.toBeDefined();
    expect(handled).not.toHaveBeenCalled();
    await expect(ask('late')).rejects.toBeDefined();
    expect(await ask('door', 'open sesame')).toBe('open sesame');
    expect(await ask('number', '7')).toBe(7);
    expect(await ask('either', 'now')).toBe('came in');
    expect(await jobsOf(scene)).toEqual([
      // A guard that says no throws nothing.
      'nest.tcp door failed refused',
      'nest.tcp door failed UnauthorizedException',
      'nest.tcp number failed BadRequestException',
      'nest.tcp late failed RangeError',
      'nest.tcp door completed',
      'nest.tcp number completed',
      'nest.tcp either completed',
    ]);
    expect(scene.memory.spans.find(({ status }) => status === 'error')?.statusMessage).toBe('Forbidden resource');
  });

  it('is a consumer span, active in guards and in the handler, also while its stream goes on', async () => {
    const scene = remembering();
    const { telemetry } = scene;
    @Injectable()
    class Asking implements CanActivate {
      async canActivate(): Promise<boolean> {
        return telemetry.span('guard', () => true);
      }
    }
    @Controller()
    class Streaming {
      @UseGuards(Asking)
      @MessagePattern('ticks')
      ticks() {
        telemetry.span('handler', () => {});
        return defer(() => {
          telemetry.span('stream', () => {});
          return timer(1);
        });
      }
    }
    const { ask } = await serveTcp(telemetry, Streaming);
    await telemetry.span('caller', () => ask('ticks'));
    await telemetry.flush();
    const { spans } = scene.memory;
    const job = spans.find(({ name }) => name === 'process ticks');
    expect(job).toMatchObject({
      kind: 4,
      attributes: {
        'job.queue': 'nest.tcp',
        'job.name': 'ticks',
        'code.function.name': 'Streaming.ticks',
        'messaging.destination.name': 'ticks',
        'job.outcome': 'completed',
      },
    });
    const parentOf = (name: string) => {
      const { parentSpanId } = spans.find((span) => span.name === name) ?? {};
      return spans.find(({ spanId }) => spanId === parentSpanId)?.name;
    };
    expect(['guard', 'Asking.canActivate', 'handler', 'stream'].map(parentOf)).toEqual([
      'Asking.canActivate',
      'process ticks',
      'process ticks',
      'process ticks',
    ]);
  });

  it('keeps what decorators say of its handler', async () => {
    const scene = remembering();
    const seen: unknown[] = [];
    @Injectable()
    class Reading implements CanActivate {
      private readonly reflector: Reflector;
      constructor(@Inject(Reflector) reflector: Reflector) {
        this.reflector = reflector;
      }
      canActivate(context: ExecutionContext): boolean {
        seen.push(
          this.reflector.get('roles', context.getHandler()),
          context.getHandler().name,
          context.getClass().name,
        );
        return true;
      }
    }
    @Controller()
    class Decorated {
      @UseGuards(Reading)
      @SetMetadata('roles', ['admin'])
      @MessagePattern('order')
      order(@Payload('id', ParseIntPipe) id: number, @Ctx() context: TcpContext): unknown {
        return [id, context.getPattern()];
      }
    }
    const { ask } = await serveTcp(scene.telemetry, Decorated);
    expect(await ask('order', { id: '12' })).toEqual([12, 'order']);
    expect(seen).toEqual([['admin'], 'order', 'Decorated']);
    expect(await jobsOf(scene)).toEqual(['nest.tcp order completed']);
  });

  it('is a job as well when its handler is inherited, or its controller made per message', async () => {
    const scene = remembering();
    let made = 0;
    class Base {
      @MessagePattern('inherited')
      inherited(): string {
        return this.constructor.name;
      }
    }
    @Controller()
    class Child extends Base {}
    @Controller({ scope: Scope.REQUEST })
    class PerMessage {
      constructor() {
        made++;
      }
      @MessagePattern('scoped')
      scoped(): number {
        return made;
      }
    }
    const { ask } = await serveTcp(scene.telemetry, Child, PerMessage);
    expect(await ask('inherited')).toBe('Child');
    expect(await ask('scoped')).toBe(1);
    expect(await ask('scoped')).toBe(2);
    expect(await jobsOf(scene)).toEqual([
      'nest.tcp inherited completed',
      'nest.tcp scoped completed',
      'nest.tcp scoped completed',
    ]);
    const origins = scene.memory.spans.map(({ attributes }) => attributes['code.function.name']);
    expect(origins).toEqual(['Child.inherited', 'PerMessage.scoped', 'PerMessage.scoped']);
  });

  it('is one job when its handler calls another handler, and none when others call it', async () => {
    const scene = remembering();
    @Controller()
    class Calling {
      @MessagePattern('outer')
      outer(): string {
        try {
          return this.broken();
        } catch {
          return `outer ${this.inner()}`;
        }
      }

      @MessagePattern('inner')
      inner(): string {
        return 'inner';
      }

      @MessagePattern('broken')
      broken(): never {
        throw new Error('broken');
      }
    }
    const { app, ask } = await serveTcp(scene.telemetry, Calling);
    expect(app.get(Calling).inner()).toBe('inner');
    expect(await ask('outer')).toBe('outer inner');
    expect(await jobsOf(scene)).toEqual(['nest.tcp outer completed']);
    expect(scene.memory.spans[0]?.attributes['code.function.name']).toBe('Calling.outer');
  });

  it('without a handler is no job, whatever its pattern: clients cannot make series', async () => {
    const scene = remembering();
    @Controller()
    class Known {
      @MessagePattern('known')
      known(): string {
        return 'yes';
      }
    }
    const { ask } = await serveTcp(scene.telemetry, Known);
    for (let i = 0; i < 20; i++) await expect(ask(`scan-${i}`)).rejects.toBeDefined();
    await ask('known');
    expect(await jobsOf(scene)).toEqual(['nest.tcp known completed']);
    expect(scene.memory.metric('job.duration')?.points).toHaveLength(1);
  });

  it('is not observed when jobs are not', async () => {
    const scene = remembering({ operations: { disable: ['job'] } });
    @Controller()
    class Known {
      @MessagePattern('known')
      known(): string {
        return 'yes';
      }
    }
    const { known } = Known.prototype;
    const { ask } = await serveTcp(scene.telemetry, Known);
    expect(await ask('known')).toBe('yes');
    expect(Known.prototype.known).toBe(known);
    expect(await jobsOf(scene)).toEqual([]);
  });
});
