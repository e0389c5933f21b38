import { createTelemetry } from '@telltale/core';
import { ManualClock } from '@telltale/testing';
import type { ConnectionOptions, Queue } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
// @ts-expect-error: it has no types of its own
import pg from 'pg';
import { expect, it, vi } from 'vitest';
import { type ObserveQueueOptions, observeQueue, postgresLease, redisLease, type SampleLease } from './index.ts';
import { onEachFlavour, type Scene, type SceneOptions } from './scene.test-support.ts';

const EVERY = 10;
const LOOKS_PER_COUNT_OF_WORKERS = 4;

it('refuses options that are wrong, and says how to mend them', () => {
  const telemetry = createTelemetry({ service: { name: 'test' }, shutdown: { signals: false } });
  const observe = (sample: unknown) => () =>
    observeQueue({ name: 'emails', add: async () => ({}) as never, addBulk: async () => [] }, telemetry, {
      sample,
    } as ObserveQueueOptions);
  expect(observe({ every: 0.5 })).toThrow('observeQueue: sample.every is 0.5; give a number of seconds, 1 or more.');
  expect(observe({ workers: 3 })).toThrow('sample.workers is 3; give true or false.');
  expect(observe({ limiter: 5 })).toThrow(
    'sample.limiter is 5; give the limiter of the workers, such as { max: 100 }.',
  );
  expect(observe({ lease: true })).toThrow(
    'sample.lease is boolean; give a function, such as redisLease(connection), or false.',
  );
  expect(observe({ interval: 5 })).toThrow(/interval/);
  expect(observe({})).not.toThrow();
});

/** Counts from now on how often a queue is asked what it has. */
function looksAt(queue: Queue): { begun: number } {
  const looks = { begun: 0 };
  const { getJobCounts } = queue;
  queue.getJobCounts = (...states) => {
    looks.begun++;
    return getJobCounts.apply(queue, states);
  };
  return looks;
}

