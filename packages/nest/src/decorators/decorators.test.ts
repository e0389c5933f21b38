import 'reflect-metadata';
import { Controller, Get, Inject, Injectable, Module, Scope, SetMetadata, UseGuards } from '@nestjs/common';
import { LazyModuleLoader, ModuleRef } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import type { HistogramPoint, NumberPoint, Telemetry } from '@telltale/core';
import { BehaviorSubject, defer, firstValueFrom, NEVER, of, throwError } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Counted, InjectTelemetry, TelemetryModule, Timed, Traced } from '../index.ts';
import {
  closeAll,
  closeLater,
  platforms,
  pointsOf,
  recorded,
  serve,
  spanTree,
  type TestTelemetry,
  testTelemetry,
} from '../observed-app.test-support.ts';

afterEach(closeAll);

let subject: TestTelemetry;
let telemetry: Telemetry;
beforeEach(() => {
  subject = testTelemetry();
  ({ telemetry } = subject);
});

type Class<T> = new (...args: never[]) => T;

/** An instance that Nest has made, in an application with telemetry. */
async function made<T>(type: Class<T>, others: readonly Class<unknown>[] = [], of = telemetry): Promise<T> {
  return (await moduleOf([type, ...others], of)).get(type);
}

async function moduleOf(providers: readonly Class<unknown>[], of = telemetry): Promise<TestingModule> {
  const module = await Test.createTestingModule({
    imports: [TelemetryModule.forRoot(of)],
    providers: [...providers],
  }).compile();
  await module.init();
  closeLater(() => module.close());
  return module;
}

/** `{ attributes } = value` of each series, errors last. */
function counted(name: string, of = telemetry) {
  return (pointsOf(of, name) as readonly NumberPoint[]).map(({ attributes, value }) => [attributes, value]);
}

class PriceError extends Error {
  readonly code = 'ERR_PRICE';
}

describe('@Traced', () => {
  @Injectable()
  class PriceService {
    @InjectTelemetry() private readonly telemetry!: Telemetry;

    @Traced()
    now(cents: number) {
      return this.telemetry.span('inside', () => cents / 100);
    }

    @Traced('price of a basket', { attributes: { team: 'pricing' } })
    async later(_sku: string) {
      await Promise.resolve();
      return this.telemetry.span('inside', () => 7);
    }

    @Traced(undefined, { attributes: (sku: string) => ({ sku }) })
    bySku(sku: string) {
      return sku;
    }

    @Traced(undefined, {
      attributes: () => {
        throw new Error('no attributes');
      },
    })
    withoutAttributes() {
      return 'works';
    }

    @Traced()
    fails() {
      throw new PriceError('no price');
    }

    @Traced()
    async rejects() {
      throw new PriceError('no price');
    }

    @Traced()
    stream() {
      return defer(() => of(this.telemetry.span('inside', () => 1)));
    }

    @Traced()
    failingStream() {
      return throwError(() => new PriceError('no price'));
    }

    @Traced()
    subject() {
      return new BehaviorSubject('kept');
    }

    @Traced()
    promise(promise: Promise<number>) {
      return promise;
    }
  }

  it('makes a span of each call, in which everything is that it does', async () => {
    const prices = await made(PriceService);
    expect(prices.now(250)).toBe(2.5);
    expect(await prices.later('a')).toBe(7);
    expect(await firstValueFrom(prices.stream())).toBe(1);
    expect(await spanTree(subject)).toEqual([
      'PriceService.now',
      '  inside',
      'price of a basket',
      '  inside',
      'PriceService.stream',
      '  inside',
    ]);
  });

  it('has attributes that are given, or found in the arguments', async () => {
    const prices = await made(PriceService);
    await prices.later('a');
    prices.bySku('b-7');
    expect(prices.withoutAttributes()).toBe('works');
    await telemetry.flush();
    expect(subject.memory.spans.filter(({ name }) => name !== 'inside').map(({ attributes }) => attributes)).toEqual([
      { 'code.function.name': 'PriceService.later', team: 'pricing' },
      { 'code.function.name': 'PriceService.bySku', sku: 'b-7' },
      { 'code.function.name': 'PriceService.withoutAttributes' },
    ]);
    expect(subject.problems.map(({ message }) => message)).toEqual([
      '"attributes" of @Traced above PriceService.withoutAttributes failed, and the span is without them: no attributes',
    ]);
  });

  it('marks what fails, and lets callers have the error', async () => {
    const prices = await made(PriceService);
    expect(() => prices.fails()).toThrow('no price');
    await expect(prices.rejects()).rejects.toThrow('no price');
    await expect(firstValueFrom(prices.failingStream())).rejects.toThrow('no price');
    expect(await spanTree(subject)).toEqual([
      'PriceService.fails ✗',
      'PriceService.rejects ✗',
      'PriceService.failingStream ✗',
    ]);
    expect(subject.memory.spans.map(({ attributes }) => attributes['error.type'])).toEqual([
      'ERR_PRICE',
      'ERR_PRICE',
      'ERR_PRICE',
    ]);
  });

  it('gives callers the very promise or Subject that the method returned', async () => {
    const prices = await made(PriceService);
    const promise = Promise.resolve(1);
    expect(prices.promise(promise)).toBe(promise);
    expect(prices.subject().value).toBe('kept');
  });

  it('is for all methods of a class when it is above it, but those that Nest calls', async () => {
    @Injectable()
    @Traced('stock')
    class StockService {
      get amount() {
        return 3;
      }

      onModuleInit() {}

      take(count: number) {
        return this.amount - count;
      }

      @Traced('refill it')
      refill() {
        return 'refilled';
      }
    }
    const stock = await made(StockService);
    expect([stock.take(1), stock.refill()]).toEqual([2, 'refilled']);
    expect(await spanTree(subject)).toEqual(['stock.take', 'refill it']);
  });

  it('refuses what it cannot trace', () => {
    const trace = Traced();
    class Wrong {
      static all() {}
      get value() {
        return 1;
      }
    }
    const descriptor = (target: object, name: string) => Object.getOwnPropertyDescriptor(target, name);
    expect(() => trace(Wrong, 'all', descriptor(Wrong, 'all'))).toThrow(
      '@Traced() is above "all", which is no method of instances',
    );
    expect(() => trace(Wrong.prototype, 'value', descriptor(Wrong.prototype, 'value'))).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION' }),
    );
    expect(() => Traced('x', { attribute: {} } as never)).toThrow('did you mean "attributes"?');
  });
});

