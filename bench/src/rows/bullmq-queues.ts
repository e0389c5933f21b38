import type { Telemetry } from '@telltale/core';
import type { Queue } from 'bullmq';
import type { Experiment, Loop } from '../experiment.ts';
import { LoopClock } from './loop-clock.ts';
import { startTelltale } from './telltale.ts';

const QUEUES = 1000;
/** Seconds between two looks at a queue: the default of `observeQueue`. */
const EVERY = 15;
/** Of a minute. One in four also counts workers, which costs far more than the rest, so a turn of the loop has them all. */
const LOOKS = 60 / EVERY;

/** A thousand queues, each with its connection, as BullMQ makes them: most empty, some with jobs that wait, some with jobs that are delayed. */
async function thousandQueues(): Promise<Queue[]> {
  const { available, startRedis } = await import('@telltale-internal/services');
  if (!available('redis')) throw new Error('redis-server is not installed');
  const { host, port } = await startRedis();
  const { Queue } = await import('bullmq');
  const connection = { host, port };
  const queues = Array.from({ length: QUEUES }, (_, i) => new Queue(`queue-${i}`, { connection }));
  for (const [at, queue] of queues.entries()) {
    await queue.waitUntilReady();
    const opts = at % 10 === 0 ? { delay: 1e9 } : {};
    if (at % 10 < 3) await queue.addBulk(Array.from({ length: 5 }, () => ({ name: 'welcome', data: {}, opts })));
  }
  return queues;
}

type RepeatedWork = Parameters<Telemetry['every']>[1];

async function telltale(): Promise<Loop> {
  const { observeQueue } = await import('@telltale/bullmq');
  const clock = new LoopClock();
  const telemetry: Telemetry = await startTelltale({ clock, onError: (error) => console.error(error.message) });
  const queues = await thousandQueues();
  let looks = 0;
  // The same telemetry; the loop has to know when all looks are over.
  const counted: Telemetry = Object.create(telemetry, {
    every: {
      value: (seconds: number, look: RepeatedWork) =>
        telemetry.every(seconds, async (signal) => {
          await look(signal);
          looks++;
        }),
    },
  });
  for (const queue of queues) observeQueue(queue, counted);
  return {
    async run(times) {
      for (let i = 0; i < times * LOOKS; i++) {
        const all = looks + QUEUES;
        clock.pass(EVERY);
        while (looks < all) await new Promise((resolve) => setImmediate(resolve));
      }
    },
    async settle() {
      const { metrics } = telemetry.snapshot();
      const paused = metrics.find(({ name }) => name === 'queue.paused')?.points.length;
      if (paused !== QUEUES) throw new Error(`of ${QUEUES} queues ${paused} are seen`);
    },
  };
}

/** What many services have: gauges of the counts of each queue. */
async function promClientOnCounts(): Promise<Loop> {
  const { Gauge } = await import('prom-client');
  const jobs = new Gauge({ name: 'jobs', help: 'Jobs', labelNames: ['queue', 'state'] });
  const queues = await thousandQueues();
  return {
    async run(times) {
      for (let i = 0; i < times * LOOKS; i++) {
        await Promise.all(
          queues.map(async (queue) => {
            const counts = await queue.getJobCounts();
            for (const [state, count] of Object.entries(counts)) jobs.set({ queue: queue.name, state }, count);
          }),
        );
      }
    },
  };
}

export const experiment: Experiment = {
  name: 'bullmq queues',
  file: import.meta.url,
  programs: { 'telltale, queues': telltale, 'prom-client on counts': promClientOnCounts },
  rows: [
    {
      what: `BullMQ, ${QUEUES} queues looked at for a minute, every ${EVERY} s`,
      ours: 'telltale, queues',
      peer: 'prom-client on counts',
      figure: 'time',
      unit: 'ms',
      // 2 % of a core.
      budget: { atMost: 60_000 * 0.02 },
    },
  ],
  launches: 1,
  rounds: 4,
  roundTime: 100,
  warmUp: 2000,
};