onEachFlavour('a queue that is looked at', (newScene, flavour) => {
  /** A scene whose time passes when `looked` says so: it has the queue looked at until what is seen satisfies the check. */
  function sampled(options: SceneOptions = {}) {
    const clock = new ManualClock();
    const scene = newScene({ ...options, telemetry: { clock, ...options.telemetry } });
    /** How often work that is repeated, such as looking at a queue, has ended. */
    const repeated = { ended: 0 };
    const every = scene.telemetry.every.bind(scene.telemetry);
    scene.telemetry.every = (seconds, work) =>
      every(seconds, async (signal) => {
        await work(signal);
        repeated.ended++;
      });
    const looked = async (queue: Queue, check: () => void): Promise<void> => {
      const looks = looksAt(queue);
      await vi.waitFor(
        async () => {
          const [begun, ended] = [looks.begun, repeated.ended];
          await clock.advance(EVERY);
          await vi.waitFor(() => expect([looks.begun > begun, repeated.ended > ended]).toEqual([true, true]), {
            timeout: 500,
            interval: 2,
          });
          await scene.until(check, 20);
        },
        { timeout: 20_000, interval: 2 },
      );
    };
    return { scene, clock, looked, repeated };
  }
  const valuesOf =
    ({ memory, name }: Scene) =>
    (metric: string, state?: string) =>
      memory.value(metric, { 'job.queue': name, 'job.state': state });

  it('says how many jobs are in which state, how many workers there are, and whether it is paused', async () => {
    const { scene, clock, looked } = sampled();
    const queue = scene.queue({ sample: { every: EVERY } });
    const value = valuesOf(scene);
    await queue.addBulk(Array.from({ length: 3 }, () => ({ name: 'fine', data: {} })));
    await queue.add('later', {}, { delay: 60_000 });
    await queue.add('first', {}, { priority: 1 });
    await looked(queue, () => expect(value('queue.depth', 'waiting')).toBe(3));
    expect(value('queue.depth', 'delayed')).toBe(1);
    expect(value('queue.depth', 'prioritized')).toBe(1);
    for (const state of ['active', 'completed', 'failed', 'waiting-children']) {
      expect([state, value('queue.depth', state)]).toEqual([state, 0]);
    }
    expect([value('queue.paused'), value('queue.workers'), value('queue.overdue')]).toEqual([0, 0, 0]);
    await queue.pause();
    await looked(queue, () => expect(value('queue.paused')).toBe(1));
    expect(value('queue.depth', 'waiting')).toBe(3);
    expect(value('queue.depth', 'paused')).toBeUndefined();
    await queue.resume();
    const { promise: gate, resolve: release } = Promise.withResolvers<void>();
    scene.worker(() => gate);
    await looked(queue, () => expect(value('queue.depth', 'active')).toBe(1));
    expect([value('queue.depth', 'waiting'), value('queue.paused')]).toEqual([2, 0]);
    const workers = await queue.getWorkersCount();
    // In case that counting seemed to take long, because time passed meanwhile: it is done for a five-hundredth of the time at most.
    await clock.advance(500 * EVERY);
    for (let i = 0; i < LOOKS_PER_COUNT_OF_WORKERS; i++) await looked(queue, () => {});
    await scene.until(() => expect(value('queue.workers')).toBe(workers));
    release();
  });

  it('says how long the oldest ready job has been ready', async () => {
    const { scene, looked } = sampled();
    const queue = scene.queue({ sample: { every: EVERY } });
    const value = valuesOf(scene);
    const ago = (seconds: number) => ({ timestamp: Date.now() - seconds * 1000 });
    await looked(queue, () => expect(value('queue.oldest_job.age')).toBe(0));
    await queue.add('delayed', {}, { ...ago(500), delay: 1_000_000 });
    await looked(queue, () => expect(value('queue.oldest_job.age')).toBe(0));
    const old = await queue.add('old', {}, ago(100));
    await queue.add('new', {}, ago(10));
    await looked(queue, () => expect(value('queue.oldest_job.age')).toBeGreaterThanOrEqual(100));
    expect(value('queue.oldest_job.age')).toBeLessThan(160);
    await queue.pause();
    await looked(queue, () => expect(value('queue.oldest_job.age')).toBeGreaterThanOrEqual(100));
    await old.remove();
    await looked(queue, () => expect(value('queue.oldest_job.age')).toBeLessThan(60));
    expect(value('queue.oldest_job.age')).toBeGreaterThanOrEqual(10);
  });

  it('sees those that are overtaken: by newer ones, and by more important ones', async () => {
    const { scene, looked } = sampled();
    const queue = scene.queue({ sample: { every: EVERY } });
    const value = valuesOf(scene);
    const ago = (seconds: number) => ({ timestamp: Date.now() - seconds * 1000 });
    for (const seconds of [100, 50, 10]) await queue.add('lifo', {}, { ...ago(seconds), lifo: true });
    await looked(queue, () => expect(value('queue.oldest_job.age')).toBeGreaterThanOrEqual(100));
    expect(value('queue.oldest_job.age')).toBeLessThan(200);
    for (const seconds of [20, 10]) await queue.add('high', {}, { ...ago(seconds), priority: 1 });
    for (const seconds of [300, 200]) await queue.add('low', {}, { ...ago(seconds), priority: 5 });
    await looked(queue, () => expect(value('queue.oldest_job.age')).toBeGreaterThanOrEqual(300));
  });

  it('does not count the time that children take as time of a parent that is ready', async () => {
    const { scene, looked } = sampled();
    const queue = scene.queue({ sample: { every: EVERY } });
    const value = valuesOf(scene);
    const node = { queueName: scene.name };
    const opts = { timestamp: Date.now() - 500_000 };
    await scene.flows().add({ ...node, name: 'parent', opts, children: [{ ...node, name: 'child' }] });
    await queue.add('young', {}, { timestamp: Date.now() - 10_000, delay: 0 });
    const worker = scene.worker(async (job) => {
      if (job.name === 'child') await queue.pause();
    });
    await scene.until(() => expect(scene.outcomes()).toEqual({ completed: expect.any(Number) }));
    await worker.close();
    await vi.waitFor(async () => expect(await queue.getJobCountByTypes('waiting-children')).toBe(0));
    await looked(queue, () => expect(value('queue.depth', 'waiting')).toBeGreaterThanOrEqual(1));
    expect(value('queue.oldest_job.age') ?? 0).toBeLessThan(400);
  });

  it('counts delayed jobs whose time has come and that nobody has made ready', async () => {
    const { scene, looked } = sampled();
    const queue = scene.queue({ sample: { every: EVERY } });
    const value = valuesOf(scene);
    const due = (inSeconds: number) => ({ timestamp: Date.now() - 100_000, delay: 100_000 + inSeconds * 1000 });
    await queue.add('future', {}, due(1000));
    await looked(queue, () => expect(value('queue.overdue')).toBe(0));
    expect(value('queue.oldest_job.age')).toBe(0);
    for (let i = 0; i < 5; i++) await queue.add('overdue', {}, due(-50 + i));
    await looked(queue, () => expect(value('queue.overdue')).toBe(5));
    expect(value('queue.oldest_job.age')).toBeGreaterThanOrEqual(50);
    expect(value('queue.oldest_job.age')).toBeLessThan(100);
  });

  it('counts the time for which a rate limit held it back', async () => {
    const { scene, looked } = sampled();
    const queue = scene.queue({ sample: { every: EVERY } });
    const limited = () => scene.memory.value('queue.rate_limited.time', { 'job.queue': scene.name });
    await queue.add('fine', {});
    await looked(queue, () => expect(scene.memory.value('queue.paused')).toBe(0));
    await looked(queue, () => expect(limited()).toBeUndefined());
    await queue.rateLimit(60_000);
    await looked(queue, () => expect(limited()).toBeGreaterThan(0));
    const before = limited();
    await queue.removeRateLimitKey();
    await looked(queue, () => {});
    expect(limited()).toBe(before);
  });

  it('knows the limit of workers when it is told', async () => {
    const { scene, looked } = sampled();
    const limiter = { max: 1, duration: 60_000 };
    const queue = scene.queue({ sample: { every: EVERY, limiter } });
    const limited = () => scene.memory.value('queue.rate_limited.time', { 'job.queue': scene.name });
    await looked(queue, () => expect(scene.memory.value('queue.paused')).toBe(0));
    await queue.addBulk([1, 2, 3].map(() => ({ name: 'fine', data: {} })));
    scene.worker(async () => {}, { limiter });
    await scene.until(() => expect(scene.outcomes()).toEqual({ completed: 1 }));
    await looked(queue, () => expect(limited()).toBeGreaterThan(0));
  });

  it('is not asked when metrics are read', async () => {
    const { scene, looked } = sampled();
    const queue = scene.queue({ sample: { every: EVERY } });
    await looked(queue, () => expect(scene.memory.value('queue.paused')).toBe(0));
    const looks = looksAt(queue);
    for (let i = 0; i < 5; i++) await scene.telemetry.flush();
    scene.telemetry.snapshot();
    expect(looks.begun).toBe(0);
  });

  it('is left alone when nobody wants it looked at, and when it is closed', async () => {
    const { scene, clock, looked } = sampled();
    const unwatched = scene.queue({ sample: false });
    const looks = looksAt(unwatched);
    await clock.advance(10 * EVERY);
    expect(looks.begun).toBe(0);
    const name = `${scene.name}-closed`;
    const { connection } = flavour();
    const queue = observeQueue(new scene.flavour.Queue(name, { connection }), scene.telemetry, {
      sample: { every: EVERY },
    });
    await looked(queue, () => expect(scene.memory.value('queue.paused', { 'job.queue': name })).toBe(0));
    await queue.obliterate();
    await queue.close();
    await scene.until(() => expect(scene.memory.value('queue.paused', { 'job.queue': name })).toBeUndefined());
    await clock.advance(10 * EVERY);
    expect(scene.problems).toEqual([]);
  });

  it('is looked at once, however many objects of it a process has', async () => {
    const { scene, clock, looked } = sampled();
    const queues = [scene.queue({ sample: { every: EVERY } }), scene.queue({ sample: { every: EVERY } })];
    const looks = queues.map(looksAt);
    await clock.advance(EVERY);
    await scene.until(() => expect(scene.memory.value('queue.paused')).toBe(0));
    const counts = looks.map(({ begun }) => begun);
    expect(counts.filter((count) => count > 0)).toHaveLength(1);
    // Whoever is left takes over.
    const [looking, idle] = counts[0] === 0 ? queues.toReversed() : queues;
    await looking?.close();
    if (idle !== undefined) await looked(idle, () => expect(scene.memory.value('queue.paused')).toBe(0));
  });

  it('is looked at by one of the processes that observe it, and by another as soon as that one leaves', async () => {
    const name = newScene().name;
    const observers: (ReturnType<typeof sampled> & { queue: Queue; looks: ReturnType<typeof looksAt> })[] = [];
    for (let i = 0; i < 3; i++) {
      const observer = sampled();
      const { scene } = observer;
      const queue = new scene.flavour.Queue(name, { connection: scene.flavour.connection });
      scene.closing(() => queue.close());
      // The Postgres of the tests is one session for all: what makes tables must not meet others.
      await queue.waitUntilReady();
      observeQueue(queue, scene.telemetry, { sample: { every: EVERY } });
      observers.push({ ...observer, queue, looks: looksAt(queue) });
    }
    /** Has each look until one of them has seen the queue, and says which. */
    const leader = async (): Promise<number> => {
      const before = observers.map(({ looks, repeated }) => [looks.begun, repeated.ended]);
      await vi.waitFor(
        async () => {
          for (const { clock } of observers) await clock.advance(EVERY);
          const done = () =>
            observers.map(({ looks, repeated }, at) =>
              [looks.begun, repeated.ended].map((n, of) => n > (before[at]?.[of] ?? 0)),
            );
          await vi.waitFor(
            () => {
              expect(done().every(([, hasEnded]) => hasEnded)).toBe(true);
              expect(done().some(([hasLooked]) => hasLooked)).toBe(true);
            },
            { timeout: 500, interval: 2 },
          );
        },
        { timeout: 20_000, interval: 2 },
      );
      for (const { scene } of observers) await scene.telemetry.flush();
      const seen = observers.map(({ scene }) => scene.memory.value('queue.paused', { 'job.queue': name }));
      expect(seen.filter((value) => value === 0)).toHaveLength(1);
      return seen.indexOf(0);
    };
    const first = await leader();
    for (let i = 0; i < 7; i++) expect(await leader()).toBe(first);
    const idle = observers.filter((_, i) => i !== first);
    expect(idle.map(({ looks }) => looks.begun)).toEqual([0, 0]);
    const [gone] = observers.splice(first, 1);
    await gone?.queue.close();
    const second = await leader();
    expect(idle.map(({ looks }) => looks.begun > 0)).toEqual([second === 0, second === 1]);
    expect(observers.flatMap(({ scene }) => scene.problems)).toEqual([]);
  });

  it('is looked at by whoever holds the lease, and by another when that one is gone', async () => {
    const held = { by: 'a' };
    const leaseOf =
      (holder: string): SampleLease =>
      async (queue, seconds) => {
        expect(queue).toMatch(/telltale-/);
        expect([EVERY * 4.5, 0]).toContain(seconds);
        return held.by === holder;
      };
    const scenes = ['a', 'b'].map((holder) => {
      const { scene, clock } = sampled();
      scene.queue({ sample: { every: EVERY, lease: leaseOf(holder) } });
      return { scene, clock };
    });
    const seen = async (expected: (number | undefined)[]): Promise<void> =>
      vi.waitFor(
        async () => {
          for (const { clock } of scenes) await clock.advance(EVERY);
          for (const { scene } of scenes) await scene.telemetry.flush();
          expect(scenes.map(({ scene }) => scene.memory.value('queue.paused'))).toEqual(expected);
        },
        { timeout: 20_000, interval: 5 },
      );
    await seen([0, undefined]);
    held.by = 'b';
    await seen([undefined, 0]);
  });

  /** What a lease needs, on the store of the flavour, and how to do without the rights or the table for it. */
  async function store() {
    const { name, url } = flavour();
    if (name === 'BullMQ 6 on Postgres') {
      const pool = new pg.Pool({ connectionString: url });
      return {
        leases: [postgresLease(pool), postgresLease(pool)] as const,
        refusing: async () => {
          await pool.query('drop table if exists telltale_sampler');
          return { connectionString: url } as unknown as ConnectionOptions;
        },
        close: () => pool.end(),
      };
    }
    const redis = new Redis(url);
    return {
      leases: [redisLease(redis), redisLease(redis)] as const,
      refusing: async () => {
        await redis.call('acl', 'setuser', 'limited', 'on', 'nopass', 'resetkeys', '~bull:*', '&*', '+@all');
        return {
          ...(flavour().connection as RedisOptions),
          username: 'limited',
          password: 'none',
        } as ConnectionOptions;
      },
      close: async () => redis.disconnect(),
    };
  }

  it('has a lease for one holder at a time, until it is given up or its time is over', async () => {
    const { leases, close } = await store();
    try {
      const [first, second] = leases;
      expect([await first('a', 60), await second('a', 60), await first('a', 60)]).toEqual([true, false, true]);
      expect([await second('b', 60), await second('a', 0)]).toEqual([true, false]);
      expect([await first('a', 0), await second('a', 0.05), await second('a', 0.05)]).toEqual([true, true, true]);
      await vi.waitFor(async () => expect(await first('a', 60)).toBe(true));
      expect(await second('a', 60)).toBe(false);
    } finally {
      await close();
    }
  });

  it('is looked at by each where the store refuses a lease, which is told once', async () => {
    const { refusing, close } = await store();
    try {
      await newScene().queue().waitUntilReady();
      const connection = await refusing();
      const name = newScene().name;
      for (let i = 0; i < 2; i++) {
        const { scene, looked } = sampled();
        const queue = new scene.flavour.Queue(name, { connection });
        queue.on('error', () => {});
        scene.closing(() => queue.close());
        await queue.waitUntilReady();
        observeQueue(queue, scene.telemetry, { sample: { every: EVERY } });
        for (let at = 0; at < 3; at++) {
          await looked(queue, () => expect(scene.memory.value('queue.paused', { 'job.queue': name })).toBe(0));
        }
        expect(scene.problems).toEqual([expect.stringMatching(/cannot be settled in its store .* so each looks/)]);
      }
    } finally {
      await close();
    }
  });
});

it('takes a lease that fails for a look that failed, and asks again', async () => {
  let answers: (() => Promise<{ rowCount: number }>)[] = [];
  const lease = postgresLease({ query: () => (answers.shift() ?? (async () => ({ rowCount: 1 })))() });
  answers = [() => Promise.reject(new Error('no permission'))];
  await expect(lease('emails', 60)).rejects.toThrow('no permission');
  answers = [() => Promise.reject(Object.assign(new Error('exists'), { code: '42P07' }))];
  expect(await lease('emails', 60)).toBe(true);
});
