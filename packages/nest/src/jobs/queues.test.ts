import {
  BullModule,
  BullRegistrar,
  getQueueToken,
  InjectQueue,
  OnWorkerEvent,
  Processor,
  WorkerHost,
} from '@nestjs/bullmq';
import {
  type DynamicModule,
  Global,
  Injectable,
  Module,
  type OnModuleInit,
  type Provider,
  Scope,
} from '@nestjs/common';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import { bullmqTelemetry } from '@telltale/bullmq';
import { type RedisService, requireService, startRedis } from '@telltale-internal/services';
import { type Job, Queue, type RedisOptions } from 'bullmq';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { closeAll, closing } from './microservice.test-support.ts';
import { observeBullmq } from './observe-bullmq.ts';
import { jobsOf, observing, remembering } from './observing-module.test-support.ts';

type Scene = ReturnType<typeof remembering>;

describe.runIf(requireService('redis'))('the queues of @nestjs/bullmq', () => {
  let redis: RedisService;
  let connection: RedisOptions;
  beforeAll(async () => {
    redis = await startRedis();
    connection = { host: redis.host, port: redis.port };
  });
  afterAll(() => redis.stop());
  afterEach(closeAll);

  let count = 0;
  const newQueueName = () => `emails-${process.pid}-${Date.now()}-${count++}`;

  /** A queue without telemetry, to put jobs into it from elsewhere. */
  function plainQueue(name: string): Queue {
    const queue = new Queue(name, { connection });
    closing(async () => {
      await queue.obliterate({ force: true });
      await queue.close();
    });
    return queue;
  }

  /** Telemetry is imported last, which is when it is most difficult. */
  async function start({ telemetry }: Scene, imports: readonly DynamicModule[], ...providers: Provider[]) {
    @Module({ imports: [...imports, observing(telemetry)], providers })
    class App {}
    const app = await NestFactory.createApplicationContext(App, { logger: false, abortOnError: false });
    closing(() => app.close());
    return app;
  }

  const bull = (name: string) => [BullModule.forRoot({ connection }), BullModule.registerQueue({ name })];

  it('are observed with their processors, and one trace goes from the request to what the job does', async () => {
    const scene = remembering();
    const { telemetry, memory } = scene;
    const name = newQueueName();
    plainQueue(name);
    const heard: unknown[] = [];

    @Processor(name)
    class Emails extends WorkerHost {
      async process(job: Job): Promise<string> {
        if (job.name === 'bounce') throw new RangeError('no such address');
        telemetry.boundary({ to: 'smtp', operation: 'send' }, () => {});
        return 'sent';
      }

      @OnWorkerEvent('completed')
      onCompleted(job: Job, result: unknown): void {
        heard.push(job.name, result, this.worker.name);
      }

      @OnWorkerEvent('failed')
      onFailed(job: Job): void {
        heard.push(job.name);
      }
    }
    @Injectable()
    class Shop {
      readonly queue: Queue;
      constructor(@InjectQueue(name) queue: Queue) {
        this.queue = queue;
      }
    }
    const app = await start(scene, bull(name), Emails, Shop);
    const request = telemetry.request({ method: 'POST', path: '/orders' });
    await request.run(() => app.get(Shop).queue.add('welcome', {}));
    request.end({ status: 201, route: '/orders' });
    await vi.waitFor(async () => expect(await jobsOf(scene)).toEqual([`${name} welcome completed`]));
    await app.get(Shop).queue.add('bounce', {});
    await vi.waitFor(async () => expect(await jobsOf(scene)).toHaveLength(2));
    expect((await jobsOf(scene))[1]).toBe(`${name} bounce failed RangeError`);
    expect(memory.value('job.enqueued', { 'job.queue': name })).toBe(2);
    expect(memory.value('job.wait.duration', { 'job.name': 'welcome' })).toBe(1);
    expect(memory.value('job.active')).toBe(0);
    await vi.waitFor(() => expect(heard).toEqual(['welcome', 'sent', name, 'bounce']));

    const named = (span: string) => memory.spans.find((one) => one.name === span);
    const root = memory.spans.find(({ kind }) => kind === 1);
    expect(named(`send ${name}`)).toMatchObject({ traceId: root?.traceId, parentSpanId: root?.spanId });
    expect(named(`process ${name}`)).toMatchObject({ parentSpanId: named(`send ${name}`)?.spanId });
    expect(named('smtp send')).toMatchObject({
      traceId: root?.traceId,
      parentSpanId: named(`process ${name}`)?.spanId,
    });
  });

  it('lose no job that waits when the application starts, however slowly other modules do', async () => {
    const scene = remembering();
    const name = newQueueName();
    await plainQueue(name).addBulk(Array.from({ length: 20 }, () => ({ name: 'waiting', data: {} })));
    let done = 0;
    @Processor(name, { concurrency: 5 })
    class Emails extends WorkerHost {
      async process(): Promise<void> {
        done++;
      }
    }
    const finished = Promise.withResolvers<void>();
    /** Its hook comes after that of BullModule. */
    @Global()
    @Module({})
    class Slow implements OnModuleInit {
      async onModuleInit(): Promise<void> {
        await vi.waitFor(() => expect(done).toBe(20), { timeout: 10_000 });
        finished.resolve();
      }
    }
    await start(scene, [...bull(name), { module: Slow }], Emails);
    await finished.promise;
    await vi.waitFor(async () => expect(await jobsOf(scene)).toHaveLength(20));
    expect(scene.memory.value('job.started', { 'job.queue': name })).toBe(20);
    expect(scene.memory.value('job.active')).toBe(0);
  });

  it('have jobs counted that a provider adds while the application starts', async () => {
    const scene = remembering();
    const name = newQueueName();
    plainQueue(name);
    @Injectable()
    class Seeding implements OnModuleInit {
      private readonly queue: Queue;
      constructor(@InjectQueue(name) queue: Queue) {
        this.queue = queue;
      }
      async onModuleInit(): Promise<void> {
        await this.queue.addBulk([
          { name: 'seed', data: {} },
          { name: 'seed', data: {} },
        ]);
      }
    }
    await start(scene, bull(name), Seeding);
    await scene.telemetry.flush();
    expect(scene.memory.value('job.enqueued', { 'job.queue': name, 'job.name': 'seed' })).toBe(2);
  });

  it('are observed when their workers are made later, by hand', async () => {
    const scene = remembering();
    const name = newQueueName();
    await plainQueue(name).add('waiting', {});
    @Processor(name)
    class Emails extends WorkerHost {
      async process(): Promise<void> {}
    }
    const manual = [
      BullModule.forRoot({ connection, extraOptions: { manualRegistration: true } }),
      BullModule.registerQueue({ name }),
    ];
    const app = await start(scene, manual, Emails);
    expect(await jobsOf(scene)).toEqual([]);
    app.get(BullRegistrar).register();
    await vi.waitFor(async () => expect(await jobsOf(scene)).toEqual([`${name} waiting completed`]));
  });

  it('need not be registered for their processors to be observed and traced', async () => {
    const scene = remembering();
    const name = newQueueName();
    const shared = { connection };
    const producer = remembering();
    const queue = new Queue(name, { connection, telemetry: bullmqTelemetry(producer.telemetry) });
    closing(() => queue.close());
    await producer.telemetry.span('producing', () => queue.add('elsewhere', {}));
    @Processor({ name, scope: Scope.REQUEST })
    class Emails extends WorkerHost {
      async process(): Promise<void> {
        scene.telemetry.span('inside', () => {});
      }
    }
    // Nest makes workers once any queue is registered.
    const other = newQueueName();
    plainQueue(other);
    const imports = [BullModule.forRootAsync({ useFactory: () => shared }), BullModule.registerQueue({ name: other })];
    await start(scene, imports, Emails);
    await vi.waitFor(async () => expect(await jobsOf(scene)).toEqual([`${name} elsewhere completed`]));
    await producer.telemetry.flush();
    const sent = producer.memory.spans.find((span) => span.name === `send ${name}`);
    const job = scene.memory.spans.find((span) => span.name === `process ${name}`);
    expect(job).toMatchObject({ traceId: sent?.traceId, parentSpanId: sent?.spanId });
    expect(scene.memory.spans.find((span) => span.name === 'inside')?.parentSpanId).toBe(job?.spanId);
    // The application's own object is as it was.
    expect(Object.keys(shared)).toEqual(['connection']);
  });

  it('keep a telemetry option of their own', async () => {
    const scene = remembering();
    const other = remembering();
    const name = newQueueName();
    plainQueue(name);
    const telemetry = bullmqTelemetry(other.telemetry);
    @Processor(name)
    class Emails extends WorkerHost {
      async process(): Promise<void> {}
    }
    const imports = [BullModule.forRoot({ connection, telemetry }), BullModule.registerQueue({ name })];
    const app = await start(scene, imports, Emails);
    await app.get<Queue>(getQueueToken(name)).add('welcome', {});
    await vi.waitFor(async () => expect(await jobsOf(scene)).toEqual([`${name} welcome completed`]));
    await other.telemetry.flush();
    expect(scene.memory.value('job.enqueued', { 'job.queue': name })).toBe(1);
    expect(other.memory.spans.map((span) => span.name)).toContain(`send ${name}`);
  });

  it.each([
    ['is not installed', () => import(`${'@telltale'}/not-there`), 'run `npm install @telltale/bullmq`'],
    ['cannot be loaded', () => Promise.reject(new SyntaxError('half written')), 'failed: half written'],
  ])('work as without us when @telltale/bullmq %s, which is told once', async (_case, load, told) => {
    const problems: string[] = [];
    const { telemetry } = remembering({ onError: (error) => problems.push(error.message) });
    const name = newQueueName();
    plainQueue(name);
    const app = await start(remembering(), bull(name));
    const modules = app.get(ModulesContainer);
    await observeBullmq(modules, telemetry, load);
    await observeBullmq(modules, telemetry, load);
    expect(problems).toEqual([expect.stringContaining(told)]);
    expect((await app.get<Queue>(getQueueToken(name)).add('welcome', {})).name).toBe('welcome');
  });
});

describe('an application without queues', () => {
  it('does not load @telltale/bullmq', async () => {
    const { telemetry } = remembering();
    const load = vi.fn();
    /** Looks like one from afar. */
    const odd = {
      get add(): never {
        throw new Error('not now');
      },
    };
    @Module({ imports: [observing(telemetry)], providers: [{ provide: 'odd', useValue: odd }] })
    class App {}
    const app = await NestFactory.createApplicationContext(App, { logger: false, abortOnError: false });
    closing(() => app.close());
    await observeBullmq(app.get(ModulesContainer), telemetry, load);
    expect(load).not.toHaveBeenCalled();
  });
});
