import type { Telemetry } from '@telltale/core';
import { JobContext, SPAN_KEY } from './context.ts';
import { emptyContext } from './context-manager.ts';
import { Metadata } from './metadata.ts';

/** What is read of the job that a sandboxed processor is given. BullMQ 5 has its options as they are stored. */
interface ProcessedJob {
  readonly opts?: { readonly telemetry?: { readonly metadata?: string } | undefined; readonly tm?: string };
}

/** Seconds that the end of a job waits for telemetry at most. */
const MAX_HAND_OVER = 1;

/**
 * For the file of a sandboxed processor: a processor like `processor`, in which the attempt's span is active, with baggage, as the observed worker
 * has it. Where `telemetry` gathers, what a job recorded is handed over before the job ends, so that nothing is lost when BullMQ ends the process
 * or thread. Results and errors are the processor's.
 */
export function observeProcessor<Job extends object, Rest extends unknown[], Result>(
  processor: (job: Job, ...rest: Rest) => Result | Promise<Result>,
  telemetry: Telemetry,
): (job: Job, ...rest: Rest) => Promise<Result> {
  const metadata = new Metadata(telemetry, emptyContext(telemetry));
  return async (job, ...rest) => {
    const context = contextOf(metadata, job);
    try {
      return await telemetry.withContext(context, () => processor(job, ...rest));
    } finally {
      await handOver(telemetry);
    }
  };
}

function contextOf(metadata: Metadata, job: ProcessedJob): JobContext {
  const { telemetry, tm } = job?.opts ?? {};
  const { context, notes } = metadata.read(telemetry?.metadata ?? tm);
  // Its worker is not observed, and has left what the sender meant for attempts.
  const span = notes?.link === true ? undefined : context.getValue(SPAN_KEY);
  return new JobContext(context, span, { hops: notes?.hops ?? 0 });
}

/** A member of a gathering has only to write to a socket; exporting what is not gathered has its own times. */
async function handOver(telemetry: Telemetry): Promise<void> {
  const { gather } = telemetry.health();
  if (gather === undefined || gather.role === 'gatherer') return;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, MAX_HAND_OVER * 1000);
  });
  await Promise.race([telemetry.flush(), late]);
  clearTimeout(timer);
}