describe('@Counted', () => {
  @Injectable()
  class OrdersService {
    @Counted()
    place(fails = false) {
      if (fails) throw new PriceError('no order');
    }

    @Counted('orders.cancelled', { unit: '{order}', description: 'Cancelled orders.', attributes: { plan: 'pro' } })
    async cancel(fails = false) {
      if (fails) throw new TypeError('no such order');
    }

    @Counted('orders.watched')
    watch() {
      return NEVER;
    }

    @Counted('mixed')
    mixed() {
      return 'works';
    }
  }

  it('counts calls by method, and those that fail by error.type', async () => {
    const orders = await made(OrdersService);
    orders.place();
    orders.place();
    expect(() => orders.place(true)).toThrow(PriceError);
    const name = 'OrdersService.place';
    expect(counted('function.calls')).toEqual([
      [{ 'code.function.name': name }, 2],
      [{ 'code.function.name': name, 'error.type': 'ERR_PRICE' }, 1],
    ]);
  });

  it('counts on a counter of its own when it has a name', async () => {
    const orders = await made(OrdersService);
    await orders.cancel();
    await expect(orders.cancel(true)).rejects.toThrow(TypeError);
    expect(counted('orders.cancelled')).toEqual([
      [{ plan: 'pro' }, 1],
      [{ plan: 'pro', 'error.type': 'TypeError' }, 1],
    ]);
    const metric = telemetry.snapshot().metrics.find(({ name }) => name === 'orders.cancelled');
    expect(metric).toMatchObject({ type: 'counter', unit: '{order}', description: 'Cancelled orders.' });
  });

  it('counts an Observable once it has ended or was left', async () => {
    const orders = await made(OrdersService);
    const subscription = orders.watch().subscribe();
    expect(counted('orders.watched').map(([, value]) => value)).not.toContain(1);
    subscription.unsubscribe();
    expect(counted('orders.watched')).toEqual([[{}, 1]]);
  });

  it('tells of a name that is another instrument, and lets the method work', async () => {
    telemetry.gauge('mixed');
    const orders = await made(OrdersService);
    expect([orders.mixed(), orders.mixed()]).toEqual(['works', 'works']);
    expect(subject.problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('@Counted of OrdersService.mixed records nothing: '),
    ]);
  });

  it('refuses options that it does not know', () => {
    expect(() => Counted('x', { atributes: {} } as never)).toThrow('did you mean "attributes"?');
    expect(() => Counted()(class Wrong {}, 'all', { value: () => {} })).toThrow('no method of instances');
  });
});

describe('@Timed', () => {
  afterEach(() => void vi.restoreAllMocks());

  @Injectable()
  class SearchService {
    @Timed()
    async find(fails = false) {
      await Promise.resolve();
      if (fails) throw new TypeError('no index');
    }

    @Timed('search.index', { buckets: [1, 60], attributes: { shard: 1 }, description: 'How long.' })
    index() {}
  }

  it('measures seconds until the end of what is returned, and those of failures apart', async () => {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const search = await made(SearchService);
    const running = search.find();
    now += 1500;
    await running;
    await expect(search.find(true)).rejects.toThrow('no index');
    const points = pointsOf(telemetry, 'function.duration') as readonly HistogramPoint[];
    expect(points.map(({ attributes, count, sum }) => [attributes, count, sum])).toEqual([
      [{ 'code.function.name': 'SearchService.find' }, 1, 1.5],
      [{ 'code.function.name': 'SearchService.find', 'error.type': 'TypeError' }, 1, 0],
    ]);
  });

  it('measures on a histogram of its own when it has a name', async () => {
    (await made(SearchService)).index();
    const metric = telemetry.snapshot().metrics.find(({ name }) => name === 'search.index');
    expect(metric).toMatchObject({ type: 'histogram', unit: 's', description: 'How long.' });
    expect(metric?.points).toMatchObject([{ attributes: { shard: 1 }, count: 1 }]);
  });

  it('refuses options that it does not know', () => {
    expect(() => Timed('x', { bucket: [] } as never)).toThrow('did you mean "buckets"?');
  });
});

