import type { SandboxedJob } from 'bullmq';
import { sandboxedWork } from './sandboxed-work.test-support.ts';

/** A sandboxed processor without the adapter. */
export default (job: SandboxedJob) => sandboxedWork(job, () => undefined);
