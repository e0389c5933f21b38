import { setTimeout as sleep } from 'node:timers/promises';
import { bullmqTelemetry, observeWorker } from '@telltale/bullmq';
import type { Telemetry } from '@telltale/core';
import { type Job, Worker } from 'bullmq';
import { fateOf, MailError } from './mailboxes.ts';
import type { PaymentsClient } from './payments-client.ts';
import type { QueueBackend } from './queue-backend.ts';
import type { EmailJob, ReportJob } from './queues.ts';

/** What works off the queue of reports: in a process of its own. */
const REPORTS = new URL('./report-processor.ts', import.meta.url);

/** Works the queues off. */
export interface Workers {
  /** Takes no more jobs and resolves when those under way are done. */
  close(): Promise<void>;
}

export async function startWorkers(
  telemetry: Telemetry,
  backend: QueueBackend,
  payments: PaymentsClient,
): Promise<Workers> {
  /** Sends a confirmation: part of the trace of the request that ordered it, down to the call of payments. */
  async function sendEmail(job: Job<EmailJob>): Promise<void> {
    const receipt = await payments.receipt(job.data.order);
    await telemetry.span('send by SMTP', async () => {
      const fate = fateOf(job.data.to);
      await sleep(fate === 'slow' ? 500 : 10 + Math.random() * 40);
      if (fate === 'unknown') throw new MailError('MAILBOX_UNKNOWN', 'there is no such mailbox');
      if (fate === 'busy' && job.attemptsMade === 0) throw new MailError('MAILBOX_BUSY', 'the mailbox is busy');
    });
    await job.log(`sent ${receipt.length} bytes`);
  }

  const options = { ...backend.options, ...backend.workerOptions, telemetry: bullmqTelemetry(telemetry) };
  const workers = [
    observeWorker(new Worker<EmailJob>('emails', sendEmail, { ...options, concurrency: 4 }), telemetry),
    observeWorker(new Worker<ReportJob>('reports', REPORTS, options), telemetry),
  ];
  await Promise.all(workers.map((worker) => worker.waitUntilReady()));
  return {
    async close() {
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}
