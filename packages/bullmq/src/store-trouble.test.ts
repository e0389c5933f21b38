import { ManualClock } from '@telltale/testing';
import { requireService } from '@telltale-internal/services';
import type { ConnectionOptions } from 'bullmq';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { bullmq5, bullmq6, type Flavour } from './drivers.test-support.ts';
import { RestartableRedis } from './restartable-redis.test-support.ts';
import { Scene, type SceneOptions } from './scene.test-support.ts';

const EVERY = 10;

describe.runIf(requireService('redis')).each([
  ['BullMQ 6', bullmq6],
  ['BullMQ 5', bullmq5],
])('%s on a Redis in trouble', (_, flavourAt) => {
  let redis: RestartableRedis;
  let flavour: Flavour;
  const open: (() => Promise<unknown>)[] = [];
  const newScene = (options: SceneOptions = {}) => new Scene(flavour, options, open);

  beforeAll(async () => {
    redis = await RestartableRedis.start();
    flavour = flavourAt(redis.url);
  });
  afterAll(() => redis.stop());
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
  });

  it('counts what really happened when it is restarted under load', async () => {
    const scene = newScene({ telemetry: { signals: { spans: false } } });
    const { memory, outcomes, until } = scene;
    const queue = scene.queue();
    scene.worker(
      async (job) => {
        await new Promise((resolve) => setTimeout(resolve, 2));
        if (job.name === 'dead' || (job.name === 'flaky' && job.attemptsMade === 0)) throw new Error(job.name);
      },
      { concurrency: 10, runRetryDelay: 50, lockDuration: 2000, stalledInterval: 500 },
    );
    const total = 450;
    let added = 0;
    const adding = (async () => {
      for (let i = 0; i < total; i++) {
        // With an id, because a command that Redis may not have heard is sent again.
        await queue.add(['fine', 'flaky', 'dead'][i % 3] as string, {}, { attempts: 2, jobId: `job-${i}` });
        added++;
      }
    })();
    for (let restarts = 1; restarts <= 2; restarts++) {
      await vi.waitFor(() => expect(added).toBeGreaterThan(restarts * 120), { timeout: 20_000, interval: 5 });
      await redis.down();
      await new Promise((resolve) => setTimeout(resolve, 200));
      await redis.up();
    }
    await adding;
    await vi.waitFor(
      async () => {
        const counts = await queue.getJobCounts('completed', 'failed');
        expect((counts.completed ?? 0) + (counts.failed ?? 0)).toBe(total);
      },
      { timeout: 40_000, interval: 100 },
    );
    const { completed, failed } = await queue.getJobCounts('completed', 'failed');
    expect({ completed, failed }).toEqual({ completed: 300, failed: 150 });
    await until(() => expect(memory.value('job.active')).toBe(0));
    // Where the worker did not hear of the end, BullMQ tells of none; attempts that Redis did not hear of have none.
    const { aborted = 0, ...ended } = outcomes();
    expect(ended).toEqual({ completed: 300, failed: 150, retried: 300 });
    expect(memory.value('job.enqueued')).toBe(total);
    expect(memory.value('job.started')).toBe(750 + aborted);
  }, 90_000);

  it('leaves out what is not known of a queue while it is away, says so once, and shows it again', async () => {
    const clock = new ManualClock();
    const scene = newScene({ telemetry: { clock } });
    const paused = () => scene.memory.value('queue.paused');
    // Does not wait for Redis to come back.
    const connection = { ...flavour.connection, enableOfflineQueue: false } as ConnectionOptions;
    const queue = scene.queue({ sample: { every: EVERY }, connection });
    const look = async (check: () => void): Promise<void> => {
      await vi.waitFor(
        async () => {
          await clock.advance(EVERY);
          await scene.until(check, 200);
        },
        { timeout: 20_000 },
      );
    };
    await queue.add('fine', {});
    await look(() => expect(paused()).toBe(0));
    await redis.down();
    await look(() => expect(paused()).toBeUndefined());
    for (let i = 0; i < 3; i++) await look(() => expect(paused()).toBeUndefined());
    expect(scene.problems.filter((message) => message.includes('could not be looked at'))).toHaveLength(1);
    expect(scene.problems[0]).toContain(`The queue "${scene.name}" could not be looked at`);
    expect(scene.telemetry.health().problems.ERR_ADAPTER).toBeGreaterThan(1);
    await redis.up();
    await look(() => expect(paused()).toBe(0));
  }, 60_000);

  it('says once when looking takes longer than the time between two looks, does not look twice at a time, and recovers', async () => {
    const clock = new ManualClock();
    const scene = newScene({ telemetry: { clock } });
    const queue = scene.queue({ sample: { every: EVERY, lease: false } });
    let looks = 0;
    const { getJobCounts } = queue;
    queue.getJobCounts = (...states) => {
      looks++;
      return getJobCounts.apply(queue, states);
    };
    await clock.advance(EVERY);
    await scene.until(() => expect(scene.memory.value('queue.paused')).toBe(0));
    await redis.hold(1500);
    looks = 0;
    await clock.advance(5 * EVERY);
    expect(looks).toBe(1);
    await scene.until(() => expect(scene.memory.value('queue.paused')).toBeUndefined());
    expect(scene.problems).toEqual([expect.stringContaining(`took more than ${EVERY} s`)]);
    await vi.waitFor(
      async () => {
        await clock.advance(EVERY);
        await scene.until(() => expect(scene.memory.value('queue.paused')).toBe(0), 200);
      },
      { timeout: 20_000 },
    );
    expect(scene.problems).toHaveLength(1);
  }, 60_000);
});
