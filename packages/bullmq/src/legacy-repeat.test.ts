import { type RedisService, requireService, startRedis } from '@telltale-internal/services';
import type { JobsOptions } from 'bullmq';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bullmq5 } from './drivers.test-support.ts';
import { Scene } from './scene.test-support.ts';

describe.runIf(requireService('redis'))('jobs that BullMQ 5 repeats without a scheduler', () => {
  let redis: RedisService;
  const open: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
  });

  it('are counted each, and are each a trace of their own, linked to what asked for them', async () => {
    const { memory, queue, worker, outcomes, spans, until } = new Scene(bullmq5(redis.url), {}, open);
    const repeated = { repeat: { every: 150, limit: 3 } } as JobsOptions; // BullMQ 6 has no such option
    await queue().add('tick', {}, repeated);
    worker(async () => {});
    await until(() => expect(outcomes()).toEqual({ completed: 3 }));
    await until(() => expect(spans('process')).toHaveLength(3));
    expect(memory.value('job.enqueued', { 'job.name': 'tick' })).toBe(3);
    const [sent] = spans('send');
    expect(spans('send')).toHaveLength(1);
    expect(new Set(spans('process').map(({ traceId }) => traceId)).size).toBe(3);
    for (const { parentSpanId, links } of spans('process')) {
      expect(parentSpanId).toBeUndefined();
      expect(links).toMatchObject([{ context: { spanId: sent?.spanId } }]);
    }
  });
});
