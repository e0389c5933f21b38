import { randomUUID } from 'node:crypto';
import type { Telemetry } from '@telltale/core';
import type { FlowUnderTest, JobDriver, JobDriverOptions } from '@telltale/testing';
import {
  type ConnectionOptions,
  createPostgresBackend,
  type FlowJob,
  FlowProducer,
  type JobsOptions,
  Queue,
  Worker,
  withBackend,
} from 'bullmq';
import { FlowProducer as FlowProducer5, Queue as Queue5, Worker as Worker5 } from 'bullmq5';
import { bullmqTelemetry, observeFlowProducer, observeQueue, observeWorker } from './index.ts';

/** One of BullMQ's versions on one of its stores. */
export interface Flavour {
  readonly name: FlavourName;
  readonly url: string;
  readonly Queue: typeof Queue;
  readonly Worker: typeof Worker;
  readonly FlowProducer: typeof FlowProducer;
  readonly connection: ConnectionOptions;
}

/** Comes back sooner than BullMQ would by itself. */
const redisAt = (url: string) => ({ url, maxRetriesPerRequest: null, retryStrategy: () => 50 });

export function bullmq6(url: string): Flavour {
  return {
    name: 'BullMQ 6 on Redis',
    url,
    Queue,
    Worker,
    FlowProducer,
    connection: redisAt(url),
  };
}

export function bullmq5(url: string): Flavour {
  // The same as far as these tests go.
  const connection = redisAt(url);
  const classes = { Queue: Queue5, Worker: Worker5, FlowProducer: FlowProducer5 };
  return { name: 'BullMQ 5 on Redis', url, ...classes, connection } as unknown as Flavour;
}

export function bullmq6OnPostgres(connectionString: string): Flavour {
  return {
    name: 'BullMQ 6 on Postgres',
    url: connectionString,
    ...withBackend(createPostgresBackend),
    connection: { connectionString, migrate: true },
  } as unknown as Flavour;
}

export type FlavourName = 'BullMQ 6 on Redis' | 'BullMQ 5 on Redis' | 'BullMQ 6 on Postgres';

export function flavourOf(name: FlavourName, url: string): Flavour {
  return { 'BullMQ 6 on Redis': bullmq6, 'BullMQ 5 on Redis': bullmq5, 'BullMQ 6 on Postgres': bullmq6OnPostgres }[
    name
  ](url);
}

export function newQueueName(): string {
  return `telltale-${randomUUID().slice(0, 8)}`;
}

/** For the job adapter suite. */
export function createDriver({ Queue, Worker, FlowProducer, connection }: Flavour, telemetry: Telemetry): JobDriver {
  const name = newQueueName();
  const options = { connection, telemetry: bullmqTelemetry(telemetry) };
  const queue = observeQueue(new Queue(name, options), telemetry, { sample: false });
  const flows = observeFlowProducer(new FlowProducer(options), telemetry);
  let worker: Worker | undefined;
  const node = ({ name: jobName, data = {}, options: given, children }: FlowUnderTest): FlowJob => ({
    name: jobName,
    queueName: name,
    data,
    ...(given && { opts: optionsOf(given) }),
    ...(children && { children: children.map(node) }),
  });
  return {
    queue: name,
    add: (jobName, data, given = {}) => queue.add(jobName, data, optionsOf(given)),
    addBulk: (jobs) => queue.addBulk([...jobs]),
    addFlow: (flow) => flows.add(node(flow)),
    schedule: (jobName, { every, times }) =>
      queue.upsertJobScheduler(jobName, { every: every * 1000, limit: times }, { name: jobName }),
    process: (handler, { concurrency = 1 } = {}) => {
      worker = observeWorker(
        new Worker(
          name,
          (job) =>
            handler({
              name: job.name,
              data: job.data,
              attempt: job.attemptsMade + 1,
              progress: (part) => job.updateProgress(part * 100),
            }),
          { ...options, concurrency },
        ),
        telemetry,
      );
      return worker.waitUntilReady();
    },
    close: async () => {
      await worker?.close();
      await flows.close();
      await queue.obliterate({ force: true });
      await queue.close();
    },
  };
}

function optionsOf(given: JobDriverOptions): JobsOptions {
  const { attempts = 1, backoff = 0, delay = 0, removeOnComplete = false, priority, deduplicate } = given;
  return {
    attempts,
    backoff: backoff * 1000,
    delay: delay * 1000,
    removeOnComplete,
    ...(priority !== undefined && { priority }),
    ...(deduplicate !== undefined && { deduplication: { id: deduplicate } }),
  };
}
