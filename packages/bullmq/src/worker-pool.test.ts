import { createTelemetry } from '@telltale/core';
import { ManualClock } from '@telltale/testing';
import { expect, it } from 'vitest';
import { observeWorker } from './index.ts';
import { onEachFlavour, type Scene } from './scene.test-support.ts';

it('refuses options that are wrong, and says how to mend them', () => {
  const telemetry = createTelemetry({ service: { name: 'test' }, shutdown: { signals: false } });
  const worker = { name: 'emails', opts: {}, processJob: async () => {}, prependListener: () => {} };
  expect(() => observeWorker(worker, telemetry, { pool: 7 as never })).toThrow(
    'observeWorker: pool is of type number; give a name, or leave it out.',
  );
  expect(() => observeWorker(worker, telemetry, { size: 3 } as never)).toThrow(/size/);
});

onEachFlavour(
  'a worker as a pool',
  (newScene) => {
    const stuck = () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      return { work: () => promise, release: resolve };
    };
    const pools = async ({ telemetry, memory }: Scene, name: string) => {
      await telemetry.flush();
      const of = (metric: string) => memory.value(`worker_pool.${metric}`, { 'worker_pool.name': name });
      return {
        size: of('size'),
        busy: of('busy'),
        used: of('utilization'),
        time: of('work.time'),
        pending: of('pending'),
      };
    };

    it('says how many jobs it can run, how many it runs, and which part of its last window it was busy', async () => {
      const clock = new ManualClock();
      const scene = newScene({ telemetry: { clock } });
      const { name, memory, queue, until } = scene;
      const { work, release } = stuck();
      const worker = scene.worker(work, { concurrency: 4 });
      const idle = { size: 4, busy: 0, used: 0, time: 0, pending: undefined };
      expect(await pools(scene, name)).toEqual(idle);
      const begun = clock.monotonic();
      await queue().addBulk([1, 2, 3].map(() => ({ name: 'slow', data: {} })));
      await until(() => expect(memory.value('job.active')).toBe(3));
      expect(clock.monotonic()).toBe(begun);
      await clock.advance(10);
      expect(await pools(scene, name)).toEqual({ ...idle, busy: 3, used: 0.75, time: 30 });
      worker.concurrency = 6;
      await clock.advance(10);
      expect(await pools(scene, name)).toMatchObject({ size: 6, busy: 3, time: 60 });
      await clock.advance(10);
      expect(await pools(scene, name)).toMatchObject({ size: 6, busy: 3, used: 0.5, time: 90 });
      release();
      await until(() => expect(scene.outcomes()).toEqual({ completed: 3 }));
      await clock.advance(10);
      expect(await pools(scene, name)).toEqual({ size: 6, busy: 0, used: 0, time: 90, pending: undefined });
      expect(memory.metric('worker_pool.task.duration')).toBeUndefined();
      await worker.close();
      expect(await pools(scene, name)).toMatchObject({ size: undefined, busy: undefined, used: undefined });
    });

    it('is free again whatever became of its jobs, and shares its name with others as it is told to', async () => {
      const scene = newScene();
      const { telemetry, flavour, name, queue, until } = scene;
      const { work, release } = stuck();
      const jobs = queue();
      const first = new flavour.Worker(name, work, { connection: flavour.connection, concurrency: 2 });
      const second = new flavour.Worker(`${name}-other`, async () => {}, {
        connection: flavour.connection,
        concurrency: 3,
      });
      for (const worker of [first, second]) {
        worker.on('error', () => {});
        observeWorker(worker, telemetry, { pool: 'mail' });
        scene.closing(() => worker.close());
        await worker.waitUntilReady();
      }
      await jobs.add('fine', {});
      await until(() => expect(scene.memory.value('job.active')).toBe(1));
      expect(await pools(scene, 'mail')).toMatchObject({ size: 5, busy: 1 });
      await first.close(true);
      expect(await pools(scene, 'mail')).toMatchObject({ size: 3, busy: 0 });
      release();
      const failing = scene.worker(
        async () => {
          throw new Error('no');
        },
        { lockDuration: 200, stalledInterval: 100 },
      );
      await jobs.add('dead', {}, { attempts: 2 });
      await until(() => expect(scene.outcomes()).toMatchObject({ aborted: 1, failed: expect.any(Number) }));
      await until(() => expect(scene.memory.value('job.active')).toBe(0));
      expect(await pools(scene, name)).toMatchObject({ size: 1, busy: 0 });
      await failing.close();
    });
  },
  'redis',
);
