import { bullmqTelemetry, observeQueue } from '@telltale/bullmq';
import type { Telemetry } from '@telltale/core';
import { Queue } from 'bullmq';
import type { QueueBackend } from './queue-backend.ts';

/** A confirmation of an order. */
export interface EmailJob {
  readonly order: string;
  readonly to: string;
}

export interface ReportJob {
  readonly days: number;
}

/** Seconds between two looks at a queue; 15 unless said, which is long on a screen. */
const SAMPLE = { every: 5 };

export interface Queues {
  readonly emails: Queue<EmailJob>;
  readonly reports: Queue<ReportJob>;
  /** Jobs that wait, run or are to be tried again. */
  unfinished(): Promise<number>;
  close(): Promise<void>;
}

/** The queues, empty. */
export async function openQueues(telemetry: Telemetry, backend: QueueBackend): Promise<Queues> {
  const options = { ...backend.options, telemetry: bullmqTelemetry(telemetry) };
  const emails = observeQueue(
    new Queue<EmailJob>('emails', {
      ...options,
      defaultJobOptions: {
        attempts: 3,
        backoff: { type: 'fixed', delay: 200 },
        removeOnComplete: true,
        removeOnFail: 100,
      },
    }),
    telemetry,
    { sample: SAMPLE },
  );
  const reports = observeQueue(
    new Queue<ReportJob>('reports', { ...options, defaultJobOptions: { removeOnComplete: true } }),
    telemetry,
    { sample: SAMPLE },
  );
  const queues = [emails, reports];
  // A Redis or Postgres that stays may hold the jobs of a run that was killed.
  for (const queue of queues) await queue.obliterate({ force: true });
  return {
    emails,
    reports,
    async unfinished() {
      const counts = await Promise.all(queues.map((queue) => queue.getJobCountByTypes('waiting', 'active', 'delayed')));
      return counts.reduce((sum, count) => sum + count, 0);
    },
    async close() {
      for (const queue of queues) {
        await queue.obliterate({ force: true });
        await queue.close();
      }
    },
  };
}
