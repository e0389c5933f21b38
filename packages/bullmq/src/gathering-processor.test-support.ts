import { createTelemetry } from '@telltale/core';
import { gather } from '@telltale/gather';
import type { SandboxedJob } from 'bullmq';
import { observeProcessor } from './index.ts';

const telemetry = createTelemetry({
  service: { name: 'test' },
  signals: { spans: true },
  gather: gather(),
});
const thumbnails = telemetry.counter('thumbnails');

/** A sandboxed processor that records, and exports nothing itself. */
const processor = observeProcessor(async (job: SandboxedJob) => {
  thumbnails.add(1, { format: job.data.format });
  await telemetry.boundary({ to: 'storage', operation: 'put' }, async () => {});
}, telemetry);

export default processor;
