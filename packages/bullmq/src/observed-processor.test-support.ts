import { createTelemetry, type FinishedSpan } from '@telltale/core';
import type { SandboxedJob } from 'bullmq';
import { observeProcessor } from './index.ts';
import { sandboxedWork } from './sandboxed-work.test-support.ts';

const spans: FinishedSpan[] = [];
const telemetry = createTelemetry({
  service: { name: 'sandbox' },
  exporters: [{ name: 'here', exportSpans: async (given) => void spans.push(...given) }],
  shutdown: { signals: false },
});

/** A sandboxed processor that says in which trace it is. */
export default observeProcessor(
  (job: SandboxedJob) =>
    sandboxedWork(job, () => {
      const carrier: Record<string, unknown> = {};
      telemetry.inject(carrier);
      return carrier;
    }),
  telemetry,
);
