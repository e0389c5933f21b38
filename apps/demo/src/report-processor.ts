// Runs in a child process, which BullMQ starts for the queue of reports: a report may take all the memory it wants.
import { setTimeout as sleep } from 'node:timers/promises';
import { observeProcessor } from '@telltale/bullmq';
import type { SandboxedJob } from 'bullmq';
import { createPartTelemetry } from './part-telemetry.ts';
import type { ReportJob } from './queues.ts';

const telemetry = createPartTelemetry();

/** A shop that was killed ends nobody: its child would look for it for ever. */
const ALONE_MS = 10_000;
process.once('disconnect', () => setTimeout(() => process.exit(1), ALONE_MS).unref());

/** What this calls is part of the job's trace, and of the shop's numbers. */
export default observeProcessor(async (job: SandboxedJob<ReportJob>) => {
  for (let day = 1; day <= job.data.days; day++) {
    await telemetry.boundary({ to: 'warehouse', operation: 'sales of a day', protocol: 'sql' }, () => sleep(40));
    await job.updateProgress((100 * day) / job.data.days);
  }
}, telemetry);
