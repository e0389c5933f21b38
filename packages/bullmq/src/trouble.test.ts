import { ManualClock } from '@telltale/testing';
import { expect, it, vi } from 'vitest';
import { onEachFlavour, type Scene } from './scene.test-support.ts';
import { WorkerProcess, type WorkerProgram } from './worker-process.test-support.ts';

/** Of workers whose jobs stall soon after they fall silent. */
const HASTY = { lockDuration: 300, stalledInterval: 150, drainDelay: 0.5 };
const EVERY = 10;

onEachFlavour('in trouble', (newScene) => {
  const startProcess = (scene: Scene, does: WorkerProgram['does'], options: WorkerProgram['options'] = {}) => {
    const { flavour, name } = scene;
    const child = new WorkerProcess({
      ...{ flavour: flavour.name, url: flavour.url, queue: name, does },
      options: { ...HASTY, ...options },
    });
    scene.closing(() => child.kill());
    return child;
  };

  it('shows a worker that is stuck: its job runs, others wait, and the oldest grows older', async () => {
    const clock = new ManualClock();
    const scene = newScene({ telemetry: { clock } });
    const { memory, until } = scene;
    const queue = scene.queue({ sample: { every: EVERY } });
    const { promise: stuck, resolve: release } = Promise.withResolvers<void>();
    scene.worker(() => stuck);
    const added = Date.now();
    await queue.addBulk(
      Array.from({ length: 5 }, () => ({ name: 'slow', data: {}, opts: { timestamp: added - 60_000 } })),
    );
    await until(() => expect(memory.value('job.active')).toBe(1));
    const ages: number[] = [];
    for (let i = 0; i < 3; i++) {
      await clock.advance(EVERY);
      await until(() => expect(memory.value('queue.oldest_job.age')).toBeGreaterThan(ages.at(-1) ?? 60));
      ages.push(memory.value('queue.oldest_job.age') ?? 0);
    }
    expect([memory.value('queue.depth', { 'job.state': 'active' }), memory.value('job.active')]).toEqual([1, 1]);
    expect(memory.value('queue.depth', { 'job.state': 'waiting' })).toBe(4);
    expect(scene.outcomes()).toEqual({});
    release();
    await until(() => expect(scene.outcomes()).toEqual({ completed: 5 }));
  });

  it('counts jobs of a worker that was killed as stalled, and each outcome where it is taken over', async () => {
    const scene = newScene();
    const { memory, outcomes, until } = scene;
    const queue = scene.queue();
    const total = 12;
    await queue.addBulk(Array.from({ length: total }, (_, i) => ({ name: `job-${i % 2}`, data: {} })));
    const doomed = startProcess(scene, 'hang', { concurrency: 4 });
    await vi.waitFor(() => expect(doomed.begun).toHaveLength(4), { timeout: 20_000 });
    const told = await doomed.metrics();
    expect([told['job.started'], told['job.active'], told['job.duration']]).toEqual([4, 4, undefined]);
    await doomed.kill();
    let done = 0;
    scene.worker(
      async () => {
        done++;
      },
      { ...HASTY, concurrency: 2 },
    );
    await until(() => expect(outcomes()).toEqual({ completed: total }));
    expect(done).toBe(total);
    expect(memory.value('job.stalled')).toBe(4);
    expect(memory.value('job.started')).toBe(total);
    expect(memory.value('job.active')).toBe(0);
    expect(memory.value('job.attempts')).toBe(total);
    // Of those that were started before, nobody knows since when they were ready.
    expect(memory.value('job.wait.duration')).toBe(total - 4);
    await until(() => expect(scene.spans('process')).toHaveLength(total));
    expect(scene.spans('process').filter(({ links }) => links.length > 0)).toHaveLength(4);
    expect(await queue.getJobCountByTypes('completed')).toBe(total);
  });

  it('counts a poison job, which kills each worker that takes it up, as stalled and in the end as failed', async () => {
    const scene = newScene();
    const { memory, outcomes, until } = scene;
    const queue = scene.queue();
    await queue.add('poison', {}, { attempts: 5 });
    for (let i = 0; i < 2; i++) {
      const victim = startProcess(scene, 'die');
      await victim.exited;
      expect(victim.begun).toEqual(['poison']);
    }
    // BullMQ lets a job stall once.
    let runs = 0;
    scene.worker(async () => {
      runs++;
    }, HASTY);
    await until(() => expect(outcomes()).toEqual({ failed: 1 }));
    expect(runs).toBe(0);
    expect(memory.value('job.stalled')).toBe(1);
    expect(memory.value('job.duration', { 'job.outcome': 'failed', 'error.type': 'UnrecoverableError' })).toBe(1);
    expect(memory.value('job.retries') ?? 0).toBe(0);
    expect(memory.value('job.active')).toBe(0);
    await until(() => expect(scene.spans('process')).toHaveLength(1));
    expect(scene.spans('process')).toMatchObject([
      { status: 'error', statusMessage: expect.stringContaining('stalled more than allowable limit') },
    ]);
    expect(await queue.getJobCountByTypes('failed')).toBe(1);
  });

  it('counts locks that a worker could not renew because it was held up', async () => {
    const scene = newScene();
    const { memory, outcomes, until } = scene;
    const queue = scene.queue();
    await queue.add('heavy', {});
    const blocked = startProcess(scene, 'block');
    await vi.waitFor(() => expect(blocked.begun).toEqual(['heavy']), { timeout: 20_000 });
    scene.worker(async () => {}, HASTY);
    await until(() => expect(outcomes()).toEqual({ completed: 1 }));
    expect(memory.value('job.stalled')).toBe(1);
    await vi.waitFor(async () => expect((await blocked.metrics())['job.lock_renewal_failures']).toBeGreaterThan(0), {
      timeout: 20_000,
    });
    expect(memory.value('job.lock_renewal_failures')).toBeUndefined();
  });

  it('counts a burst of jobs, each once', async () => {
    const clock = new ManualClock();
    const scene = newScene({ telemetry: { clock, signals: { spans: false } } });
    const { memory, outcomes, until, flavour } = scene;
    // One of the flavours is enough; the Postgres of the tests is one in this process.
    const total = { 'BullMQ 6 on Redis': 50_000, 'BullMQ 5 on Redis': 2000, 'BullMQ 6 on Postgres': 300 }[flavour.name];
    const queue = scene.queue({ sample: { every: EVERY } });
    for (let added = 0; added < total; added += 5000) {
      const length = Math.min(5000, total - added);
      await queue.addBulk(
        Array.from({ length }, (_, i) => ({
          name: i % 20 === 0 ? 'flaky' : i % 20 === 1 ? 'dead' : 'fine',
          data: {},
          opts: { attempts: 2, removeOnComplete: true, removeOnFail: true },
        })),
      );
    }
    await clock.advance(EVERY);
    await until(() => expect(memory.value('queue.depth', { 'job.state': 'waiting' })).toBe(total));
    expect(memory.value('job.enqueued')).toBe(total);
    const truth = { completed: 0, retried: 0, failed: 0 };
    const work = async (job: { name: string; attemptsMade: number }): Promise<void> => {
      const fails = job.name === 'dead' || (job.name === 'flaky' && job.attemptsMade === 0);
      if (!fails) truth.completed++;
      else if (job.attemptsMade === 0) truth.retried++;
      else truth.failed++;
      if (fails) throw new Error(job.name);
    };
    for (let i = 0; i < 2; i++) scene.worker(work, { concurrency: 50 });
    await vi.waitFor(() => expect(truth.completed + truth.failed).toBe(total), { timeout: 60_000, interval: 100 });
    await until(() => expect(outcomes()).toEqual(truth));
    expect(memory.value('job.started')).toBe(total + truth.retried);
    expect(memory.value('job.active')).toBe(0);
    expect(memory.value('job.attempts')).toBe(total);
    await clock.advance(EVERY);
    await until(() => expect(memory.value('queue.depth', { 'job.state': 'waiting' })).toBe(0));
    expect(memory.value('queue.oldest_job.age')).toBe(0);
  }, 90_000);
});