describe('decorated methods', () => {
  @Injectable()
  class AllService {
    @Traced()
    @Counted()
    @Timed()
    all(value: number) {
      return value * 2;
    }
  }

  it('are traced, counted and timed at once', async () => {
    const service = await made(AllService);
    expect(service.all(2)).toBe(4);
    expect(await spanTree(subject)).toEqual(['AllService.all']);
    expect([counted('function.calls'), pointsOf(telemetry, 'function.duration')]).toMatchObject([
      [[{ 'code.function.name': 'AllService.all' }, 1]],
      [{ count: 1 }],
    ]);
  });

  it('simply work on instances that Nest has not made, and in applications without telemetry', async () => {
    expect(new AllService().all(3)).toBe(6);
    const { all } = new AllService();
    expect(all(4)).toBe(8);
    const module = await Test.createTestingModule({ providers: [AllService] }).compile();
    expect(module.get(AllService).all(5)).toBe(10);
    expect(Object.keys(new AllService())).toEqual([]);
    expect(new AllService()).toEqual(new AllService());
  });

  it('record for instances per request, per consumer, of factories, made by ModuleRef or in lazy modules', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Scoped extends AllService {}
    @Injectable({ scope: Scope.TRANSIENT })
    class Transient extends AllService {}
    class OfFactory extends AllService {}
    class Unlisted {
      @Counted('unlisted')
      call() {}
    }
    @Injectable()
    class Consumer {
      @Inject(Transient) readonly transient!: Transient;
      @Inject(OfFactory) readonly ofFactory!: OfFactory;
      @Inject(ModuleRef) readonly moduleRef!: ModuleRef;
    }
    const module = await Test.createTestingModule({
      imports: [TelemetryModule.forRoot(telemetry)],
      providers: [Scoped, Transient, Consumer, { provide: OfFactory, useFactory: () => new OfFactory() }],
    }).compile();
    await module.init();
    closeLater(() => module.close());
    const consumer = module.get(Consumer);
    consumer.transient.all(1);
    consumer.ofFactory.all(1);
    (await module.resolve(Scoped)).all(1);
    (await consumer.moduleRef.create(Unlisted)).call();
    expect(counted('function.calls')).toEqual([[{ 'code.function.name': 'AllService.all' }, 3]]);
    class Lazy {
      @Counted('lazy')
      call() {}
    }
    @Module({ providers: [Lazy] })
    class LazyModule {}
    (await module.get(LazyModuleLoader).load(() => LazyModule)).get(Lazy).call();
    expect([counted('unlisted'), counted('lazy')]).toEqual([[[{}, 1]], [[{}, 1]]]);
  });

  it('write to the telemetry of their own application', async () => {
    const other = testTelemetry();
    const [one, two] = [await made(AllService), await made(AllService, [], other.telemetry)];
    one.all(1);
    two.all(1);
    two.all(1);
    const counts = [telemetry, other.telemetry].map((of) => counted('function.calls', of).map(([, value]) => value));
    expect(counts).toEqual([[1], [2]]);
  });

  it.each(platforms)(
    'can be handlers of requests on %s, above or below the decorators of Nest',
    async (_platform, adapter) => {
      const Roles = SetMetadata('role', 'admin');
      @Controller('things')
      class ThingsController {
        @Counted('above')
        @Get('above')
        @Roles
        @UseGuards({ canActivate: () => true })
        above() {
          return 'above';
        }

        @Get('below')
        @Roles
        @Traced('below it all')
        @Counted('below')
        below() {
          return 'below';
        }
      }
      const { port } = await serve({ adapter: adapter(), telemetry, module: { controllers: [ThingsController] } });
      expect(await recorded(telemetry, port, '/things/above', '/things/below')).toEqual([
        'GET /things/above 200',
        'GET /things/below 200',
      ]);
      expect([counted('above'), counted('below')]).toEqual([[[{}, 1]], [[{}, 1]]]);
      const { above, below } = ThingsController.prototype;
      expect([above, below].map((method) => Reflect.getMetadata('role', method))).toEqual(['admin', 'admin']);
      expect([above.name, below.name]).toEqual(['above', 'below']);
      expect(await spanTree(subject)).toEqual([
        'GET /things/above',
        '  Object.canActivate',
        '  ThingsController.above',
        'GET /things/below',
        '  ThingsController.below',
        '    below it all',
      ]);
    },
  );
});
